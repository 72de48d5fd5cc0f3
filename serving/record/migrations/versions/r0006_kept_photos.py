"""Find the photos of decisions by their hashes, and those that nobody names any more."""

from alembic import op
from sqlalchemy import Column, Integer, String, UniqueConstraint

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table; decisions of before kept no photos that it could name."""
    op.create_table(
        "kept_photos",
        Column("sequence", Integer, primary_key=True, autoincrement=True),
        Column("decision_id", String(64), nullable=False),
        Column("number", Integer, nullable=False),
        Column("sha256", String(64), nullable=False),
        Column("kept_sha256", String(64), nullable=False),
        Column("pixels_sha256", String(64), nullable=False),
        Column("term", String(16), nullable=False),
        Column("decided_at", String(32), nullable=False),
        Column("tenant", String(64), nullable=False, server_default="default"),
        Column("actor_id", String(100), nullable=False, server_default="service"),
        Column("hash_scheme", Integer, nullable=False, server_default="1"),
        UniqueConstraint("decision_id", "number"),
    )
    op.create_index("kept_photos_as_sent", "kept_photos", ["sha256"])
    op.create_index("kept_photos_as_kept", "kept_photos", ["kept_sha256"])
    op.create_index("kept_photos_by_pixels", "kept_photos", ["pixels_sha256"])
    op.create_index("kept_photos_by_term", "kept_photos", ["term", "decided_at"])
