"""Estimate which share of all decided returns were fraud from those of which it is known."""

import math
from collections import defaultdict
from dataclasses import dataclass

# Of a 95 % interval by the normal distribution.
_SIGMAS = 1.96


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % interval over n labels; None where there is no label."""

    share: float | None
    low: float
    high: float
    n: int


class WeightedRate:
    """The share of what is true among labels that stand for unlike many decisions (Hajek's ratio).

    Labels of one return stand or fall together, which the interval counts.
    """

    def __init__(self) -> None:
        self._count = 0
        self._weights: defaultdict[str, float] = defaultdict(float)
        self._true: defaultdict[str, float] = defaultdict(float)

    def add(self, rma_id: str, *, is_true: bool, weight: float) -> None:
        """Add one label."""
        self._count += 1
        self._weights[rma_id] += weight
        self._true[rma_id] += weight * is_true

    @property
    def stands_for(self) -> float:
        """Return how many decisions the labels stand for."""
        return sum(self._weights.values())

    def rate(self) -> Rate:
        """Return the share with its interval."""
        total = self.stands_for
        if not total:
            return Rate(None, 0.0, 1.0, 0)
        share = sum(self._true.values()) / total
        spread = sum((self._true[rma] - share * weight) ** 2 for rma, weight in self._weights.items())
        half = _SIGMAS * math.sqrt(spread) / total
        return Rate(share, max(0.0, share - half), min(1.0, share + half), self._count)
