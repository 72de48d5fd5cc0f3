"""Compute measures of scores against the truth, for many draws of the bootstrap at once.

A measure takes rows counted by score and returns (draws,), NaN where a draw holds nothing to measure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Bools = NDArray[np.bool_]
CALIBRATION_BINS = 20
_NO_COUNT = 1e-12  # stands for a count of 0 where one is divided by


@dataclass(frozen=True)
class Ranked:
    """Rows counted by distinct score, highest first: enough for every measure.

    scores are (levels,), positives and negatives (draws, levels): how often a row of each level counts.
    """

    scores: Scores
    positives: Scores
    negatives: Scores

    @classmethod
    def of(cls, truth: Bools, scores: Scores, weights: Scores | None = None) -> Self:
        """Count rows at each distinct score; weights, (draws, n), say how often each counts, else once."""
        weights = np.ones((1, len(truth))) if weights is None else weights
        levels, place = np.unique(-scores, return_inverse=True)
        order = np.argsort(place, kind="stable")
        starts = np.searchsorted(place[order], np.arange(len(levels)))
        weights, truth = weights[:, order], truth[order]
        return cls(
            -levels,
            np.add.reduceat(weights * truth, starts, axis=1),
            np.add.reduceat(weights * ~truth, starts, axis=1),
        )

    @property
    def counts(self) -> Scores:
        """Return how many rows each level of each draw holds, (draws, levels)."""
        return self.positives + self.negatives

    def merged(self, most: int) -> Self:
        """Return rows not yet drawn with neighbouring levels merged, until at most so many are left.

        They are put at the mean of their rows. Where a figure lies is hardly moved by it, how far it scatters
        not at all, and draws cost far less.
        """
        if len(self.scores) <= most:
            return self
        starts = np.unique(np.linspace(0, len(self.scores), most + 1)[:-1].astype(np.int64))
        positives, negatives, sums = (
            np.add.reduceat(part, starts, axis=1)
            for part in (self.positives, self.negatives, self.scores * self.counts)
        )
        means = sums / np.maximum(positives + negatives, _NO_COUNT)
        return type(self)(means[0], positives, negatives)


Measure = Callable[[Ranked], Scores]


def value_of(measure: Measure, truth: Bools, scores: Scores) -> float:
    """Return a measure of all rows, each counted once."""
    return float(measure(Ranked.of(truth, scores))[0])


def auc(rows: Ranked) -> Scores:
    """Return the area under the ROC curve: how often a positive lies above a negative, a tie half."""
    negatives = rows.negatives.sum(axis=1)
    below = negatives[:, None] - np.cumsum(rows.negatives, axis=1) + rows.negatives / 2.0
    return _divided((rows.positives * below).sum(axis=1), rows.positives.sum(axis=1) * negatives)


def average_precision(rows: Ranked) -> Scores:
    """Return the average precision: the mean, over the positives, of the precision down to each.

    Precision is taken as it is, not as the best of any later recall; boxes are measured that way, in
    training.condition.measure.detection.
    """
    caught, chosen = np.cumsum(rows.positives, axis=1), np.cumsum(rows.counts, axis=1)
    precision = caught / np.maximum(chosen, _NO_COUNT)
    return _divided((rows.positives * precision).sum(axis=1), rows.positives.sum(axis=1))


def recall_at_capacity(share: float) -> Measure:
    """Return a measure: how many of the positives lie in the highest-scored share of the rows.

    Rows that tie at the edge count by the part of them that fits in.
    """

    def measure(rows: Ranked) -> Scores:
        counts = rows.counts
        room = counts.sum(axis=1, keepdims=True) * share - (np.cumsum(counts, axis=1) - counts)
        taken = np.clip(room / np.maximum(counts, _NO_COUNT), 0.0, 1.0)
        return _divided((rows.positives * taken).sum(axis=1), rows.positives.sum(axis=1))

    return measure


def recall_at_false_alarms(rate: float) -> Measure:
    """Return a measure: the recall above the score that at most `rate` of the negatives pass."""

    def measure(rows: Ranked) -> Scores:
        passed = np.cumsum(rows.negatives, axis=1)
        negatives = rows.negatives.sum(axis=1)
        is_above = passed <= np.floor(rate * negatives)[:, None]
        positives = rows.positives.sum(axis=1)
        return _divided((rows.positives * is_above).sum(axis=1), np.where(negatives > 0, positives, 0.0))

    return measure


def calibration_error(rows: Ranked) -> Scores:
    """Return the expected calibration error over 20 bins of equal width, weighted by their rows."""
    said, was, _ = _binned(rows, CALIBRATION_BINS)
    return _divided(np.abs(was - said).sum(axis=1), rows.counts.sum(axis=1))


def calibration_error_of_both(rows: Ranked) -> Scores:
    """Return the calibration error, NaN where a class is missing: on few rows it would tell nothing then."""
    has_both = (rows.positives.sum(axis=1) > 0) & (rows.negatives.sum(axis=1) > 0)
    return np.asarray(np.where(has_both, calibration_error(rows), np.nan))


def reliability(truth: Bools, scores: Scores, bins: int) -> tuple[Scores, Scores, Scores]:
    """Return the mean score, the share of positives and the number of rows of each bin that holds any.

    Bins are of equal width from 0 to 1.
    """
    said, was, count = (sums[0] for sums in _binned(Ranked.of(truth, scores), bins))
    kept = count > 0
    return said[kept] / count[kept], was[kept] / count[kept], count[kept]


def mean(rows: Ranked) -> Scores:
    """Return the mean of the scores, whatever is true of them."""
    counts = rows.counts
    return _divided(counts @ rows.scores, counts.sum(axis=1))


def median(rows: Ranked) -> Scores:
    """Return the median of the scores, whatever is true of them."""
    if not len(rows.scores):
        return np.full(len(rows.positives), np.nan)
    passed = np.cumsum(rows.counts, axis=1)
    count = passed[:, -1:]
    upper, lower = (
        rows.scores[np.argmax(passed > place, axis=1)]
        for place in (np.floor((count - 1) / 2.0), np.floor(count / 2.0))
    )
    return np.asarray(np.where(count[:, 0] > 0, (lower + upper) / 2.0, np.nan))


def _binned(rows: Ranked, bins: int) -> tuple[Scores, Scores, Scores]:
    """Return sums of scores, positives and rows by bins of equal width, (draws, bins) each."""
    place = np.minimum((rows.scores * bins).astype(np.int64), bins - 1)
    is_in = (place[:, None] == np.arange(bins)).astype(np.float64)
    counts = rows.counts
    return (counts * rows.scores) @ is_in, rows.positives @ is_in, counts @ is_in


def _divided(parts: Scores, wholes: Scores) -> Scores:
    return np.asarray(np.divide(parts, wholes, out=np.full(len(parts), np.nan), where=wholes > 0))
