"""Chain every row: a journal with an entry for each, those of before in the order of their tables."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Integer, String, Text

from serving.record.chain.row_hash import START, link_sha256, new_salts, row_sha256
from serving.record.entry import canonical_json
from serving.record.parts import Part, Parts

revision = "0003"
down_revision = "0002"

BATCH = 500
# As they are in this step, whatever later ones make of them; and the column with the moment of a row.
PARTS: dict[str, Parts] = {
    "decisions": {
        Part.CUSTOMER: ("idempotency_key", "decision", "return_case", "photos"),
        Part.DIGEST: ("fingerprint", "sha256"),
    },
    "overrides": {
        Part.STAFF: ("person", "second_person"),
        Part.CUSTOMER: ("reason",),
        Part.DIGEST: ("sha256",),
    },
    "events": {Part.CUSTOMER: ("data",)},
}
MOMENTS = {"decisions": "decided_at", "overrides": "at", "events": "at"}


def upgrade() -> None:
    """Create the journal and the erasures, and enter every row that is there, unchanged."""
    _create_erasures()
    journal = _create_journal()
    _create_index("journal_unsealed", "sequence", sa.column("position").is_(None))
    _create_index("journal_by_position", "position", sa.column("position").is_not(None), unique=True)
    _create_index("journal_by_event", "event_number", sa.column("event_number").is_not(None), unique=True)
    previous, position = START, 0
    for entries in _batches():
        for entry in entries:
            position += 1
            entry.update(sequence=position, position=position)
            previous = entry["link_sha256"] = link_sha256(previous, entry)
        op.get_bind().execute(sa.insert(journal), entries)
    if op.get_bind().dialect.name == "postgresql" and position:
        numbers = "pg_get_serial_sequence('journal', 'sequence')"
        op.execute(f"SELECT setval({numbers}, {position})")


def _create_erasures() -> None:
    op.create_table(
        "erasures",
        Column("sequence", Integer, primary_key=True, autoincrement=True),
        Column("table_name", String(64), nullable=False),
        Column("row_key", Integer, nullable=False),
        Column("part", String(16), nullable=False),
        Column("commitment", String(64), nullable=False),
        Column("at", String(32), nullable=False),
        Column("reason", Text, nullable=False),
        *_whose_columns(),
        sa.UniqueConstraint("table_name", "row_key", "part"),
    )


def _create_journal() -> sa.Table:
    return op.create_table(
        "journal",
        Column("sequence", Integer, primary_key=True, autoincrement=True),
        Column("table_name", String(64), nullable=False),
        Column("row_key", Integer, nullable=False),
        Column("at", String(32), nullable=False),
        Column("sha256", String(64), nullable=False),
        Column("salts", Text),
        Column("position", Integer),
        Column("event_number", Integer),
        Column("link_sha256", String(64)),
        *_whose_columns(),
        sa.UniqueConstraint("table_name", "row_key"),
    )


def _create_index(name: str, of: str, where: sa.ColumnElement[bool], *, unique: bool = False) -> None:
    op.create_index(name, "journal", [of], unique=unique, sqlite_where=where, postgresql_where=where)


def _whose_columns() -> tuple[Column[Any], ...]:
    return (
        Column("tenant", String(64), nullable=False, server_default="default"),
        Column("actor_id", String(100), nullable=False, server_default="service"),
        Column("hash_scheme", Integer, nullable=False, server_default="1"),
    )


def _batches() -> Iterator[list[dict[str, Any]]]:
    """Yield the entries of all rows, a batch at a time: a record may be larger than the memory."""
    for table in PARTS:
        last = 0
        while rows := _rows_after(table, last):
            yield [_entry(table, row) for row in rows]
            last = rows[-1]["sequence"]


def _rows_after(table: str, sequence: int) -> list[dict[str, Any]]:
    query = sa.text(f"SELECT * FROM {table} WHERE sequence > :after ORDER BY sequence LIMIT {BATCH}")
    return [dict(row) for row in op.get_bind().execute(query, {"after": sequence}).mappings()]


def _entry(table: str, row: dict[str, Any]) -> dict[str, Any]:
    salts = new_salts(PARTS[table])
    return {
        "table_name": table,
        "row_key": row["sequence"],
        "at": row[MOMENTS[table]],
        "sha256": row_sha256(table, row, PARTS[table], salts),
        "salts": canonical_json(salts),
        # Listeners hold cursors that counted the rows of the table.
        "event_number": row["sequence"] if table == "events" else None,
        "tenant": row["tenant"],
        "actor_id": row["actor_id"],
        "hash_scheme": 1,
    }
