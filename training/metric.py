"""Measure with an interval: AUC, recall at a false-alarm rate, calibration error, bootstrapped by group."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import beta, rankdata
from sklearn.metrics import average_precision_score

Scores = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]
Measure = Callable[[Labels, Scores], float]

ROUNDS = 1000
_BINS = 20


@dataclass(frozen=True)
class Figure:
    """One measured figure: its value, a 95 % interval, and over how many positives, negatives and groups."""

    value: float
    low: float
    high: float
    positives: int
    negatives: int
    groups: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] (n = {self.positives} + {self.negatives})"

    def to_json(self) -> dict[str, Any]:
        """Return the figure as plain values; None stands where nothing could be measured."""

        def plain(value: float | int) -> float | int | None:
            if isinstance(value, int):
                return value
            return round(value, 4) if np.isfinite(value) else None

        return {name: plain(value) for name, value in asdict(self).items()}


def measured(
    measure: Measure,
    labels: Labels,
    scores: Scores,
    groups: Sequence[str],
    *,
    seed: int,
    one_class: bool = False,
    rounds: int = ROUNDS,
) -> Figure:
    """Measure, and bootstrap by drawing whole groups: photos of one device stand or fall together.

    Unless `one_class` will do, the value is NaN where a class is missing, and rounds that draw only one class
    are left out of the interval.
    """
    rng = np.random.default_rng(seed)
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    count = int(member.max(initial=-1)) + 1
    rows_of = [np.flatnonzero(member == group) for group in range(count)]
    draws = []
    for _ in range(rounds if count else 0):
        rows = np.concatenate([rows_of[group] for group in rng.integers(count, size=count)])
        draws.append(_guarded(measure, labels[rows], scores[rows], one_class))
    known = np.array([draw for draw in draws if np.isfinite(draw)])
    low, high = np.quantile(known, (0.025, 0.975)) if known.size else (np.nan, np.nan)
    positives = int(labels.sum())
    value = _guarded(measure, labels, scores, one_class)
    return Figure(value, float(low), float(high), positives, len(labels) - positives, count)


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
        low = float(beta.ppf(0.025, self.hits, self.n - self.hits + 1)) if self.hits else 0.0
        high = float(beta.ppf(0.975, self.hits + 1, self.n - self.hits)) if self.hits < self.n else 1.0
        return low, high

    def to_json(self) -> dict[str, Any]:
        """Return the share as plain values."""
        low, high = self.interval
        value = None if self.value is None else round(self.value, 4)
        return {"value": value, "low": round(low, 4), "high": round(high, 4), "hits": self.hits, "n": self.n}


def auc(labels: Labels, scores: Scores) -> float:
    """Return the area under the ROC curve, by ranks: a bootstrap asks for it a thousand times."""
    ranks = rankdata(scores)
    positives = int(labels.sum())
    below = float(ranks[labels].sum()) - positives * (positives + 1) / 2
    return below / (positives * (len(labels) - positives))


def average_precision(labels: Labels, scores: Scores) -> float:
    """Return the average precision."""
    return float(average_precision_score(labels, scores))


def recall_at_false_alarms(rate: float) -> Measure:
    """Return a measure: the recall at the threshold that at most `rate` of the negatives pass."""

    def measure(labels: Labels, scores: Scores) -> float:
        negatives = np.sort(scores[~labels])[::-1]
        threshold = negatives[min(int(rate * len(negatives)), len(negatives) - 1)]
        return float(np.mean(scores[labels] > threshold))

    return measure


def calibration_error(labels: Labels, scores: Scores) -> float:
    """Return the expected calibration error over 20 bins of equal width."""
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    size = np.bincount(bins, minlength=_BINS)
    gap = np.abs(np.bincount(bins, labels, _BINS) - np.bincount(bins, scores, _BINS))
    return float(gap[size > 0].sum() / len(labels))


def _guarded(measure: Measure, labels: Labels, scores: Scores, one_class: bool) -> float:
    enough = len(labels) > 0 if one_class else labels.any() and not labels.all()
    return measure(labels, scores) if enough else float("nan")
