"""Look for what was changed, taken out, put in or moved in a record, reading it once from end to end."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, column, func, select, table, text
from sqlalchemy.exc import DBAPIError

from serving.record.chain.anchor import Anchor
from serving.record.chain.finding import FindingKind, Verification
from serving.record.chain.row_hash import START, link_sha256, row_sha256
from serving.record.database.faults import DAMAGES
from serving.record.entry import canonical_json
from serving.record.errors import UnusableRecord
from serving.record.parts import Parts, emptied, parts_of
from serving.record.snapshot import snapshot
from serving.record.tables import ERASURES, JOURNAL, chained_tables, is_entry_of
from serving.record.triggers import missing_triggers

# Rows in memory at one time.
BATCH = 500
Row = dict[str, Any]
Progress = Callable[[int], object]


def count_entries(engine: Engine) -> int:
    """Return how many entries there are to verify."""
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(JOURNAL)).scalar_one()


def verify(
    engine: Engine, *, against: Anchor | None = None, progress: Progress | None = None
) -> Verification:
    """Verify every entry and row as they stand at one moment; `progress` is told how many were done."""
    found = Verification(link_sha256=START)
    try:
        with snapshot(engine) as connection:
            _read_what_is_no_text(connection)
            _look_for_damage(connection, found)
            _look_at_triggers(connection, found)
            for entries in _sealed(connection):
                _follow(entries, found, against)
                _compare(connection, entries, found)
                if progress:
                    progress(found.entries)
            for entries in _unsealed(connection):
                _compare(connection, entries, found)
                found.unsealed += len(entries)
            _look_for_foreign_rows(connection, found)
    except DBAPIError as error:
        found.note(FindingKind.DAMAGED_DATABASE, "database", " ".join(str(error.orig).split()))
    except UnusableRecord as error:
        if error.fault not in DAMAGES:
            raise
        found.note(FindingKind.DAMAGED_DATABASE, "database", str(error))
    if against and found.position < against.position:
        found.note(
            FindingKind.TRUNCATED,
            f"position {against.position}",
            f"the anchor of {against.at} is further than the record, which ends at {found.position}",
        )
    return found


def _read_what_is_no_text(connection: Connection) -> None:
    """Let SQLite return bytes that are no text any more: they are to be told, and not to stop the rest."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.dbapi_connection
        setattr(raw, "text_factory", lambda body: body.decode("utf-8", "surrogateescape"))  # noqa: B010


def _look_for_damage(connection: Connection, found: Verification) -> None:
    if connection.dialect.name == "sqlite":
        for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
            if line != "ok":
                found.note(FindingKind.DAMAGED_DATABASE, "database", str(line))


def _look_at_triggers(connection: Connection, found: Verification) -> None:
    for name in missing_triggers(connection):
        found.note(FindingKind.MISSING_TRIGGER, name, "it is gone, off or another one: rows could be changed")


def _sealed(connection: Connection) -> Iterator[list[Row]]:
    position: Any = 0
    while rows := _raw(connection, "journal", "position > :after ORDER BY position", after=position):
        yield rows
        position = rows[-1]["position"]


def _unsealed(connection: Connection) -> Iterator[list[Row]]:
    sequence: Any = 0
    condition = "position IS NULL AND sequence > :after ORDER BY sequence"
    while rows := _raw(connection, "journal", condition, after=sequence):
        yield rows
        sequence = rows[-1]["sequence"]


def _raw(connection: Connection, name: str, condition: str, **values: Any) -> list[Row]:
    """Return rows as the database has them: a type would read a 2 in a column of truth values as a 1."""
    query = text(f"SELECT * FROM {name} WHERE {condition} LIMIT {BATCH}")
    return [dict(row) for row in connection.execute(query, values).mappings()]


def _follow(entries: list[Row], found: Verification, against: Anchor | None) -> None:
    """Follow the chain over some entries, and hold it against the anchor where it has the same position."""
    for entry in entries:
        where, position = f"position {entry['position']}", entry["position"]
        if position != found.position + 1:
            found.note(FindingKind.GAP, where, f"the entry before it is at {found.position}")
        if not _is_hash(entry["link_sha256"], lambda: link_sha256(found.link_sha256, entry)):  # noqa: B023
            found.note(
                FindingKind.CHANGED_ENTRY,
                where,
                f"the entry of {entry['table_name']} {entry['row_key']} does not follow from the one before",
            )
        if against and position == against.position and entry["link_sha256"] != against.link_sha256:
            found.note(FindingKind.OTHER_CHAIN, where, f"the anchor of {against.at} has another hash here")
        found.entries += 1
        found.position, found.link_sha256 = position, entry["link_sha256"]


