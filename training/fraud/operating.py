"""Compute operating points: what a review capacity catches and saves, and which threshold pays best."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from data.strict import Frozen
from data.versioned_file import read_yaml
from training.metrics.ranked import Bools, Scores

_COSTS = Path(__file__).parent / "costs.yaml"


class ReviewCosts(Frozen):
    """Costs of one return in US dollars, and the review capacities to report, as shares of all returns."""

    version: int
    review_usd: float
    insult_usd: float
    prevented_share: float
    capacities: tuple[float, ...]


@dataclass(frozen=True)
class OperatingPoint:
    """The result of reviewing every return from a probability on; money is in US dollars."""

    name: str
    threshold: float
    reviewed_share: float
    precision: float
    recall: float
    prevented_usd: float
    net_usd: float
    n: int

    def to_json(self) -> dict[str, Any]:
        """Return the point with its figures rounded for reading."""
        return {
            "name": self.name,
            "threshold": round(self.threshold, 5),
            "reviewed_share": round(self.reviewed_share, 5),
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "prevented_usd": round(self.prevented_usd),
            "net_usd": round(self.net_usd),
            "n": self.n,
        }


@cache
def read_costs() -> ReviewCosts:
    """Read costs.yaml."""
    return read_yaml(_COSTS, ReviewCosts)


@dataclass(frozen=True)
class ScoredReturns:
    """Returns with their scores, their truth, their value, and the cost of a review."""

    truth: Bools
    scores: Scores
    value_usd: Scores
    costs: ReviewCosts

    def where(self, kept: Bools) -> "ScoredReturns":
        """Return some of the returns."""
        return ScoredReturns(self.truth[kept], self.scores[kept], self.value_usd[kept], self.costs)


def at_threshold(name: str, threshold: float, rows: ScoredReturns) -> OperatingPoint:
    """Return the operating point of reviewing every return from a threshold on."""
    truth, value_usd, costs = rows.truth, rows.value_usd, rows.costs
    chosen = rows.scores >= threshold
    caught = chosen & truth
    prevented = float(value_usd[caught].sum() * costs.prevented_share)
    spent = costs.review_usd * chosen.sum() + costs.insult_usd * (chosen & ~truth).sum()
    return OperatingPoint(
        name=name,
        threshold=threshold,
        reviewed_share=float(chosen.mean()),
        precision=float(truth[chosen].mean()) if chosen.any() else float("nan"),
        recall=float(caught.sum() / max(truth.sum(), 1)),
        prevented_usd=prevented,
        net_usd=float(prevented - spent),
        n=len(truth),
    )


def at_capacity(share: float, rows: ScoredReturns) -> OperatingPoint:
    """Return the operating point of reviewing the highest-scored share of the returns."""
    threshold = capacity_threshold(rows.scores, share)
    return at_threshold(f"capacity_{share * 100:g}_percent", threshold, rows)


def capacity_threshold(scores: Scores, share: float) -> float:
    """Return the score of the last row that fits into the highest-scored share of all rows."""
    ranked = np.sort(scores)[::-1]
    return float(ranked[max(0, int(len(ranked) * share) - 1)])


def best_paying(rows: ScoredReturns) -> OperatingPoint:
    """Return the threshold with the highest net value, among a hundred quantiles of the scores."""
    candidates = np.unique(np.quantile(rows.scores, np.linspace(0.5, 0.999, 100)))
    points = [at_threshold("best_paying", float(one), rows) for one in candidates]
    return max(points, key=lambda point: point.net_usd)


def every_point(rows: ScoredReturns) -> list[OperatingPoint]:
    """Return the points of every review capacity, and the one that pays best."""
    return [*(at_capacity(share, rows) for share in rows.costs.capacities), best_paying(rows)]
