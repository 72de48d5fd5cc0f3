"""Erase parts of a row so that the chain still holds: a hash with a salt that is gone stands for each."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Table, select, update

from serving.record.chain.journal import Addition
from serving.record.chain.row_hash import commitment_of
from serving.record.entry import canonical_json
from serving.record.parts import Part, emptied, parts_of
from serving.record.tables import ERASURES, JOURNAL, is_entry_of


def erase_row(
    addition: Addition, table: Table, key: int, parts: Collection[Part], *, at: str, reason: str
) -> int:
    """Erase the named parts of a row, keep who did it, when and why, and return how many there were.

    A digest goes with any other part: it was made of them. What was erased before is left as it is.
    """
    connection = addition.connection
    row = dict(connection.execute(select(table).where(table.c.sequence == key)).mappings().one())
    salts = _salts(connection, table, key)
    erased = [part for part in parts_of(table) if part in salts and (part in parts or part is Part.DIGEST)]
    if not _holds_anything(table, row, erased):
        return 0
    for part in erased:
        columns = parts_of(table)[part]
        commitment = commitment_of(row, columns, salts.pop(part))
        values = {"table_name": table.name, "row_key": key, "part": part.value, "commitment": commitment}
        # First, for without it the triggers refuse the rest.
        addition.add(ERASURES, {**values, "at": at, "reason": reason}, at=at)
        empty = {name: emptied(table.columns[name]) for name in columns}
        connection.execute(update(table).where(table.c.sequence == key).values(empty))
        connection.execute(
            update(JOURNAL).where(is_entry_of(table.name, key)).values(salts=canonical_json(salts))
        )
    return len(erased)


def _holds_anything(table: Table, row: Mapping[str, Any], parts: Collection[Part]) -> bool:
    return any(row[name] not in (None, "", "{}") for part in parts for name in parts_of(table)[part])


def overwrite_freed_pages(connection: Connection) -> None:
    """Let SQLite write zeros over what is deleted from here on; otherwise it only marks it as free."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def empty_write_ahead_log(connection: Connection) -> None:
    """Let SQLite take what its log holds into the file and empty the log, unless a reader still needs it."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _salts(connection: Connection, table: Table, key: int) -> dict[str, str]:
    found = connection.execute(select(JOURNAL.c.salts).where(is_entry_of(table.name, key))).scalar_one()
    salts: dict[str, str] = json.loads(found or "{}")
    return salts
