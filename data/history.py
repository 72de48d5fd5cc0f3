"""Describe what was known of the people and addresses behind a return before it was asked for."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from data.money import Money
from data.strict import Frozen, Identifier, Instant


class Link(StrEnum):
    """What an earlier return shares with this one; a photo is shared if its perceptual hash is the same."""

    CUSTOMER = "customer"
    ADDRESS = "address"
    PAYMENT = "payment"
    DEVICE = "device"
    LABEL = "label"
    PHOTO = "photo"


class PriorOutcome(StrEnum):
    """How an earlier return ended, as far as anybody found out."""

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
    """What the caller knows of earlier orders and returns; leave it out when nothing is known."""

    orders_count: int | None = Field(None, ge=0, le=1_000_000, description="Orders of this customer so far.")
    prior_returns: tuple[PriorReturn, ...] = Field((), max_length=500, fail_fast=True)
