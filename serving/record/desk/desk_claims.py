"""Claim a decision for a while, so that no two people work on one device: a lease that ends by itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from sqlalchemy import ColumnElement, Connection, exists, select

from data.strict import Flag, Frozen, Name, Wholes
from serving.record.desk.desk_rules import MOST_MINUTES, ClaimTerms
from serving.record.desk.purpose import DeskPurpose
from serving.record.desk.two_people import are_two_people
from serving.record.errors import Claimed, WrongAtDesk
from serving.record.moment import from_text, to_text
from serving.record.tables import CLAIMS, DECISIONS


class ClaimRequest(Frozen):
    """Who claims a decision, for how long, and what for; or who gives it back."""

    person: Name = Field(description="Who works on it, by name or badge.")
    minutes: Annotated[int, Wholes(1, MOST_MINUTES)] | None = Field(
        None, description="How long; as long as the desk's file says when absent."
    )
    purpose: DeskPurpose = DeskPurpose.REVIEW
    release: Flag = Field(False, description="Give one's own claim back instead.")

    @model_validator(mode="after")
    def _claims_or_releases(self) -> Self:
        if self.release and self.minutes is not None:
            raise ValueError("minutes is for a claim, and release gives one back: leave one of them out")
        return self


@dataclass(frozen=True)
class Claim:
    """Who works on a decision, and until when."""

    person: str
    at: datetime
    until: datetime


def lease(minutes: int | None, terms: ClaimTerms) -> timedelta:
    """Return how long a claim holds; raises WrongAtDesk for more than the desk's file allows."""
    most = terms.most_minutes.value
    if minutes is not None and minutes > most:
        raise WrongAtDesk("minutes", f"{minutes} were given; at most {most} are allowed: renew it later")
    return timedelta(minutes=minutes or terms.minutes.value)


def last_claim(connection: Connection, decision_id: str, purpose: DeskPurpose) -> tuple[int, Claim | None]:
    """Return the number of a decision's last claim and what it says; 0 and None without any."""
    scope = (CLAIMS.c.decision_id == decision_id, CLAIMS.c.purpose == purpose.value)
    query = select(CLAIMS).where(*scope).order_by(CLAIMS.c.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return (row.number, _claim(row)) if row else (0, None)


def held_claim(connection: Connection, decision_id: str, purpose: DeskPurpose, now: datetime) -> Claim | None:
    """Return the claim that holds now, if one does."""
    _, claim = last_claim(connection, decision_id, purpose)
    return claim if claim and claim.until > now else None


def require_free(claim: Claim | None, decision_id: str, people: Iterable[str], now: datetime) -> None:
    """Raise Claimed where a decision's last claim is somebody else's than these people's and holds now."""
    if claim and claim.until > now and all(are_two_people(claim.person, person) for person in people):
        until = to_text(claim.until)
        raise Claimed(
            f"{claim.person} works on decision {decision_id} until {until}: ask them to give it back, or "
            "wait",
            claim.person,
            until,
        )


def claims_of(
    connection: Connection, decision_ids: Sequence[str], purpose: DeskPurpose, now: datetime
) -> dict[str, Claim]:
    """Return the claims that hold now, by the decisions that they are of."""
    if not decision_ids:
        return {}
    scope = (CLAIMS.c.decision_id.in_(decision_ids), CLAIMS.c.purpose == purpose.value)
    rows = connection.execute(select(CLAIMS).where(*scope).order_by(CLAIMS.c.number))
    last = {row.decision_id: _claim(row) for row in rows}
    return {decision_id: claim for decision_id, claim in last.items() if claim.until > now}


def is_claimed(purpose: DeskPurpose, now: datetime) -> ColumnElement[bool]:
    """Return the condition that somebody works on a decision now."""
    later = CLAIMS.alias("later_claim")
    has_later = exists().where(
        later.c.decision_id == CLAIMS.c.decision_id,
        later.c.purpose == CLAIMS.c.purpose,
        later.c.number > CLAIMS.c.number,
    )
    return exists().where(
        CLAIMS.c.decision_id == DECISIONS.c.decision_id,
        CLAIMS.c.purpose == purpose.value,
        CLAIMS.c.until > to_text(now),
        ~has_later,
    )


def _claim(row: Any) -> Claim:
    return Claim(row.person, from_text(row.at), from_text(row.until))
