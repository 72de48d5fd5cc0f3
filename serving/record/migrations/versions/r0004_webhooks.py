"""Add the queues of webhooks, whose rows change and go: what happened stays in the events."""

from alembic import op
from sqlalchemy import Column, Integer, String

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create both tables, empty: a receiver gets what comes after it was named."""
    op.create_table(
        "webhook_cursors",
        Column("endpoint", String(64), primary_key=True),
        Column("event_number", Integer, nullable=False),
    )
    op.create_table(
        "webhook_deliveries",
        Column("endpoint", String(64), primary_key=True),
        Column("event_number", Integer, primary_key=True, autoincrement=False),
        Column("rma_id", String(64), nullable=False),
        Column("state", String(16), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("due_at", String(32), nullable=False),
        Column("first_tried_at", String(32)),
        Column("tried_at", String(32)),
        Column("error", String(255)),
    )
    op.create_index("webhook_deliveries_due", "webhook_deliveries", ["endpoint", "state", "due_at"])
    op.create_index(
        "webhook_deliveries_by_return", "webhook_deliveries", ["endpoint", "rma_id", "state", "event_number"]
    )
