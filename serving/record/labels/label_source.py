"""Read what was told of returns, from every place of the record that tells the truth of one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, select

from data.defect import Grade
from serving.record.desk.reviewed_labels import LabelOrigin, LabelSubject, reviewed_labels
from serving.record.entry import content_sha256
from serving.record.labels.label_rules import LabelKind
from serving.record.moment import from_text, to_text
from serving.record.returns.fact import Fact, FactKind, FactOrigin, FraudFact, RegradedFact
from serving.record.tables import FACTS

Value: TypeAlias = bool | Grade
_FACT: TypeAdapter[Any] = TypeAdapter(Fact)
_SAID_AT_DESK = {LabelSubject.IS_FRAUD: LabelKind.FRAUD, LabelSubject.GRADE: LabelKind.GRADE}
# Facts have a source of their own above; an override says where a device went, and not why.
_AT_DESK = {LabelOrigin.BLIND_AUDIT: FactOrigin.BLIND_AUDIT, LabelOrigin.REVIEW: FactOrigin.REVIEW}


@dataclass(frozen=True)
class Told:
    """What one source says of a return, and when that became known and was recorded.

    `value` is None where it was erased: that somebody spoke is still known. `draw_probability` is the chance
    with which the return was drawn and looked at, where it was drawn at random and the chance is known.
    """

    tenant: str
    rma_id: str
    kind: LabelKind
    value: Value | None
    origin: FactOrigin
    known_at: datetime
    recorded_at: datetime
    draw_probability: float | None = None

    @property
    def usable_at(self) -> datetime:
        """Return from when on the record could tell it."""
        return max(self.known_at, self.recorded_at)


@dataclass(frozen=True)
class Unreadable:
    """Something that was told of a return and can't be read any more, and why."""

    rma_id: str
    place: str
    why: str


LabelSource: TypeAlias = Callable[[Connection, datetime], Iterator[Told | Unreadable]]


def told_of_frauds(connection: Connection, as_of: datetime) -> Iterator[Told | Unreadable]:
    """Yield what facts say of whether returns were fraud."""
    return _facts(connection, as_of, FactKind.FRAUD, LabelKind.FRAUD)


def told_of_grades(connection: Connection, as_of: datetime) -> Iterator[Told | Unreadable]:
    """Yield which grades people gave devices again."""
    return _facts(connection, as_of, FactKind.REGRADED, LabelKind.GRADE)


def told_at_desk(connection: Connection, as_of: datetime) -> Iterator[Told | Unreadable]:
    """Yield what people said at the review desk, those of a blind audit with the chance of their draw."""
    for label in reviewed_labels(connection, as_of):
        kind, origin = _SAID_AT_DESK.get(label.subject), _AT_DESK.get(label.origin)
        if kind is None or origin is None:
            continue
        value = Grade(label.value) if kind is LabelKind.GRADE else bool(label.value)
        drawn = label.draw_probability if origin is FactOrigin.BLIND_AUDIT else None
        yield Told(label.tenant, label.rma_id, kind, value, origin, label.at, label.at, drawn)


# A further source is added here, and nowhere else. None yields what was known or recorded
# after the moment that it is asked for.
SOURCES: tuple[LabelSource, ...] = (told_of_frauds, told_of_grades, told_at_desk)


def _facts(
    connection: Connection, as_of: datetime, kind: FactKind, label: LabelKind
) -> Iterator[Told | Unreadable]:
    at = to_text(as_of)
    of_then = (FACTS.c.known_at <= at, FACTS.c.recorded_at <= at)
    query = select(FACTS).where(FACTS.c.kind == kind.value, *of_then).order_by(FACTS.c.sequence)
    for row in connection.execute(query):
        try:
            value = _value(row.fact, row.fingerprint)
        except ValueError as error:
            yield Unreadable(row.rma_id, f"fact {row.fact_id}", str(error))
            continue
        yield Told(
            row.tenant,
            row.rma_id,
            label,
            value,
            FactOrigin(row.origin),
            from_text(row.known_at),
            from_text(row.recorded_at),
        )


def _value(text: str, fingerprint: str | None) -> Value | None:
    """Return what a fact says, None for an erased one; raises ValueError for one that was changed."""
    if not text:
        return None
    if fingerprint and content_sha256(text) != fingerprint:
        raise ValueError("it was changed after it was written: `regrade verify-record` says more")
    try:
        fact = _FACT.validate_json(text)
    except ValidationError as error:
        raise ValueError("it is no fact that this release knows") from error
    if isinstance(fact, FraudFact):
        return fact.is_confirmed
    if isinstance(fact, RegradedFact):
        return fact.grade
    raise ValueError(f"it is a fact of another kind: {fact.kind.value}")
