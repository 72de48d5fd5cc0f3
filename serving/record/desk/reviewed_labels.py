"""Read everything that people said of decisions as labels: what, by whom, how it came about, since when.

A label of a blind audit has the probability with which its decision was drawn: by its inverse it weighs as
much as all the decisions that were not drawn. One that somebody gave who knew the answer is no such sample.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, select

from serving.record.desk.corrections import CorrectionAction
from serving.record.desk.purpose import DeskPurpose
from serving.record.desk.two_people import person_key
from serving.record.moment import from_text
from serving.record.returns.fact import FactKind, FactOrigin
from serving.record.tables import CORRECTIONS, DECISIONS, FACTS, JOURNAL, OPINIONS, OVERRIDES, is_entry_of

_DECISION = (
    DECISIONS.c.decision_id,
    DECISIONS.c.rma_id,
    DECISIONS.c.tenant,
    DECISIONS.c.audit_probability,
    DECISIONS.c.is_drawn,
)
# What a fact says is in its text; the person too, where it names one.
_OF_FACT = {FactKind.REGRADED: ("grade", "grade"), FactKind.FRAUD: ("is_fraud", "is_confirmed")}


class LabelSubject(StrEnum):
    """What a label is of."""

    GRADE = "grade"
    IS_FRAUD = "is_fraud"
    DISPOSITION = "disposition"
    DEFECT = "defect"
    DEVICE_CLASS = "device_class"
    VIEW = "view"


class LabelOrigin(StrEnum):
    """How a label came about, which says how far it may be trusted, and which decisions have one."""

    BLIND_AUDIT = "blind_audit"
    REVIEW = "review"
    CORRECTION = "correction"
    OVERRIDE = "override"
    FACT = "fact"


@dataclass(frozen=True)
class ReviewedLabel:
    """One thing that somebody said of a decision; `photo` is None for what is of the whole device.

    `value` of a defect is a mapping with its action (add, remove, change), kind, box and severity; of one
    that is removed or changed, `was` has what the decision said. `at`: since when it is known. `person` is
    the same number for the same person in one reading, None where nobody is named. `was_blind`: whether they
    judged without knowing what was decided. `draw_probability`: with which the decision was drawn for an
    audit, None before there were any; `was_drawn` whether it was. `fact_origin` is that of a fact.
    """

    tenant: str
    decision_id: str
    rma_id: str
    photo: int | None
    subject: LabelSubject
    value: Any
    origin: LabelOrigin
    at: datetime
    person: str | None
    was_blind: bool
    draw_probability: float | None
    was_drawn: bool | None
    fact_origin: FactOrigin | None = None


def reviewed_labels(connection: Connection, as_of: datetime | None = None) -> Iterator[ReviewedLabel]:
    """Yield every label that was known at a moment, in the order in which they came into the record.

    Nothing is told of what was erased. A fact of a return is of the last decision before it was recorded.
    """
    people: dict[str, str] = {}
    rows = [*_opinions(connection), *_corrections(connection), *_overrides(connection), *_facts(connection)]
    for _, label in sorted(rows, key=lambda row: row[0]):
        # Numbered over all of them, so that who has which number does not hang on the moment.
        named = replace(label, person=_pseudonym(people, label.person))
        if as_of is None or label.at <= as_of:
            yield named


def _pseudonym(people: dict[str, str], person: str | None) -> str | None:
    if not person:
        return None
    return people.setdefault(person_key(person), f"person-{len(people) + 1}")


def _opinions(connection: Connection) -> Iterator[tuple[int, ReviewedLabel]]:
    subjects = (LabelSubject.GRADE, LabelSubject.IS_FRAUD, LabelSubject.DISPOSITION)
    said = (OPINIONS.c.grade, OPINIONS.c.is_fraud, OPINIONS.c.disposition)
    for row in connection.execute(_with_decision(OPINIONS, OPINIONS.c.purpose, *said)):
        is_audit = row.purpose == DeskPurpose.AUDIT
        origin = LabelOrigin.BLIND_AUDIT if is_audit else LabelOrigin.REVIEW
        for subject in subjects:
            value = getattr(row, subject.value)
            if value is not None:
                yield row.place, _label(row, subject, value, origin, was_blind=is_audit)


def _corrections(connection: Connection) -> Iterator[tuple[int, ReviewedLabel]]:
    for row in connection.execute(
        _with_decision(CORRECTIONS, CORRECTIONS.c.corrections, DECISIONS.c.decision)
    ):
        corrected = json.loads(row.corrections)
        for subject, photo, value in _corrected(corrected, json.loads(row.decision)):
            yield row.place, _label(row, subject, value, LabelOrigin.CORRECTION, photo=photo)


def _corrected(
    corrected: Mapping[str, Any], decision: Mapping[str, Any]
) -> Iterator[tuple[LabelSubject, int | None, Any]]:
    found = (decision["condition"] or {}).get("defects", ())
    for each in corrected.get("corrections", ()):
        if each["action"] == CorrectionAction.ADD:
            told = {name: value for name, value in each.items() if name != "photo"}
            yield LabelSubject.DEFECT, each["photo"], told
        else:
            was = found[each["defect"]]
            yield LabelSubject.DEFECT, was["photo"], {**each, "was": was}
    for view in corrected.get("views", ()):
        yield LabelSubject.VIEW, view["photo"], view["view"]
    if "device_class" in corrected:
        yield LabelSubject.DEVICE_CLASS, None, corrected["device_class"]


def _overrides(connection: Connection) -> Iterator[tuple[int, ReviewedLabel]]:
    for row in connection.execute(_with_decision(OVERRIDES, OVERRIDES.c.disposition)):
        yield row.place, _label(row, LabelSubject.DISPOSITION, row.disposition, LabelOrigin.OVERRIDE)


def _facts(connection: Connection) -> Iterator[tuple[int, ReviewedLabel]]:
    later = DECISIONS.alias("later")
    last = (
        select(later.c.sequence)
        .where(later.c.rma_id == FACTS.c.rma_id, later.c.decided_at <= FACTS.c.recorded_at)
        .order_by(later.c.sequence.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (FACTS.c.kind, FACTS.c.fact, FACTS.c.origin, FACTS.c.known_at, FACTS.c.recorded_at)
    query = (
        select(JOURNAL.c.sequence.label("place"), *_DECISION, *columns)
        .join_from(FACTS, DECISIONS, DECISIONS.c.sequence == last)
        .join(JOURNAL, is_entry_of(FACTS.name, FACTS.c.sequence))
        .where(FACTS.c.kind.in_([kind.value for kind in _OF_FACT]), FACTS.c.fact != "")
    )
    for row in connection.execute(query):
        name, field = _OF_FACT[FactKind(row.kind)]
        fact = json.loads(row.fact)
        label = _label(
            row,
            LabelSubject(name),
            fact[field],
            LabelOrigin.FACT,
            # What the record did not hold yet nobody could learn of, whenever it was known elsewhere.
            at=max(row.known_at, row.recorded_at),
            person=fact.get("person"),
            was_blind=row.origin == FactOrigin.BLIND_AUDIT,
        )
        yield row.place, replace(label, fact_origin=FactOrigin(row.origin))


def _with_decision(table: Any, *columns: Any) -> Select[Any]:
    """Select rows with their place in the journal, of decisions that were not erased."""
    return (
        select(JOURNAL.c.sequence.label("place"), table.c.at, table.c.person, *_DECISION, *columns)
        .join_from(table, DECISIONS, DECISIONS.c.decision_id == table.c.decision_id)
        .join(JOURNAL, is_entry_of(table.name, table.c.sequence))
        .where(DECISIONS.c.decision != "")
    )


def _label(
    row: Any,
    subject: LabelSubject,
    value: Any,
    origin: LabelOrigin,
    *,
    photo: int | None = None,
    at: str | None = None,
    person: str | None = None,
    was_blind: bool = False,
) -> ReviewedLabel:
    return ReviewedLabel(
        tenant=row.tenant,
        decision_id=row.decision_id,
        rma_id=row.rma_id,
        photo=photo,
        subject=subject,
        value=value,
        origin=origin,
        at=from_text(at or row.at),
        person=person or getattr(row, "person", None),
        was_blind=was_blind,
        draw_probability=row.audit_probability,
        was_drawn=row.is_drawn,
    )
