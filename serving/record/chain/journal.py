"""Add rows to the record's tables, each with its entry in the journal in the same transaction."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Float, Table, func, insert, select

from serving.record.chain.row_hash import SCHEME, new_salts, row_sha256
from serving.record.chain.seal import chain_end, in_place
from serving.record.entry import canonical_json
from serving.record.parts import parts_of
from serving.record.tables import JOURNAL


@dataclass(frozen=True)
class Author:
    """Who adds rows, and whose they are."""

    tenant: str = "default"
    actor_id: str = "service"


SERVICE = Author()


class Addition:
    """Rows that are added together or not at all; the only way in which rows get into the record."""

    def __init__(self, connection: Connection, author: Author) -> None:
        self._connection = connection
        self._author = author
        self._entries: list[dict[str, Any]] = []

    def add(self, table: Table, values: Mapping[str, Any], *, at: str) -> int:
        """Add one row and return its sequence; `at` is the moment that the journal names."""
        given = {**vars(self._author), "hash_scheme": SCHEME, **values}
        row = {column.name: _typed(column.type, given.get(column.name)) for column in table.columns}
        del row["sequence"]
        # There is a key whenever one row was inserted.
        sequence = self._connection.execute(insert(table), row).inserted_primary_key[0]  # type: ignore[index]
        parts = parts_of(table)
        salts = new_salts(parts)
        self._entries.append(
            {
                "table_name": table.name,
                "row_key": sequence,
                "at": at,
                "tenant": row["tenant"],
                "actor_id": row["actor_id"],
                "hash_scheme": SCHEME,
                "sha256": row_sha256(table.name, {"sequence": sequence, **row}, parts, salts),
                "salts": canonical_json(salts) if salts else None,
            }
        )
        return int(sequence)

    @property
    def connection(self) -> Connection:
        """Return the transaction, for what is read or erased in it."""
        return self._connection

    def write_journal(self) -> None:
        """Write the entries of all rows that were added."""
        if self._entries:
            connection = self._connection
            entries = _placed(connection, self._entries) if _has_one_writer(connection) else self._entries
            connection.execute(insert(JOURNAL), entries)


@contextmanager
def adding(engine: Engine, author: Author = SERVICE) -> Iterator[Addition]:
    """Add rows in one transaction, with their entries in the journal."""
    with engine.begin() as connection:
        addition = Addition(connection, author)
        yield addition
        addition.write_journal()


def _has_one_writer(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _placed(connection: Connection, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    last: int = connection.execute(select(func.coalesce(func.max(JOURNAL.c.sequence), 0))).scalar_one()
    numbered = [{"sequence": last + number, **entry} for number, entry in enumerate(entries, 1)]
    return in_place(chain_end(connection), numbered)


def _typed(kind: Any, value: Any) -> Any:
    # As the database will return it, or the hash of what comes back would be another one.
    return float(value) if isinstance(kind, Float) and value is not None else value
