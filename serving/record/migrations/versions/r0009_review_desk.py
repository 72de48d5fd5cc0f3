"""Add what people do at the review desk, why a decision is looked at, and the draw for an audit."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, String, Text, UniqueConstraint

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the tables, empty, and the columns, which say nothing of decisions of before."""
    op.add_column("decisions", Column("looks_asked", String(64)))
    op.add_column("decisions", Column("audit_probability", Float))
    op.add_column("decisions", Column("is_drawn", Boolean))
    op.add_column("overrides", Column("reason_code", String(40)))
    _create_index("decisions_to_look_at", sa.column("looks_asked").is_not(None))
    _create_index("decisions_drawn", sa.column("is_drawn", Boolean).is_(sa.true()))
    op.create_table(
        "claims",
        *_who_did_what(),
        Column("purpose", String(16), nullable=False),
        Column("number", Integer, nullable=False),
        Column("until", String(32), nullable=False),
        *_whose_columns(),
        UniqueConstraint("decision_id", "purpose", "number"),
    )
    op.create_table(
        "notes",
        Column("note_id", String(64), nullable=False, unique=True),
        *_who_did_what(),
        Column("text", Text, nullable=False),
        *_whose_columns(),
    )
    op.create_index("notes_by_decision", "notes", ["decision_id", "sequence"])
    op.create_table(
        "opinions",
        Column("opinion_id", String(64), nullable=False, unique=True),
        *_who_did_what(),
        Column("purpose", String(16), nullable=False),
        Column("number", Integer, nullable=False),
        Column("grade", String(1)),
        Column("is_fraud", Boolean),
        Column("disposition", String(32)),
        Column("reason_code", String(40)),
        Column("text", Text),
        *_whose_columns(),
        UniqueConstraint("decision_id", "number"),
    )
    op.create_table(
        "corrections",
        Column("correction_id", String(64), nullable=False, unique=True),
        *_who_did_what(),
        Column("number", Integer, nullable=False),
        Column("reason_code", String(40)),
        Column("corrections", Text, nullable=False),
        *_whose_columns(),
        UniqueConstraint("decision_id", "number"),
    )


def _create_index(name: str, where: sa.ColumnElement[bool]) -> None:
    op.create_index(name, "decisions", ["sequence"], sqlite_where=where, postgresql_where=where)


def _who_did_what() -> tuple[Column[Any], ...]:
    return (
        Column("sequence", Integer, primary_key=True, autoincrement=True),
        Column("decision_id", String(64), ForeignKey("decisions.decision_id"), nullable=False),
        Column("at", String(32), nullable=False),
        Column("person", String(100), nullable=False),
    )


def _whose_columns() -> tuple[Column[Any], ...]:
    return (
        Column("tenant", String(64), nullable=False, server_default="default"),
        Column("actor_id", String(100), nullable=False, server_default="service"),
        Column("hash_scheme", Integer, nullable=False, server_default="1"),
    )
