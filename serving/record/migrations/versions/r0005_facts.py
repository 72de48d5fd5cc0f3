"""Add the facts that become known of a return after it was decided."""

from alembic import op
from sqlalchemy import Column, Integer, String, Text, UniqueConstraint

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "facts",
        Column("sequence", Integer, primary_key=True, autoincrement=True),
        Column("fact_id", String(64), nullable=False, unique=True),
        Column("rma_id", String(64), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("origin", String(16), nullable=False),
        Column("happened_at", String(32), nullable=False),
        Column("known_at", String(32), nullable=False),
        Column("recorded_at", String(32), nullable=False),
        Column("fingerprint", String(64)),
        Column("fact", Text, nullable=False),
        Column("tenant", String(64), nullable=False, server_default="default"),
        Column("actor_id", String(100), nullable=False, server_default="service"),
        Column("hash_scheme", Integer, nullable=False, server_default="1"),
        UniqueConstraint("tenant", "rma_id", "fingerprint"),
    )
