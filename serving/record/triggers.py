"""Let the database itself refuse what would change a record: triggers in SQLite and PostgreSQL.

Rows are added and stay as they are, with two exceptions: a part of a row is emptied once its erasure stands
in the record, and a journal entry is given its place once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, text

from serving.record.parts import emptied, parts_of
from serving.record.tables import JOURNAL, SEALED, append_only_tables

REFUSAL = "the record is append-only"
# The bits of PostgreSQL's pg_trigger.tgtype.
_EACH_ROW, _BEFORE, _DELETE, _UPDATE, _TRUNCATE = 1, 2, 8, 16, 32

_SQLITE_FOUND = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
_POSTGRES_FOUND = """
SELECT tgname, format('%s %s %s %s %s', tgrelid::regclass, tgtype, tgenabled, tgqual IS NULL, prosrc)
FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid)
"""


@dataclass(frozen=True)
class Trigger:
    """One trigger: its name, how the database describes it where it stands, and what puts it up."""

    name: str
    described: str
    statements: tuple[str, ...]


def missing_triggers(connection: Connection) -> list[str]:
    """Return the names of triggers that do not stand as they should, or are switched off."""
    return [trigger.name for trigger in _missing(connection)]


def install_triggers(connection: Connection) -> None:
    """Put up every trigger that does not stand as it should."""
    for trigger in _missing(connection):
        for statement in trigger.statements:
            # As it is: a colon in it would be read as the name of a value.
            connection.exec_driver_sql(statement)


def _missing(connection: Connection) -> list[Trigger]:
    dialect = connection.dialect.name
    if dialect not in _BUILDERS:
        return []
    query, build = _BUILDERS[dialect]
    standing: dict[str, str] = {row[0]: row[1] for row in connection.execute(text(query))}
    triggers = [trigger for table in append_only_tables() for trigger in build(table)]
    return [trigger for trigger in triggers if standing.get(trigger.name) != trigger.described]


def _sqlite_triggers(table: Table) -> list[Trigger]:
    return [
        _sqlite_trigger(f"{table.name}_DELETE_refused", f"DELETE ON {table.name}"),
        _sqlite_trigger(
            f"{table.name}_UPDATE_refused", f"UPDATE ON {table.name}", _refused(table, "IS", _SQLITE_LESS)
        ),
    ]


def _sqlite_trigger(name: str, what: str, when: str = "") -> Trigger:
    action = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    create = f"CREATE TRIGGER {name} BEFORE {what} {when}{action}"
    return Trigger(name, create, (f"DROP TRIGGER IF EXISTS {name}", create))


def _postgres_triggers(table: Table) -> list[Trigger]:
    name = table.name
    refuse = f"BEGIN RAISE EXCEPTION '{REFUSAL}'; END"
    condition = _refused(table, "IS NOT DISTINCT FROM", _POSTGRES_LESS).removeprefix("WHEN ")
    check = (
        f"BEGIN IF {condition} THEN RAISE EXCEPTION '{REFUSAL}'; END IF; RETURN NEW; END" if condition else ""
    )
    kinds = _BEFORE | _DELETE | _TRUNCATE | (0 if check else _UPDATE)
    verbs = "DELETE OR TRUNCATE" if check else "UPDATE OR DELETE OR TRUNCATE"
    triggers = [
        _postgres_trigger(f"{name}_append_only", name, verbs, "STATEMENT", kinds, "refuse_change", refuse)
    ]
    if check:
        kinds = _EACH_ROW | _BEFORE | _UPDATE
        function = f"refuse_change_of_{name}"
        triggers.append(_postgres_trigger(f"{name}_kept", name, "UPDATE", "ROW", kinds, function, check))
    return triggers


def _postgres_trigger(
    name: str, table: str, verbs: str, each: str, kinds: int, function: str, body: str
) -> Trigger:
    return Trigger(
        name,
        f"{table} {kinds} O t {body}",
        (
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger AS $${body}$$ LANGUAGE plpgsql",
            f"DROP TRIGGER IF EXISTS {name} ON {table}",
            f"CREATE TRIGGER {name} BEFORE {verbs} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()",
        ),
    )


def _refused(table: Table, same: str, less: str) -> str:
    """Return the condition under which an update is refused; nothing where every update is."""
    if table is JOURNAL:
        return f"WHEN NOT ({_is_sealing(same)} OR {_is_losing_a_salt(same, less)}) "
    parts = parts_of(table)
    if not parts:
        return ""
    in_parts = {name for columns in parts.values() for name in columns}
    allowed = [_unchanged([column.name for column in table.columns if column.name not in in_parts], same)]
    for part, columns in parts.items():
        is_emptied = _is_emptied([table.columns[name] for name in columns], same)
        erased = f"EXISTS (SELECT 1 FROM erasures WHERE {_erasure_of(table.name, part)})"
        allowed.append(f"({_unchanged(columns, same)} OR ({is_emptied} AND {erased}))")
    return f"WHEN NOT ({' AND '.join(allowed)}) "


def _is_sealing(same: str) -> str:
    kept = [column.name for column in JOURNAL.columns if column.name not in SEALED]
    return f"(OLD.position IS NULL AND NEW.position IS NOT NULL AND {_unchanged(kept, same)})"


def _is_losing_a_salt(same: str, less: str) -> str:
    kept = [column.name for column in JOURNAL.columns if column.name != "salts"]
    erased = (
        f"EXISTS (SELECT 1 FROM erasures WHERE erasures.table_name = OLD.table_name "
        f"AND erasures.row_key = OLD.row_key AND {less})"
    )
    return f"({_unchanged(kept, same)} AND {erased})"


_SQLITE_LESS = "NEW.salts = json_remove(OLD.salts, '$.' || erasures.part)"
_POSTGRES_LESS = "NEW.salts::jsonb = OLD.salts::jsonb - erasures.part::text"


def _erasure_of(table: str, part: str) -> str:
    return f"table_name = '{table}' AND row_key = OLD.sequence AND part = '{part}'"


def _is_emptied(columns: Sequence[Column[Any]], same: str) -> str:
    values = {column.name: "''" if emptied(column) == "" else "NULL" for column in columns}
    return " AND ".join(f"NEW.{name} {same} {value}" for name, value in values.items())


def _unchanged(columns: Sequence[str], same: str) -> str:
    return " AND ".join(f"NEW.{name} {same} OLD.{name}" for name in columns)


_BUILDERS: Mapping[str, Any] = {
    "sqlite": (_SQLITE_FOUND, _sqlite_triggers),
    "postgresql": (_POSTGRES_FOUND, _postgres_triggers),
}
