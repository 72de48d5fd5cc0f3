"""Say in every row whose it is, who made it, and by which scheme it is hashed."""

from alembic import op
from sqlalchemy import Column, Integer, String

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns with what holds for rows of before; no row is written anew and none is rehashed."""
    for table in ("decisions", "overrides", "events"):
        op.add_column(table, Column("tenant", String(64), nullable=False, server_default="default"))
        op.add_column(table, Column("actor_id", String(100), nullable=False, server_default="service"))
        op.add_column(table, Column("hash_scheme", Integer, nullable=False, server_default="1"))
