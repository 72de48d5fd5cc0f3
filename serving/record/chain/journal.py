"""Add rows to the record's tables, each with its entry in the journal in the same transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Float, Table, TextClause, func, insert, select, text

from serving.record.chain.row_hash import SCHEME, new_salts, row_sha256
from serving.record.chain.seal import chain_end, in_place
from serving.record.database.database import Database
from serving.record.entry import canonical_json
from serving.record.parts import Parts, parts_of
from serving.record.tables import JOURNAL

# What an entry says before it is sealed, but for the key of its row.
_TOLD = ("table_name", "at", "sha256", "salts", "tenant", "actor_id", "hash_scheme")


@dataclass(frozen=True)
class Author:
    """Who adds rows, and whose they are."""

    tenant: str = "default"
    actor_id: str = "service"


SERVICE = Author()


@dataclass(frozen=True)
class _Added:
    """One row that is to be written, without its key, and its entry."""

    table: Table
    row: dict[str, Any]
    entry: dict[str, Any]


class Addition:
    """Rows that are added together or not at all; the only way in which rows get into the record."""

    def __init__(self, connection: Connection, author: Author) -> None:
        self._connection = connection
        self._author = author

    def add(self, table: Table, values: Mapping[str, Any], *, at: str) -> int:
        """Add one row and return its sequence; `at` is the moment that the journal names."""
        (sequence,) = self.add_all([(table, values)], at=at)
        return sequence

    def add_all(self, rows: Sequence[tuple[Table, Mapping[str, Any]]], *, at: str) -> list[int]:
        """Add several rows, none of which needs another one's sequence, faster than one by one."""
        added = [self._added(table, values, at) for table, values in rows]
        write = _write_at_once if self._connection.dialect.name == "postgresql" else _write_in_turn
        return write(self._connection, added)

    @property
    def connection(self) -> Connection:
        """Return the transaction, for what is read or erased in it."""
        return self._connection

    def _added(self, table: Table, values: Mapping[str, Any], at: str) -> "_Added":
        given = {**vars(self._author), "hash_scheme": SCHEME, **values}
        layout = _layout(table)
        row: dict[str, Any] = {name: given.get(name) for name in layout.names}
        for name in layout.floats:
            # As the database will return it, or the hash of what comes back would be another one.
            row[name] = None if row[name] is None else float(row[name])
        parts = layout.parts
        salts = new_salts(parts)
        entry = {
            "table_name": table.name,
            "at": at,
            "sha256": row_sha256(table.name, row, parts, salts),
            "salts": canonical_json(salts) if salts else None,
            "tenant": row["tenant"],
            "actor_id": row["actor_id"],
            "hash_scheme": SCHEME,
        }
        return _Added(table, row, entry)


@contextmanager
def adding(engine: Engine | Database, author: Author = SERVICE) -> Iterator[Addition]:
    """Add rows in one transaction, with their entries in the journal."""
    with engine.begin() as connection:
        yield Addition(connection, author)


def _write_at_once(connection: Connection, added: Sequence[_Added]) -> list[int]:
    """Write rows and entries in one statement: each would be a journey to a server."""
    values = {
        f"{kind}_{number}_{name}": value
        for number, each in enumerate(added)
        for kind, columns in (("row", each.row), ("entry", each.entry))
        for name, value in columns.items()
    }
    statement = _statement(tuple(each.table for each in added))
    return list(connection.execute(statement, values).scalars())


@cache
def _statement(tables: tuple[Table, ...]) -> TextClause:
    rows, entries = [], []
    for number, table in enumerate(tables):
        names = _layout(table).names
        values = ", ".join(f":row_{number}_{name}" for name in names)
        inserted = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values}) RETURNING sequence"
        rows.append(f"row_{number} AS ({inserted})")
        told = ", ".join(f":entry_{number}_{name}" for name in _TOLD)
        entries.append(f"((SELECT sequence FROM row_{number}), {told})")
    return text(
        f"WITH {', '.join(rows)} INSERT INTO journal (row_key, {', '.join(_TOLD)}) "
        f"VALUES {', '.join(entries)} RETURNING row_key"
    )


def _write_in_turn(connection: Connection, added: Sequence[_Added]) -> list[int]:
    keys = [_inserted(connection, each) for each in added]
    entries = [{**each.entry, "row_key": key} for each, key in zip(added, keys, strict=True)]
    if connection.dialect.name == "sqlite":
        # It has one writer at a time, who can say already where each entry stands.
        last: int = connection.execute(select(func.coalesce(func.max(JOURNAL.c.sequence), 0))).scalar_one()
        numbered = [{"sequence": last + number, **entry} for number, entry in enumerate(entries, 1)]
        entries = in_place(chain_end(connection), numbered)
    connection.execute(insert(JOURNAL), entries)
    return keys


def _inserted(connection: Connection, added: _Added) -> int:
    key = connection.execute(insert(added.table), added.row).inserted_primary_key
    # There is one whenever one row was inserted.
    return int(key[0])  # type: ignore[index]


@dataclass(frozen=True)
class _Layout:
    """What writing a row needs to know of its table."""

    names: tuple[str, ...]
    floats: tuple[str, ...]
    parts: Parts


@cache
def _layout(table: Table) -> _Layout:
    columns = [column for column in table.columns if column.name != "sequence"]
    floats = tuple(column.name for column in columns if isinstance(column.type, Float))
    return _Layout(tuple(column.name for column in columns), floats, parts_of(table))
