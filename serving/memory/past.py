"""Hold what is known of earlier returns, as whoever kept them brings it in."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from data.history import PriorOutcome
from data.identity.spelling import plain_name
from data.money import Money
from features.photo.likeness.likeness import Likeness
from serving.memory.trait import PhotoTraits, Trait


@dataclass(frozen=True)
class Mark:
    """A trait of an earlier return: since when it is known, by which decision in the order of keeping."""

    known_at: datetime
    decision: int

    @property
    def place(self) -> tuple[datetime, int]:
        """Return what marks are ordered by, the newest last."""
        return self.known_at, self.decision


@dataclass(frozen=True)
class PastDecision:
    """What one earlier decision tells of its return."""

    rma_id: str
    requested_at: datetime
    value: Money
    customer_id: str | None
    order_id: str | None
    photos: tuple[PhotoTraits, ...] = ()

    @classmethod
    def of(cls, document: Mapping[str, Any], photos: Sequence[PhotoTraits] = ()) -> "PastDecision":
        """Read the document of a case, as the record keeps it."""
        rma = document["rma"]
        return cls(
            rma["rma_id"],
            datetime.fromisoformat(rma["requested_at"]),
            Money.model_validate(rma["value"]),
            plain_name(rma["customer_id"]) if rma["customer_id"] else None,
            plain_name(rma["order_id"]) if rma["order_id"] else None,
            tuple(photos),
        )


@dataclass(frozen=True)
class PastFact:
    """One fact that was added to a return, by the order of keeping; what it does not tell is None."""

    rma_id: str
    number: int
    known_at: datetime
    outcome: PriorOutcome | None = None
    scan: dict[str, Any] | None = None
    verification: dict[str, Any] | None = None

    @property
    def place(self) -> tuple[datetime, int]:
        """Return what facts are ordered by, the newest last."""
        return self.known_at, self.number


class Past(Protocol):
    """Whatever holds earlier decisions and facts; it may bring in more than is asked for, and no less."""

    def facts_of(self, rma_ids: Collection[str]) -> Iterable[PastFact]:
        """Return the facts of these returns."""

    def marks_of(self, most: Mapping[Trait, int], *, until: datetime) -> Mapping[Trait, Sequence[Mark]]:
        """Return of each trait the newest marks that were known by a moment, at least so many as is said."""

    def prints_of(self, decisions: Collection[int]) -> Mapping[int, Mapping[int, Likeness]]:
        """Return the likenesses of the photos of some decisions, by decision and photo."""

    def decisions_of(self, decisions: Collection[int]) -> Mapping[int, PastDecision]:
        """Return some decisions; one that was erased is left out."""
