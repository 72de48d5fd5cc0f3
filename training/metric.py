"""Measure with an interval: AUC, recall at a false-alarm rate, calibration error, bootstrapped by group.

A measure takes how often each row counts, for many draws of the bootstrap at once: labels and scores (n,),
weights (draws, n) of whole numbers; it returns (draws,), NaN where a draw holds nothing to measure.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

Scores = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]
Weights = npt.NDArray[np.float64]
Measure = Callable[[Labels, Scores, Weights], Scores]

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
    rounds: int = ROUNDS,
) -> Figure:
    """Measure, and bootstrap by drawing whole groups: photos of one device stand or fall together.

    Rounds that draw nothing to measure, as one class alone, are left out of the interval; one group alone
    has none.
    """
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    count = int(member.max(initial=-1)) + 1
    draws = measure(labels, scores, _draw_weights(member, count, rounds, seed))
    known = draws[np.isfinite(draws) & (count > 1)]
    low, high = np.quantile(known, (0.025, 0.975)) if known.size else (np.nan, np.nan)
    positives = int(labels.sum())
    value = value_of(measure, labels, scores)
    return Figure(value, float(low), float(high), positives, len(labels) - positives, count)


def value_of(measure: Measure, labels: Labels, scores: Scores) -> float:
    """Return a measure of all rows, each counted once."""
    return float(measure(labels, scores, np.ones((1, len(labels))))[0])


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


def auc(labels: Labels, scores: Scores, weights: Weights) -> Scores:
    """Return the area under the ROC curve: how often a positive lies above a negative, a tie half."""
    if not len(scores):
        return _nothing(weights)
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    weighted, label = weights[:, order], labels[order]
    positives = np.add.reduceat(weighted * label, starts, axis=1)
    negatives = np.add.reduceat(weighted * ~label, starts, axis=1)
    below = np.cumsum(negatives, axis=1) - negatives / 2.0
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    return _divided((positives * below).sum(axis=1), pairs)


def recall_at_false_alarms(rate: float) -> Measure:
    """Return a measure: the recall at the threshold that at most `rate` of the negatives pass."""

    def measure(labels: Labels, scores: Scores, weights: Weights) -> Scores:
        if labels.all():
            return _nothing(weights)
        negatives = np.sort(scores[~labels])[::-1]
        counted = np.cumsum(weights[:, ~labels][:, np.argsort(-scores[~labels], kind="stable")], axis=1)
        passing = np.floor(rate * counted[:, -1:])
        threshold = negatives[np.argmax(counted > passing, axis=1)]
        caught = (weights[:, labels] * (scores[labels] > threshold[:, None])).sum(axis=1)
        usable = np.where(counted[:, -1] > 0, weights[:, labels].sum(axis=1), 0.0)
        return _divided(caught, usable)

    return measure


def calibration_error(labels: Labels, scores: Scores, weights: Weights) -> Scores:
    """Return the expected calibration error over 20 bins of equal width; NaN where a class is missing."""
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    gaps = np.zeros((len(scores), _BINS))
    gaps[np.arange(len(scores)), bins] = labels - scores
    positives, all_of_them = (weights * labels).sum(axis=1), weights.sum(axis=1)
    has_both = (positives > 0) & (positives < all_of_them)
    return _divided(np.abs(weights @ gaps).sum(axis=1), np.where(has_both, all_of_them, 0.0))


def mean(_labels: Labels, scores: Scores, weights: Weights) -> Scores:
    """Return the mean of the scores, whatever the labels."""
    return _divided(weights @ scores, weights.sum(axis=1))


def median(_labels: Labels, scores: Scores, weights: Weights) -> Scores:
    """Return the median of the scores, whatever the labels."""
    if not len(scores):
        return _nothing(weights)
    order = np.argsort(scores, kind="stable")
    counted = np.cumsum(weights[:, order], axis=1)
    count = counted[:, -1:]
    lower, upper = (
        scores[order][np.argmax(counted > place, axis=1)]
        for place in (np.floor((count - 1) / 2.0), np.floor(count / 2.0))
    )
    return np.asarray(np.where(count[:, 0] > 0, (lower + upper) / 2.0, np.nan))


def _draw_weights(member: npt.NDArray[np.intp], count: int, rounds: int, seed: int) -> Weights:
    """Return (rounds, n): how often each row's group was drawn among as many as there are."""
    if not count:
        return np.ones((rounds, len(member)))
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1.0 / count), size=rounds)
    return np.asarray(drawn[:, member], np.float64)


def _divided(parts: Scores, wholes: Scores) -> Scores:
    return np.asarray(np.divide(parts, wholes, out=np.full(len(parts), np.nan), where=wholes > 0))


def _nothing(weights: Weights) -> Scores:
    return np.full(len(weights), np.nan)
