"""Read rows of the record page by page, and name the columns that a decision is told by in short."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, literal

from serving.record.tables import DECISIONS

SUMMARY = (
    DECISIONS.c.sequence,
    DECISIONS.c.decision_id,
    DECISIONS.c.rma_id,
    DECISIONS.c.decided_at,
    DECISIONS.c.disposition,
    DECISIONS.c.destination,
    DECISIONS.c.decided_by,
    DECISIONS.c.grade,
    DECISIONS.c.fraud_probability,
    DECISIONS.c.fraud_action,
    DECISIONS.c.needs_person,
)


@dataclass(frozen=True)
class Page:
    """Rows in the order asked for, and the cursor of the next page; None at the end."""

    rows: tuple[dict[str, Any], ...]
    next_cursor: int | None


def place_of(cursor: int) -> ColumnElement[int]:
    """Return a cursor to compare a column with: one past every row is no error, but a page without rows."""
    # Else it is sent as a whole number like those of the column, which PostgreSQL refuses past 32 bits.
    return literal(cursor, BigInteger)


def read_page(connection: Connection, query: Select[Any], limit: int) -> Page:
    """Return the first `limit` rows of a query, whose `sequence` is the cursor."""
    rows = [dict(row) for row in connection.execute(query.limit(limit + 1)).mappings()]
    shown = tuple(rows[:limit])
    return Page(shown, shown[-1]["sequence"] if len(rows) > limit else None)
