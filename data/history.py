"""Define what was known of the people and addresses behind a return before it was asked for."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from data.identity.spelling import plain_name
from data.money import Money
from data.strict import Frozen, Identifier, Instant, Wholes

# How bad an outcome is, where two entries of one return contradict each other: unknown is no good news.
_BADNESS = ("honest", "unknown", "fraud")


class Link(StrEnum):
    """The things two returns can share; a photo is shared if its perceptual hash is the same."""

    CUSTOMER = "customer"
    ADDRESS = "address"
    PAYMENT = "payment"
    DEVICE = "device"
    LABEL = "label"
    PHOTO = "photo"


class PriorOutcome(StrEnum):
    """The known ends of an earlier return."""

    HONEST = "honest"
    FRAUD = "fraud"
    UNKNOWN = "unknown"


class PriorReturn(Frozen):
    """An earlier return linked to this one, and when its outcome became known."""

    rma_id: Identifier
    links: frozenset[Link] = Field(min_length=1, fail_fast=True)
    customer_id: Identifier | None = None
    requested_at: Instant
    value: Money | None = None
    outcome: PriorOutcome = PriorOutcome.UNKNOWN
    outcome_known_at: Instant | None = None

    @model_validator(mode="after")
    def _outcome_known_after_request(self) -> Self:
        if self.outcome_known_at is not None and self.outcome_known_at < self.requested_at:
            raise ValueError(
                f"outcome_known_at {self.outcome_known_at.isoformat()} is before requested_at "
                f"{self.requested_at.isoformat()} of prior return {self.rma_id}: correct one of them"
            )
        return self


class History(Frozen):
    """The earlier orders and returns that the caller knows of; leave it out when nothing is known."""

    orders_count: Annotated[int, Wholes(0, 1_000_000)] | None = Field(
        None, description="Orders of this customer so far."
    )
    orders_known_at: Instant | None = Field(
        None, description="When they were counted; by `as_of` where absent."
    )
    prior_returns: tuple[PriorReturn, ...] = Field((), max_length=500, fail_fast=True)

    def counted_by(self, by: datetime) -> Self:
        """Return the history without a count of orders that was made after a moment."""
        is_later = self.orders_known_at is not None and self.orders_known_at > by
        return self.model_copy(update={"orders_count": None}) if is_later else self


def distinct_returns(priors: Iterable[PriorReturn]) -> tuple[PriorReturn, ...]:
    """Merge the entries of one earlier return into one: the worst of them, with all links."""
    given = tuple(priors)
    entries: dict[str, list[PriorReturn]] = {}
    for prior in given:
        entries.setdefault(plain_name(prior.rma_id), []).append(prior)
    return given if len(entries) == len(given) else tuple(_united(each) for each in entries.values())


def known_returns(priors: Iterable[PriorReturn], by: datetime) -> tuple[PriorReturn, ...]:
    """Return each earlier return once as it was known by a moment.

    One that was asked for later is left out. An outcome that became known later is unknown yet, and does not
    take the place of what another entry of its return tells.
    """
    asked = [prior for prior in priors if prior.requested_at <= by]
    told = distinct_returns(prior for prior in asked if not is_told_after(prior, by))
    if len(told) == len(asked):
        return told
    later = distinct_returns(_untold(prior) for prior in asked if is_told_after(prior, by))
    links = {plain_name(prior.rma_id): prior.links for prior in later}
    names = {plain_name(prior.rma_id) for prior in told}
    return (
        *(_linked(prior, links.get(plain_name(prior.rma_id), frozenset())) for prior in told),
        *(prior for prior in later if plain_name(prior.rma_id) not in names),
    )


def is_told_after(prior: PriorReturn, by: datetime) -> bool:
    """Return whether the outcome of an earlier return became known after a moment."""
    return prior.outcome_known_at is not None and prior.outcome_known_at > by


def _untold(prior: PriorReturn) -> PriorReturn:
    return prior.model_copy(update={"outcome": PriorOutcome.UNKNOWN, "outcome_known_at": None})


def _linked(prior: PriorReturn, links: frozenset[Link]) -> PriorReturn:
    return prior if links <= prior.links else prior.model_copy(update={"links": prior.links | links})


def _united(entries: list[PriorReturn]) -> PriorReturn:
    worst = max(entries, key=_badness)
    links = frozenset().union(*(entry.links for entry in entries))
    return worst if links == worst.links else worst.model_copy(update={"links": links})


def _badness(prior: PriorReturn) -> tuple[int, float, float, float, str]:
    """Order entries of one return: the worse, sooner known, later and dearer one last, and no ties."""
    known_s = prior.outcome_known_at.timestamp() if prior.outcome_known_at else float("inf")
    amount = prior.value.amount if prior.value else -1.0
    return (_BADNESS.index(prior.outcome), -known_s, prior.requested_at.timestamp(), amount, repr(prior))
