"""Measure scores against what was true, each figure with its n and an interval."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Truth = NDArray[np.bool_]
DRAWS, LEVEL = 400, 0.95
BINS = 20
MOST_LEVELS = 2_000


@dataclass(frozen=True)
class Figure:
    """A measured value with its 95 % bootstrap interval; `n` rows, `positives` of them fraud."""

    value: float
    low: float
    high: float
    n: int
    positives: int

    def as_json(self) -> dict[str, Any]:
        """Return the figure for a manifest or report."""
        return {
            key: round(value, 5) if isinstance(value, float) else value for key, value in asdict(self).items()
        }

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class Ranked:
    """Rows counted by distinct score, highest first: enough for every measure, and cheap to draw again."""

    scores: Scores
    fraud: Scores
    honest: Scores

    @classmethod
    def of(cls, truth: Truth, scores: Scores, weight: Scores | None = None) -> Self:
        """Count fraud and honest rows at each distinct score; `weight` counts a row that often."""
        weight = np.ones(len(truth)) if weight is None else weight
        levels, place = np.unique(-scores, return_inverse=True)
        return cls(
            -levels,
            np.asarray(np.bincount(place, weight * truth, len(levels)), np.float64),
            np.asarray(np.bincount(place, weight * ~truth, len(levels)), np.float64),
        )

    def merged(self, most: int) -> Self:
        """Put neighbouring scores together until at most so many are left, at the mean of their rows.

        Where a figure lies is hardly moved by it, how far it scatters not at all, and draws cost far less.
        """
        if len(self.scores) <= most:
            return self
        starts = np.unique(np.linspace(0, len(self.scores), most + 1)[:-1].astype(np.int64))
        fraud, honest, sums = (
            np.add.reduceat(part, starts)
            for part in (self.fraud, self.honest, self.scores * (self.fraud + self.honest))
        )
        return type(self)(sums / np.maximum(fraud + honest, 1e-12), fraud, honest)

    def drawn(self, rng: np.random.Generator) -> Self:
        """Draw the rows again with replacement, as Poisson counts."""
        fraud, honest = (rng.poisson(part).astype(np.float64) for part in (self.fraud, self.honest))
        return type(self)(self.scores, fraud, honest)


Measure = Callable[[Ranked], float]


def auc(rows: Ranked) -> float:
    """Return the area under the ROC curve: the chance that fraud ranks above honest, ties half."""
    below = rows.honest.sum() - np.cumsum(rows.honest)
    pairs = rows.fraud.sum() * rows.honest.sum()
    return float((rows.fraud * (below + rows.honest / 2.0)).sum() / pairs) if pairs else float("nan")


def average_precision(rows: Ranked) -> float:
    """Return the average precision."""
    caught, chosen = np.cumsum(rows.fraud), np.cumsum(rows.fraud + rows.honest)
    total = rows.fraud.sum()
    return float((rows.fraud * caught / np.maximum(chosen, 1e-12)).sum() / total) if total else float("nan")


def calibration_error(rows: Ranked) -> float:
    """Return the expected calibration error over 20 equal-width bins, weighted by their rows."""
    count = rows.fraud + rows.honest
    place = np.minimum((rows.scores * BINS).astype(np.int64), BINS - 1)
    said = np.bincount(place, weights=rows.scores * count, minlength=BINS)
    was = np.bincount(place, weights=rows.fraud, minlength=BINS)
    return float(np.abs(said - was).sum() / count.sum())


def recall_at(share: float) -> Measure:
    """Return a measure: how much of the fraud lies in the highest-scored share of the rows.

    Rows that tie at the edge count by the part of them that fits in.
    """

    def measure(rows: Ranked) -> float:
        count = rows.fraud + rows.honest
        room = count.sum() * share - (np.cumsum(count) - count)
        taken = np.clip(room / np.maximum(count, 1e-12), 0.0, 1.0)
        total = rows.fraud.sum()
        return float((rows.fraud * taken).sum() / total) if total else float("nan")

    return measure


MEASURES: dict[str, Measure] = {
    "auc": auc,
    "average_precision": average_precision,
    "calibration_error": calibration_error,
    "recall_at_5_percent": recall_at(0.05),
}


def share_of(found: NDArray[np.bool_]) -> Figure:
    """Return the share of rows that are so, with its interval over resampled rows."""
    values = found.astype(np.float64)
    if not len(values):
        return Figure(float("nan"), float("nan"), float("nan"), 0, 0)
    drawn = np.random.default_rng(0).binomial(len(values), values.mean(), DRAWS) / len(values)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(float(values.mean()), float(low), float(high), len(values), int(values.sum()))


def figure(measure: Measure, truth: Truth, scores: Scores, *, seed: int = 0) -> Figure:
    """Measure once on all rows and on DRAWS resamples of them."""
    rng = np.random.default_rng(seed)
    rows = Ranked.of(truth, scores)
    few = rows.merged(MOST_LEVELS)
    drawn = np.array([measure(few.drawn(rng)) for _ in range(DRAWS)])
    low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(measure(rows), float(low), float(high), len(truth), int(truth.sum()))
