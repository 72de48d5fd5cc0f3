"""Read a kept fact for what it tells of its return when another one, or the same again, is decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from data.history import PriorOutcome
from serving.memory.past import PastFact
from serving.record.returns.fact import FactKind

TELLING = (FactKind.SCAN, FactKind.VERIFICATION, FactKind.FRAUD)
"""The kinds of facts that decisions go by; the others tell of what came of one."""


def past_fact(rma_id: str, number: int, known_at: datetime, values: Mapping[str, Any]) -> PastFact:
    """Return a fact, from the values that the record keeps of it, as later decisions go by it."""
    outcome = scan = None
    if values["kind"] == FactKind.FRAUD:
        outcome = PriorOutcome.FRAUD if values["is_confirmed"] else PriorOutcome.HONEST
    if values["kind"] == FactKind.SCAN:
        # Known since it reached the record, however early the carrier says that it was sent.
        scan = {**values["scan"], "known_at": known_at.isoformat()}
    return PastFact(rma_id, number, known_at, outcome, scan, values.get("verification"))
