"""Lay out the record's tables as they are after the last step in migrations; rows are only ever added."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()


def whose_columns() -> tuple[Column[Any], ...]:
    """Return what every table ends with: whose a row is, who made it, and by which scheme it is hashed.

    A column that comes later is nullable or has a default in the database, so that adding it writes no row.
    """
    return (
        Column("tenant", String(64), nullable=False, server_default="default"),
        Column("actor_id", String(100), nullable=False, server_default="service"),
        Column("hash_scheme", Integer, nullable=False, server_default="1"),
    )


# Times are ISO 8601 text in UTC with microseconds: they sort, and SQLite has no type that keeps a time zone.
# `sequence` is the order of appending and the cursor of every page.
DECISIONS = Table(
    "decisions",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("decision_id", String(64), nullable=False, unique=True),
    Column("rma_id", String(64), nullable=False),
    Column("decided_at", String(32), nullable=False),
    Column("disposition", String(32), nullable=False),
    Column("destination", String(32), nullable=False),
    Column("decided_by", String(32), nullable=False),
    Column("grade", String(1)),
    Column("fraud_probability", Float, nullable=False),
    Column("fraud_action", String(16), nullable=False),
    Column("needs_person", Boolean, nullable=False),
    Column("receipt_to_decision_h", Float),
    Column("refund_amount", Float, nullable=False),
    Column("expected_amount", Float),
    Column("currency", String(3), nullable=False),
    Column("idempotency_key", String(255), unique=True),
    Column("fingerprint", String(64), nullable=False),
    Column("decision", Text, nullable=False),
    Column("return_case", Text, nullable=False),
    Column("photos", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    *whose_columns(),
    Index("decisions_by_rma", "rma_id"),
    Index("decisions_for_people", "needs_person", "sequence"),
)

OVERRIDES = Table(
    "overrides",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("decision_id", String(64), ForeignKey("decisions.decision_id"), nullable=False),
    Column("at", String(32), nullable=False),
    Column("person", String(100), nullable=False),
    Column("second_person", String(100)),
    Column("reason", Text, nullable=False),
    Column("disposition", String(32), nullable=False),
    Column("destination", String(32), nullable=False),
    Column("sha256", String(64), nullable=False),
    *whose_columns(),
    Index("overrides_by_decision", "decision_id", "sequence"),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("event_id", String(64), nullable=False, unique=True),
    Column("type", String(32), nullable=False),
    Column("at", String(32), nullable=False),
    Column("decision_id", String(64), ForeignKey("decisions.decision_id"), nullable=False),
    Column("data", Text, nullable=False),
    *whose_columns(),
)


def share_sqlite(connection: Any, _: Any) -> None:
    """Let several workers share one SQLite file: readers never wait, writers wait for each other."""
    cursor = connection.cursor()
    for pragma in ("busy_timeout = 10000", "journal_mode = WAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
