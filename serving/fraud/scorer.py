"""Score what was sent in its order, with the error of each item that is no case in its place."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from data.case import InvalidCase, ReturnCase
from data.condition import Condition, ModelIdentity
from data.fraud import FraudScore

Sent = TypeVar("Sent")


class Scorer(Protocol):
    """The interface of what scores returns for fraud."""

    @property
    def identity(self) -> ModelIdentity:
        """Return which model answers."""

    def score(
        self,
        cases: Sequence[ReturnCase],
        conditions: Sequence[Condition | None] | None = None,
        *,
        reasons: int | None = None,
    ) -> Sequence[FraudScore]:
        """Score each case with the condition beside it, and with so many reasons; None for the policy's."""


@dataclass(frozen=True)
class ScoredReturn:
    """The score of one return, or the error of its case, with the notes on what was sent."""

    score: FraudScore | InvalidCase
    notes: tuple[str, ...] = ()


def score_in_order(
    scorer: Scorer,
    sent: Iterable[Sent],
    read: Callable[[Sent], ReturnCase],
    *,
    reasons: int | None = None,
) -> list[ScoredReturn]:
    """Score each case that `read` makes of what was sent; what it refuses has its error in its place.

    `reasons` is as of Scorer.score.
    """
    cases = [_read_or_explain(one, read) for one in sent]
    good = [case for case in cases if isinstance(case, ReturnCase)]
    scores = iter(scorer.score(good, reasons=reasons))
    return [
        ScoredReturn(case) if isinstance(case, InvalidCase) else ScoredReturn(next(scores), case.notes)
        for case in cases
    ]


def _read_or_explain(sent: Sent, read: Callable[[Sent], ReturnCase]) -> ReturnCase | InvalidCase:
    try:
        return read(sent)
    except InvalidCase as error:
        return error
