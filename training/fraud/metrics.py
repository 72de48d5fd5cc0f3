"""Measure scores against what was true, each figure with its n and an interval."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

Scores = NDArray[np.float64]
Truth = NDArray[np.bool_]
Measure = Callable[[Truth, Scores], float]
DRAWS, LEVEL = 200, 0.95
BINS = 20


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


def auc(truth: Truth, scores: Scores) -> float:
    """Return the area under the ROC curve."""
    return float(roc_auc_score(truth, scores))


def average_precision(truth: Truth, scores: Scores) -> float:
    """Return the average precision."""
    return float(average_precision_score(truth, scores))


def calibration_error(truth: Truth, scores: Scores) -> float:
    """Return the expected calibration error over 20 equal-width bins, weighted by their rows."""
    place = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    count = np.bincount(place, minlength=BINS)
    said = np.bincount(place, weights=scores, minlength=BINS)
    was = np.bincount(place, weights=truth.astype(np.float64), minlength=BINS)
    return float(np.abs(said - was).sum() / count.sum())


def recall_at(share: float) -> Measure:
    """Return a measure: how much of the fraud lies in the highest-scored share of the rows."""

    def measure(truth: Truth, scores: Scores) -> float:
        chosen = _highest(scores, share)
        return float(truth[chosen].sum() / max(truth.sum(), 1))

    return measure


def precision_at(share: float) -> Measure:
    """Return a measure: how much of the highest-scored share of the rows is fraud."""

    def measure(truth: Truth, scores: Scores) -> float:
        return float(truth[_highest(scores, share)].mean())

    return measure


MEASURES: dict[str, Measure] = {
    "auc": auc,
    "average_precision": average_precision,
    "calibration_error": calibration_error,
    "recall_at_5_percent": recall_at(0.05),
}


def figure(measure: Measure, truth: Truth, scores: Scores, *, seed: int = 0) -> Figure:
    """Measure once on all rows and on DRAWS resamples of them."""
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(DRAWS):
        rows = rng.integers(0, len(truth), len(truth))
        if truth[rows].any() and not truth[rows].all():
            drawn.append(measure(truth[rows], scores[rows]))
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if drawn else (np.nan, np.nan)
    return Figure(measure(truth, scores), float(low), float(high), len(truth), int(truth.sum()))


def _highest(scores: Scores, share: float) -> NDArray[np.int64]:
    return np.argsort(-scores, kind="stable")[: max(1, int(len(scores) * share))]
