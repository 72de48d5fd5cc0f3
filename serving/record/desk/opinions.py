"""Give an opinion on a decision: a second one blind to the first, an audit blind to the machine too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from pydantic import Field, model_validator
from sqlalchemy import Connection, Select, select, union_all

from data.decision import Disposition
from data.defect import Grade
from data.strict import Flag, Frozen, Name
from serving.record.desk.desk_rules import ReasonCode
from serving.record.desk.purpose import DeskPurpose
from serving.record.desk.two_people import are_two_people
from serving.record.errors import NothingToAudit
from serving.record.moment import from_text
from serving.record.returns.fact import Words
from serving.record.tables import CLAIMS, CORRECTIONS, DECISIONS, NOTES, OPINIONS, OVERRIDES

# What two opinions can agree on.
SUBJECTS = ("grade", "is_fraud", "disposition")


class OpinionRequest(Frozen):
    """What somebody holds of a device; it moves nothing, an override does."""

    person: Name
    purpose: DeskPurpose = Field(
        DeskPurpose.REVIEW,
        description="audit: given from case and photos alone, of a decision that was drawn.",
    )
    grade: Grade | None = None
    is_fraud: Flag | None = None
    disposition: Disposition | None = None
    reason_code: ReasonCode | None = None
    text: Words | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(getattr(self, subject) is None for subject in SUBJECTS):
            raise ValueError(f"an opinion says something of one of {', '.join(SUBJECTS)}: give one or more")
        return self


@dataclass(frozen=True)
class Opinion:
    """One opinion as it was kept."""

    opinion_id: str
    purpose: DeskPurpose
    at: datetime
    person: str
    grade: Grade | None
    is_fraud: bool | None
    disposition: Disposition | None
    reason_code: str | None
    text: str | None

    def says_as(self, request: OpinionRequest) -> bool:
        """Return whether this is what was asked to be kept, so that asking again changes nothing."""
        told = (*SUBJECTS, "purpose", "reason_code", "text")
        return all(getattr(self, name) == getattr(request, name) for name in told)


@dataclass(frozen=True)
class Agreement:
    """Whether all opinions say the same of a subject; None where fewer than two speak of it."""

    grade: bool | None
    is_fraud: bool | None
    disposition: bool | None


@dataclass(frozen=True)
class Opinions:
    """The opinions on a decision as somebody may see them: how many there are, and those that are shown.

    `are_hidden` while a second opinion could still be swayed by the first.
    """

    count: int
    are_hidden: bool
    given: tuple[Opinion, ...]
    agreement: Agreement | None


def opinions_of(connection: Connection, decision_id: str) -> tuple[Opinion, ...]:
    """Return all opinions on a decision in their order."""
    query = select(OPINIONS).where(OPINIONS.c.decision_id == decision_id).order_by(OPINIONS.c.number)
    return tuple(map(_opinion, connection.execute(query)))


def shown_to(person: str | None, opinions: Sequence[Opinion]) -> Opinions:
    """Return what may be shown of opinions: all to those who gave theirs, and all once two were given.

    Who says who they are and has not given theirs sees none, so that theirs is blind to the others.
    """
    is_open = own_opinion(person, opinions) is not None if person else len(opinions) > 1
    given = tuple(opinions) if is_open else ()
    agreement = _agreement(opinions) if is_open and len(opinions) > 1 else None
    return Opinions(len(opinions), bool(opinions) and not is_open, given, agreement)


def own_opinion(person: str, opinions: Sequence[Opinion]) -> Opinion | None:
    """Return the opinion that somebody gave before, under whichever spelling of their name."""
    return next((each for each in opinions if not are_two_people(each.person, person)), None)


def require_blind(connection: Connection, decision_id: str, person: str) -> None:
    """Raise NothingToAudit where a decision was not drawn, or its auditor worked on it before."""
    query = select(DECISIONS.c.is_drawn).where(DECISIONS.c.decision_id == decision_id)
    if not connection.execute(query).scalar_one():
        raise NothingToAudit(
            f"decision {decision_id} waits for no audit; GET /v1/review-queue?reason=random_audit lists "
            "those that do"
        )
    if not all(are_two_people(each, person) for each in _handlers(connection, decision_id)):
        raise NothingToAudit(
            f"{person} worked on decision {decision_id} and can't judge it blind any more: another person can"
        )


def _handlers(connection: Connection, decision_id: str) -> list[str]:
    claims = _people(CLAIMS, decision_id).where(CLAIMS.c.purpose == DeskPurpose.REVIEW.value)
    others = [_people(table, decision_id) for table in (NOTES, CORRECTIONS, OVERRIDES)]
    second = select(OVERRIDES.c.second_person).where(OVERRIDES.c.decision_id == decision_id)
    named = union_all(claims, *others, second.where(OVERRIDES.c.second_person.is_not(None)))
    return list(connection.execute(named).scalars())


def _people(table: Any, decision_id: str) -> Select[Any]:
    return select(table.c.person).where(table.c.decision_id == decision_id)


def _agreement(opinions: Sequence[Opinion]) -> Agreement:
    said = {
        subject: [value for each in opinions if (value := getattr(each, subject)) is not None]
        for subject in SUBJECTS
    }
    return Agreement(
        **{name: len(set(values)) == 1 if len(values) > 1 else None for name, values in said.items()}
    )


def _opinion(row: Any) -> Opinion:
    return Opinion(
        opinion_id=row.opinion_id,
        purpose=DeskPurpose(row.purpose),
        at=from_text(row.at),
        person=row.person,
        grade=Grade(row.grade) if row.grade else None,
        is_fraud=row.is_fraud,
        disposition=Disposition(row.disposition) if row.disposition else None,
        reason_code=row.reason_code,
        text=row.text,
    )
