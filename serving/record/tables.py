"""Lay out the record's tables as they are after the last step in migrations; rows are only ever added."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    column,
)

from serving.record.parts import Part, telling_of

METADATA = MetaData()


def whose_columns() -> tuple[Column[Any], ...]:
    """Return what every table ends with: whose a row is, who made it, and by which scheme it is hashed."""
    return (
        Column("tenant", String(64), nullable=False, server_default="default"),
        Column("actor_id", String(100), nullable=False, server_default="service"),
        Column("hash_scheme", Integer, nullable=False, server_default="1"),
    )


def _index_where(name: str, of: str, condition: ColumnElement[bool], *, unique: bool = False) -> Index:
    return Index(name, of, unique=unique, sqlite_where=condition, postgresql_where=condition)


# Times are ISO 8601 text in UTC with microseconds: they sort, and SQLite has no type that keeps a time zone.
# `sequence` is the order of appending and the cursor of every page of decisions. A column that is added later
# is nullable, so that it writes no row anew and changes no hash.
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
    Column("idempotency_key", String(255), unique=True, info=telling_of(Part.CUSTOMER)),
    Column("fingerprint", String(64), nullable=False, info=telling_of(Part.DIGEST)),
    Column("decision", Text, nullable=False, info=telling_of(Part.CUSTOMER)),
    Column("return_case", Text, nullable=False, info=telling_of(Part.CUSTOMER)),
    Column("photos", Text, nullable=False, info=telling_of(Part.CUSTOMER)),
    Column("sha256", String(64), nullable=False, info=telling_of(Part.DIGEST)),
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
    Column("person", String(100), nullable=False, info=telling_of(Part.STAFF)),
    Column("second_person", String(100), info=telling_of(Part.STAFF)),
    Column("reason", Text, nullable=False, info=telling_of(Part.CUSTOMER)),
    Column("disposition", String(32), nullable=False),
    Column("destination", String(32), nullable=False),
    Column("sha256", String(64), nullable=False, info=telling_of(Part.DIGEST)),
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
    Column("data", Text, nullable=False, info=telling_of(Part.CUSTOMER)),
    *whose_columns(),
)


# What became known of a return after a decision; `fingerprint` is of its content, so that a fact counts once.
FACTS = Table(
    "facts",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("fact_id", String(64), nullable=False, unique=True),
    Column("rma_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("origin", String(16), nullable=False),
    Column("happened_at", String(32), nullable=False),
    Column("known_at", String(32), nullable=False),
    Column("recorded_at", String(32), nullable=False),
    Column("fingerprint", String(64), info=telling_of(Part.DIGEST)),
    Column("fact", Text, nullable=False, info=telling_of(Part.CUSTOMER)),
    *whose_columns(),
    UniqueConstraint("tenant", "rma_id", "fingerprint"),
)

# What was erased: of which row and which part, with the hash that stands for it from now on.
ERASURES = Table(
    "erasures",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("table_name", String(64), nullable=False),
    Column("row_key", Integer, nullable=False),
    Column("part", String(16), nullable=False),
    Column("commitment", String(64), nullable=False),
    Column("at", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    *whose_columns(),
    UniqueConstraint("table_name", "row_key", "part"),
)

# One entry for each row of every other table; `position` and what follows it are written when it is sealed.
# `event_number` is what the cursor of the events counts: the order in which they became visible.
JOURNAL = Table(
    "journal",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("table_name", String(64), nullable=False),
    Column("row_key", Integer, nullable=False),
    Column("at", String(32), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("salts", Text),
    Column("position", Integer),
    Column("event_number", Integer),
    Column("link_sha256", String(64)),
    *whose_columns(),
    UniqueConstraint("table_name", "row_key"),
    _index_where("journal_unsealed", "sequence", column("position").is_(None)),
    # Only over what is sealed, so that writing an entry has less to keep up.
    _index_where("journal_by_position", "position", column("position").is_not(None), unique=True),
    _index_where("journal_by_event", "event_number", column("event_number").is_not(None), unique=True),
)
# What an entry is given when it is sealed.
SEALED = ("position", "event_number", "link_sha256")


# The `info` of a table whose rows may change and go: nothing of it is kept as evidence.
WORKING = {"is_working": True}


# Which photos decisions name, to be found by their hashes: made of decisions.photos, which is the evidence. A
# row goes when its photo does; `term` is the one of the retention file that its time is told by. Without a
# foreign key, because it may be written before the decision is, in one transaction.
KEPT_PHOTOS = Table(
    "kept_photos",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("decision_id", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("kept_sha256", String(64), nullable=False),
    Column("pixels_sha256", String(64), nullable=False),
    Column("term", String(16), nullable=False),
    Column("decided_at", String(32), nullable=False),
    *whose_columns(),
    UniqueConstraint("decision_id", "number"),
    Index("kept_photos_as_sent", "sha256"),
    Index("kept_photos_as_kept", "kept_sha256"),
    Index("kept_photos_by_pixels", "pixels_sha256"),
    Index("kept_photos_by_term", "term", "decided_at"),
    info=WORKING,
)

# Up to which event each receiver of webhooks has got into its queue, and the queues.
WEBHOOK_CURSORS = Table(
    "webhook_cursors",
    METADATA,
    Column("endpoint", String(64), primary_key=True),
    Column("event_number", Integer, nullable=False),
    info=WORKING,
)

WEBHOOK_DELIVERIES = Table(
    "webhook_deliveries",
    METADATA,
    Column("endpoint", String(64), primary_key=True),
    Column("event_number", Integer, primary_key=True, autoincrement=False),
    Column("rma_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", String(32), nullable=False),
    Column("first_tried_at", String(32)),
    Column("tried_at", String(32)),
    Column("error", String(255)),
    Index("webhook_deliveries_due", "endpoint", "state", "due_at"),
    Index("webhook_deliveries_by_return", "endpoint", "rma_id", "state", "event_number"),
    info=WORKING,
)

# When a candidate decided beside the live system, and what it did not get to. A row is of one worker.
SHADOW_RUNS = Table(
    "shadow_runs",
    METADATA,
    Column("run_id", String(64), primary_key=True),
    Column("candidate", String(64), nullable=False),
    Column("candidate_sha256", String(64), nullable=False),
    Column("identity", Text, nullable=False),
    Column("share", Float, nullable=False),
    Column("limit_s", Float, nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("seen_at", String(32), nullable=False),
    Column("ended_at", String(32)),
    Column("no_room", Integer, nullable=False),
    *whose_columns(),
    Index("shadow_runs_by_candidate", "candidate", "started_at"),
    info=WORKING,
)

# What a candidate would have decided: figures alone, and nothing of the customer. Without a foreign key, for
# nothing that a candidate does may stand in the way of a decision.
SHADOW_RESULTS = Table(
    "shadow_results",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(64), nullable=False),
    Column("candidate_sha256", String(64), nullable=False),
    Column("decision_id", String(64), nullable=False),
    Column("at", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("error", String(255)),
    Column("disposition", String(32)),
    Column("destination", String(32)),
    Column("decided_by", String(32)),
    Column("grade", String(1)),
    Column("fraud_probability", Float),
    Column("fraud_action", String(16)),
    Column("needs_person", Boolean),
    Column("refund_amount", Float),
    Column("expected_amount", Float),
    Column("duration_s", Float, nullable=False),
    Column("live_duration_s", Float, nullable=False),
    *whose_columns(),
    UniqueConstraint("candidate_sha256", "decision_id"),
    info=WORKING,
)


def is_entry_of(table: str, key: Any) -> ColumnElement[bool]:
    """Return the condition that a journal entry tells of the row of a table with a key."""
    return and_(JOURNAL.c.table_name == table, JOURNAL.c.row_key == key)


def chained_tables() -> tuple[Table, ...]:
    """Return the tables whose rows are chained, those first that others refer to."""
    return tuple(table for table in append_only_tables() if table is not JOURNAL)


def append_only_tables() -> tuple[Table, ...]:
    """Return the tables whose rows stay, the journal among them."""
    return tuple(table for table in METADATA.sorted_tables if not table.info.get("is_working"))
