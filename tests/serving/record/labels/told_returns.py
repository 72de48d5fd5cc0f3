"""Keep returns with what became known of them, so that a test names only what differs."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from data.fraud import Action
from serving.record.audit_draw import AuditDraw
from serving.record.labels.decision_label import Label, Word
from serving.record.labels.label_rules import LabelKind, read_label_rules
from serving.record.labels.labelling import Labelling, labelling
from serving.record.record import Record
from serving.record.returns.fact import FactKind, FactOrigin, FraudFact, RegradedFact
from tests.serving.clear_return import clear_case
from tests.serving.record.entries import MOMENT, entry

LATER = MOMENT + timedelta(days=200)


def decide(
    record: Record,
    number: int,
    rma_id: str | None = None,
    *,
    days: float = 0,
    action: Action = Action.RELEASE,
    draw: AuditDraw | None = None,
) -> None:
    """Keep a decision so many days after MOMENT, of a case that was put at its own time."""
    at = MOMENT + timedelta(days=days)
    case = clear_case(rma_id=rma_id or f"RMA-{number}").model_copy(update={"as_of": at})
    record.append(replace(entry(f"dec-{number}", case=case, at=at, action=action), draw=draw))


def tell(
    record: Record,
    rma_id: str,
    value: Any,
    origin: FactOrigin = FactOrigin.INVESTIGATION,
    *,
    days: float = 10,
    recorded_days: float | None = None,
) -> None:
    """Keep that something became known of a return so many days after MOMENT."""
    recorded_at = None if recorded_days is None else MOMENT + timedelta(days=recorded_days)
    tell_at(record, rma_id, value, origin, MOMENT + timedelta(days=days), recorded_at)


def tell_at(
    record: Record,
    rma_id: str,
    value: Any,
    origin: FactOrigin,
    at: datetime,
    recorded_at: datetime | None = None,
) -> None:
    """Keep that something became known of a return at a moment."""
    fact: Any = (
        FraudFact(kind=FactKind.FRAUD, time=at, is_confirmed=value, origin=origin)
        if isinstance(value, bool)
        else RegradedFact(kind=FactKind.REGRADED, time=at, grade=value, origin=origin)
    )
    record.returns.add_facts(rma_id, [fact], recorded_at or at)


def labels_of(
    record: Record, as_of: datetime = LATER, rules: Path | None = None
) -> tuple[dict[tuple[str, LabelKind], Label], Labelling]:
    """Return the labels by decision and kind, and what else was found."""
    with labelling(record.engine, as_of, read_label_rules(rules)) as found:
        labels = [label for one in found.labelled() for label in one.labels]
    return {(label.decision_id, label.kind): label for label in labels}, found


def words_of(record: Record, kind: LabelKind = LabelKind.FRAUD, as_of: datetime = LATER) -> dict[str, Word]:
    """Return what is known of each decision by now."""
    labels, _ = labels_of(record, as_of)
    return {one: label.word for (one, of), label in labels.items() if label.word and of is kind}
