"""Lay out the record's tables; rows are only ever added, and the database itself refuses anything else."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    select,
    text,
)
from sqlalchemy.schema import CreateIndex, CreateTable

METADATA = MetaData()

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
)

_SQLITE_GUARD = """
CREATE TRIGGER IF NOT EXISTS {table}_{verb}_refused BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END
"""
_POSTGRES_LOCK = 0x5265677261646531
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS
'BEGIN RAISE EXCEPTION ''the record is append-only''; END' LANGUAGE plpgsql
"""
_POSTGRES_GUARD = """
CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def create_tables(engine: Engine) -> None:
    """Create what is not there yet: tables, indexes and the triggers that keep them append-only."""
    with engine.begin() as connection:
        # IF NOT EXISTS rather than create_all, which looks first and loses the race of two workers;
        # PostgreSQL loses it even so, and needs a lock.
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
        for table in METADATA.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in sorted(table.indexes, key=lambda each: str(each.name)):
                connection.execute(CreateIndex(index, if_not_exists=True))
        for statement in _guards(engine.dialect.name):
            connection.execute(text(statement))


def share_sqlite(connection: Any, _: Any) -> None:
    """Let several workers share one SQLite file: readers never wait, writers wait for each other."""
    cursor = connection.cursor()
    for pragma in ("busy_timeout = 10000", "journal_mode = WAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _guards(dialect: str) -> list[str]:
    tables = [table.name for table in METADATA.sorted_tables]
    if dialect == "sqlite":
        return [
            _SQLITE_GUARD.format(table=table, verb=verb) for table in tables for verb in ("UPDATE", "DELETE")
        ]
    if dialect == "postgresql":
        return [_POSTGRES_FUNCTION, *(_POSTGRES_GUARD.format(table=table) for table in tables)]
    return []
