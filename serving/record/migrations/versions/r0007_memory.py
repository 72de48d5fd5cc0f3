"""Remember across returns: how photos are known again, and by what decisions are found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Text, UniqueConstraint

from serving.record.memory.trait_keys import draw_keys
from serving.record.memory.trait_marks import mark_all

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables, and note by what decisions of before are found, by hashes of their photos too."""
    op.create_table(
        "photo_prints",
        Column("sequence", Integer, primary_key=True, autoincrement=True),
        Column("decision_id", String(64), ForeignKey("decisions.decision_id"), nullable=False),
        Column("number", Integer, nullable=False),
        Column("scheme", String(16), nullable=False),
        Column("likeness", Text),
        *_whose_columns(),
        UniqueConstraint("decision_id", "number"),
    )
    op.create_table(
        "memory_keys",
        Column("key", BigInteger, primary_key=True, autoincrement=False),
        Column("known_at_us", BigInteger, primary_key=True, autoincrement=False),
        Column("decision", Integer, primary_key=True, autoincrement=False),
        Column("is_of_fact", Boolean, nullable=False, server_default=sa.false()),
        *_whose_columns(),
        sqlite_with_rowid=False,
    )
    op.create_index("memory_keys_by_decision", "memory_keys", ["decision"])
    op.create_table(
        "memory_secrets",
        Column("name", String(16), primary_key=True),
        Column("secret", String(64), nullable=False),
        *_whose_columns(),
    )
    connection = op.get_bind()
    # A secret is drawn where there is something to note; an empty record stays empty, to be restored into.
    if connection.execute(sa.text("SELECT 1 FROM decisions LIMIT 1")).first():
        mark_all(connection, draw_keys(connection))


def _whose_columns() -> tuple[Column[str] | Column[int], ...]:
    return (
        Column("tenant", String(64), nullable=False, server_default="default"),
        Column("actor_id", String(100), nullable=False, server_default="service"),
        Column("hash_scheme", Integer, nullable=False, server_default="1"),
    )