def _compare(connection: Connection, entries: list[Row], found: Verification) -> None:
    """Compare the rows of some entries with their hashes."""
    known = {table.name: table for table in chained_tables()}
    for name, group in groupby(sorted(entries, key=_by_table), key=_by_table):
        if name not in known:
            found.note(FindingKind.CHANGED_ENTRY, name, "there is no such table")
            continue
        of_table = list(group)
        keys = [entry["row_key"] for entry in of_table]
        rows, erasures = _rows(connection, name, keys), _erasures(connection, name, keys)
        for entry in of_table:
            row, erased = rows.get(entry["row_key"]), erasures.get(entry["row_key"], {})
            _compare_row(known[name], entry, row, erased, found)


def _compare_row(
    table: Table, entry: Row, row: Row | None, erased: dict[str, str], found: Verification
) -> None:
    where = f"{table.name} {entry['row_key']}"
    if row is None:
        found.note(FindingKind.DELETED_ROW, where, f"it was kept at {entry['at']} and is gone")
        return
    parts = parts_of(table)
    found.erased_parts += len(erased)
    if not _is_gone(table, parts, row, entry, erased):
        found.note(FindingKind.INCOMPLETE_ERASURE, where, "it was to be erased, and is still there in part")
    elif not _is_hash(entry["sha256"], lambda: _row_hash(table, parts, row, entry, erased)):
        found.note(FindingKind.CHANGED_ROW, where, f"it is not what was kept at {entry['at']}")


def _row_hash(table: Table, parts: Parts, row: Row, entry: Row, erased: dict[str, str]) -> str:
    salts = json.loads(entry["salts"] or "{}")
    # A salt too many, or one written otherwise, is a change as well.
    if entry["salts"] is not None and entry["salts"] != canonical_json(salts):
        return ""
    if salts.keys() != {part.value for part in parts} - erased.keys():
        return ""
    return row_sha256(table.name, row, parts, salts, erased)


def _is_gone(table: Table, parts: Parts, row: Row, entry: Row, erased: dict[str, str]) -> bool:
    columns = [name for part, names in parts.items() if part.value in erased for name in names]
    left = [name for name in columns if row[name] != emptied(table.columns[name])]
    return not left and not any(f'"{part}"' in (entry["salts"] or "") for part in erased)


def _is_hash(hash_: object, compute: Callable[[], str]) -> bool:
    try:
        return hash_ == compute()
    except (ValueError, TypeError, KeyError, AttributeError):
        # It holds what was never written: text that is no text, bytes, salts that are no JSON.
        return False


def _rows(connection: Connection, name: str, keys: list[Any]) -> dict[Any, Row]:
    query = text(f"SELECT * FROM {name} WHERE sequence IN :keys")
    expanded = query.bindparams(bindparam("keys", keys, expanding=True))
    return {row["sequence"]: dict(row) for row in connection.execute(expanded).mappings()}


def _erasures(connection: Connection, name: str, keys: list[Any]) -> dict[Any, dict[str, str]]:
    query = select(ERASURES.c.row_key, ERASURES.c.part, ERASURES.c.commitment)
    erased: dict[Any, dict[str, str]] = defaultdict(dict)
    of_rows = (ERASURES.c.table_name == name) & ERASURES.c.row_key.in_(keys)
    for key, part, commitment in connection.execute(query.where(of_rows)):
        erased[key][part] = commitment
    return erased


def _look_for_foreign_rows(connection: Connection, found: Verification) -> None:
    for each in chained_tables():
        rows = table(each.name, column("sequence"))
        is_entered = is_entry_of(each.name, rows.c.sequence)
        query = select(rows.c.sequence).outerjoin(JOURNAL, is_entered).where(JOURNAL.c.sequence.is_(None))
        for (sequence,) in connection.execute(query):
            found.note(
                FindingKind.FOREIGN_ROW,
                f"{each.name} {sequence}",
                "no entry tells of it: Regrade did not write it",
            )


def _by_table(entry: Row) -> str:
    return str(entry["table_name"])
