"""Compute the interval of a measure by drawing rows again, whole groups where rows belong together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from training.metrics.figure import Figure, interval_of
from training.metrics.ranked import Bools, Measure, Ranked, Scores

GROUP_DRAWS, ROW_DRAWS = 1_000, 400
MOST_LEVELS = 2_000
DRAWS_AT_ONCE = 20  # of pairs of scores, which have as many levels as rows


@dataclass(frozen=True)
class Bootstrap:
    """Rows as they are and as they were drawn again; every measure of them uses the same draws."""

    rows: Ranked
    drawn: Ranked
    groups: int | None = None

    @classmethod
    def by_group(
        cls,
        truth: Bools,
        scores: Scores,
        groups: Sequence[str],
        *,
        seed: int = 0,
        draws: int = GROUP_DRAWS,
    ) -> Self:
        """Draw whole groups: photos of one device stand or fall together."""
        _, member = np.unique(np.asarray(groups), return_inverse=True)
        count = int(member.max(initial=-1)) + 1
        weights = draw_groups(member, count, draws, seed)
        return cls(Ranked.of(truth, scores), Ranked.of(truth, scores, weights), count)

    @classmethod
    def by_row(cls, truth: Bools, scores: Scores, *, seed: int = 0) -> Self:
        """Draw each row for itself, as Poisson counts of its score's level."""
        rows = Ranked.of(truth, scores)
        few = rows.merged(MOST_LEVELS)
        both = np.stack([few.positives, few.negatives], axis=1)
        counts = np.random.default_rng(seed).poisson(both, (ROW_DRAWS, *both.shape[1:])).astype(np.float64)
        return cls(rows, Ranked(few.scores, counts[:, 0], counts[:, 1]))

    def figure(self, measure: Measure) -> Figure:
        """Measure the rows, and all draws of them for the interval; one group alone has none.

        Draws that hold nothing to measure, as one class alone, are left out of the interval.
        """
        low, high = interval_of(measure(self.drawn)) if self.groups != 1 else (np.nan, np.nan)
        positives, negatives = (int(part.sum()) for part in (self.rows.positives, self.rows.negatives))
        return Figure(float(measure(self.rows)[0]), low, high, positives, negatives, self.groups)


def paired_gain(
    measure: Measure,
    truth: Bools,
    scores: Scores,
    before: Scores,
    *,
    weight: Scores | None = None,
    groups: NDArray[np.int64] | None = None,
    seed: int = 0,
) -> Figure:
    """Return by how much scores are better than others by a measure, both on the same draws.

    weight: for how many each row counts. groups: rows that are drawn together, else each by itself.
    """
    weight = np.ones(len(truth)) if weight is None else weight
    names = np.arange(len(truth)) if groups is None else groups
    _, member = np.unique(names, return_inverse=True)
    count = int(member.max(initial=-1)) + 1
    rng = np.random.default_rng(seed)
    drawn = [
        _gain(measure, truth, scores, before, rng.poisson(1.0, (DRAWS_AT_ONCE, count))[:, member] * weight)
        for _ in range(ROW_DRAWS // DRAWS_AT_ONCE)
    ]
    low, high = interval_of(np.concatenate(drawn))
    value = float(_gain(measure, truth, scores, before, weight[None])[0])
    positives = int(truth.sum())
    return Figure(value, low, high, positives, len(truth) - positives, None if groups is None else count)


def _gain(measure: Measure, truth: Bools, scores: Scores, before: Scores, weights: Scores) -> Scores:
    after, first = (measure(Ranked.of(truth, one, weights)) for one in (scores, before))
    return after - first


def resampled_share(found: Bools) -> Figure:
    """Return the share of rows that are so, with its interval over resampled rows.

    Nothing is left of it at 0 and at 1; training.metrics.figure.Share has an exact one there.
    """
    hits, n = int(found.sum()), len(found)
    if not n:
        return Figure(np.nan, np.nan, np.nan, 0, 0)
    low, high = interval_of(np.random.default_rng(0).binomial(n, found.mean(), ROW_DRAWS) / n)
    return Figure(hits / n, low, high, hits, n - hits)


def draw_groups(member: NDArray[np.intp], count: int, draws: int, seed: int = 0) -> Scores:
    """Return (draws, n): how often each row's group was drawn among as many as there are.

    member: the number of each row's group, from 0 to count - 1; (n,) in order where each row is one itself.
    """
    if not count:
        return np.ones((draws, len(member)))
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1.0 / count), size=draws)
    return np.asarray(drawn[:, member], np.float64)
