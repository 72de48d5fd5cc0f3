"""Name what each decision was taken with; decisions of before name nothing."""

from alembic import op
from sqlalchemy import Column, Integer, String, Text, UniqueConstraint

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table, empty, and add the column by which a decision points to it."""
    op.create_table(
        "configurations",
        Column("sequence", Integer, primary_key=True, autoincrement=True),
        Column("sha256", String(64), nullable=False),
        Column("kept_at", String(32), nullable=False),
        Column("document", Text, nullable=False),
        Column("tenant", String(64), nullable=False, server_default="default"),
        Column("actor_id", String(100), nullable=False, server_default="service"),
        Column("hash_scheme", Integer, nullable=False, server_default="1"),
        UniqueConstraint("tenant", "sha256"),
    )
    op.add_column("decisions", Column("configuration_sha256", String(64)))
