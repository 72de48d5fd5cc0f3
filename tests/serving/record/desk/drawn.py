"""Make decisions that were drawn for a blind audit, or that are to be looked at."""

from dataclasses import replace
from typing import Any

from serving.record.audit_draw import AuditDraw
from serving.record.entry import Entry
from tests.serving.record.entries import entry


def drawn_entry(decision_id: str, **given: Any) -> Entry:
    """Return a decision that was drawn."""
    return replace(entry(decision_id, **given), draw=AuditDraw(0.02, is_drawn=True))


def worth(given: Entry, amount: float, *looks: str) -> Entry:
    """Return a decision of a return that is worth so much, and to be looked at for these reasons."""
    return replace(given, refund_amount=amount, looks_asked=looks, draw=AuditDraw(0.02, is_drawn=False))
