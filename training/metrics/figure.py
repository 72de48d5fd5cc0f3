"""Define measured figures with an interval, and over how many they were measured."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

_ENDS = (0.025, 0.975)  # of a 95 % interval


@dataclass(frozen=True)
class Figure:
    """One measured figure: its value, a 95 % interval, and over how many positives and negatives.

    groups: how many groups of rows stand or fall together, None where each row stands for itself. NaN stands
    where nothing could be measured.
    """

    value: float
    low: float
    high: float
    positives: int
    negatives: int
    groups: int | None = None

    @property
    def n(self) -> int:
        """Return over how many rows it was measured."""
        return self.positives + self.negatives

    def __str__(self) -> str:
        return in_words(self.value, self.low, self.high)

    def to_json(self, *, digits: int = 5) -> dict[str, Any]:
        """Return the figure as plain values; None stands where nothing could be measured."""
        measured = {name: plain(getattr(self, name), digits) for name in ("value", "low", "high")}
        counts = {"n": self.n, "positives": self.positives, "negatives": self.negatives}
        return {**measured, **counts, **({} if self.groups is None else {"groups": self.groups})}


@dataclass(frozen=True)
class Share:
    """How many of n things are so: the share with an exact 95 % interval (Clopper and Pearson)."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """Return the share, None of nothing."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Return the interval's ends; 0 to 1 where nothing is known."""
        low = float(beta.ppf(_ENDS[0], self.hits, self.n - self.hits + 1)) if self.hits else 0.0
        return low, upper_limit(self.hits, self.n, 1.0 - _ENDS[1])

    def to_json(self) -> dict[str, Any]:
        """Return the share as plain values."""
        low, high = self.interval
        value = None if self.value is None else round(self.value, 4)
        return {"value": value, "low": round(low, 4), "high": round(high, 4), **asdict(self)}


def in_words(value: float, low: float, high: float) -> str:
    """Return a value with its interval as a card says it."""
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def upper_limit(hits: int, n: int, allowance: float) -> float:
    """Return the exact one-sided upper limit of a share (Clopper and Pearson); 1 of nothing."""
    return 1.0 if hits >= n else float(beta.ppf(1.0 - allowance, hits + 1, n - hits))


def interval_of(draws: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 % interval of draws; those that could not be measured are left out, NaN of none."""
    known = draws[np.isfinite(draws)]
    low, high = np.quantile(known, _ENDS) if known.size else (np.nan, np.nan)
    return float(low), float(high)


def plain(value: float, digits: int) -> float | None:
    """Return a measured value rounded, None where it is NaN: JSON knows no other way to say so."""
    return round(value, digits) if np.isfinite(value) else None
