"""Define what our own record knew of a return when it was decided, beside what was sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from data.history import Link, PriorOutcome
from data.money import Money


class SameBy(StrEnum):
    """How a photo was known again, the surest way first."""

    AS_SENT = "as_sent"
    PIXELS = "pixels"
    LIKENESS = "likeness"


@dataclass(frozen=True)
class SamePhoto:
    """One photo of a return that an earlier decision of another return was taken by as well.

    `photo` and `its_photo` count from 0; `agreement` is that of both likenesses where these told it.
    """

    photo: int
    rma_id: str
    its_photo: int
    by: SameBy
    agreement: float | None = None


@dataclass(frozen=True)
class KnownReturn:
    """An earlier return of our own record that shares something with this one.

    `links` are in the order of Link. `customer` is the same for two returns of one customer and tells not
    who that is: the RMA number of one of them. It is None where nobody is known.
    """

    rma_id: str
    links: tuple[Link, ...]
    requested_at: datetime
    value: Money
    customer: str | None = None
    outcome: PriorOutcome = PriorOutcome.UNKNOWN
    outcome_known_at: datetime | None = None


@dataclass(frozen=True)
class Memory:
    """Everything that our own record added to a case, complete: who has the case and this has what decided.

    `scans` and `verification` became known of this return after an earlier decision of it, as they are kept.
    `orders_count` is the number of the customer's orders that returns are known of, this one's among them.
    `outcome` is how this return ended, where somebody found out after an earlier decision of it.
    """

    returns: tuple[KnownReturn, ...] = ()
    photos: tuple[SamePhoto, ...] = ()
    scans: tuple[dict[str, Any], ...] = ()
    verification: dict[str, Any] | None = None
    orders_count: int | None = None
    outcome: PriorOutcome = PriorOutcome.UNKNOWN

    @property
    def reused_for(self) -> tuple[str, ...]:
        """Return the other returns that one of the photos was used for, each once."""
        return tuple(dict.fromkeys(photo.rma_id for photo in self.photos))


def in_order(links: Iterable[Link]) -> tuple[Link, ...]:
    """Return links in the order in which Link has them, so that the same ones always read the same."""
    return tuple(sorted(links, key=list(Link).index))
