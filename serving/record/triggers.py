"""Let the database itself refuse what would change a record: triggers in SQLite and PostgreSQL."""

from collections.abc import Mapping

from sqlalchemy import Connection, text

from serving.record.tables import METADATA

_SQLITE_GUARD = """
CREATE TRIGGER {table}_{verb}_refused BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END
"""
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS
'BEGIN RAISE EXCEPTION ''the record is append-only''; END' LANGUAGE plpgsql
"""
_POSTGRES_GUARD = """
CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
# The names of the triggers that stand and are not switched off.
_STANDING = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' AND NOT tgisinternal",
}


def missing_triggers(connection: Connection) -> list[str]:
    """Return the names of triggers that do not stand, or are switched off."""
    triggers = _triggers(connection.dialect.name)
    if not triggers:
        return []
    standing = set(connection.execute(text(_STANDING[connection.dialect.name])).scalars())
    return [name for name in triggers if name not in standing]


def install_triggers(connection: Connection) -> None:
    """Put up every trigger that is missing."""
    triggers = _triggers(connection.dialect.name)
    missing = missing_triggers(connection)
    if missing and connection.dialect.name == "postgresql":
        connection.execute(text(_POSTGRES_FUNCTION))
    for name in missing:
        connection.execute(text(triggers[name]))


def _triggers(dialect: str) -> Mapping[str, str]:
    """Return the statement that puts up each trigger, by the trigger's name; none for other databases."""
    tables = [table.name for table in METADATA.sorted_tables]
    if dialect == "sqlite":
        return {
            f"{table}_{verb}_refused": _SQLITE_GUARD.format(table=table, verb=verb)
            for table in tables
            for verb in ("UPDATE", "DELETE")
        }
    if dialect == "postgresql":
        return {f"{table}_append_only": _POSTGRES_GUARD.format(table=table) for table in tables}
    return {}
