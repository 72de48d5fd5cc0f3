"""Lay out the tables of release 0.1; a record made by it has them already, and is taken over as it is."""

from alembic import op
from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, String, Text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create what is not there; rows that are there stay as they are."""
    _create_decisions()
    _create_overrides()
    _create_events()
    op.create_index("decisions_by_rma", "decisions", ["rma_id"], if_not_exists=True)
    op.create_index("decisions_for_people", "decisions", ["needs_person", "sequence"], if_not_exists=True)
    op.create_index("overrides_by_decision", "overrides", ["decision_id", "sequence"], if_not_exists=True)


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        _sequence(),
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
        if_not_exists=True,
    )


def _create_overrides() -> None:
    op.create_table(
        "overrides",
        _sequence(),
        _decision_id(),
        Column("at", String(32), nullable=False),
        Column("person", String(100), nullable=False),
        Column("second_person", String(100)),
        Column("reason", Text, nullable=False),
        Column("disposition", String(32), nullable=False),
        Column("destination", String(32), nullable=False),
        Column("sha256", String(64), nullable=False),
        if_not_exists=True,
    )


def _create_events() -> None:
    op.create_table(
        "events",
        _sequence(),
        Column("event_id", String(64), nullable=False, unique=True),
        Column("type", String(32), nullable=False),
        Column("at", String(32), nullable=False),
        _decision_id(),
        Column("data", Text, nullable=False),
        if_not_exists=True,
    )


def _sequence() -> Column[int]:
    return Column("sequence", Integer, primary_key=True, autoincrement=True)


def _decision_id() -> Column[str]:
    return Column("decision_id", String(64), ForeignKey("decisions.decision_id"), nullable=False)
