"""Add what candidates decide beside the live system, whose rows may go: it was told to nobody."""

from alembic import op
from sqlalchemy import Boolean, Column, Float, Integer, String, Text, UniqueConstraint

revision = "0010"
down_revision = "0006"


def upgrade() -> None:
    """Create both tables, empty."""
    op.create_table(
        "shadow_runs",
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
        Column("tenant", String(64), nullable=False, server_default="default"),
        Column("actor_id", String(100), nullable=False, server_default="service"),
        Column("hash_scheme", Integer, nullable=False, server_default="1"),
    )
    op.create_index("shadow_runs_by_candidate", "shadow_runs", ["candidate", "started_at"])
    op.create_table(
        "shadow_results",
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
        Column("tenant", String(64), nullable=False, server_default="default"),
        Column("actor_id", String(100), nullable=False, server_default="service"),
        Column("hash_scheme", Integer, nullable=False, server_default="1"),
        UniqueConstraint("candidate_sha256", "decision_id"),
    )
