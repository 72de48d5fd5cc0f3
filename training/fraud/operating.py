"""Weigh operating points: what a review capacity catches, what it saves, and which threshold pays best."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from training.fraud.metrics import Scores, Truth


@dataclass(frozen=True)
class Costs:
    """Costs of one return in US dollars, and the review capacities to report, as shares of all returns."""

    review_usd: float
    insult_usd: float
    prevented_share: float
    capacities: tuple[float, ...]


@dataclass(frozen=True)
class OperatingPoint:
    """What happens when every return from a probability on is looked at; money is in US dollars."""

    threshold: float
    reviewed_share: float
    precision: float
    recall: float
    prevented_usd: float
    net_usd: float
    n: int

    def as_json(self) -> dict[str, Any]:
        """Return the point with its figures rounded for reading."""
        return {
            "threshold": round(self.threshold, 5),
            "reviewed_share": round(self.reviewed_share, 5),
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "prevented_usd": round(self.prevented_usd),
            "net_usd": round(self.net_usd),
            "n": self.n,
        }


@cache
def read_costs() -> Costs:
    """Read costs.yaml."""
    body = yaml.safe_load(files("training.fraud").joinpath("costs.yaml").read_text(encoding="utf-8"))
    return Costs(body["review_usd"], body["insult_usd"], body["prevented_share"], tuple(body["capacities"]))


def at_threshold(
    threshold: float, truth: Truth, scores: Scores, value_usd: Scores, costs: Costs
) -> OperatingPoint:
    """Say what looking at every return from a threshold on does."""
    chosen = scores >= threshold
    caught = chosen & truth
    prevented = float(value_usd[caught].sum() * costs.prevented_share)
    spent = costs.review_usd * chosen.sum() + costs.insult_usd * (chosen & ~truth).sum()
    return OperatingPoint(
        threshold=threshold,
        reviewed_share=float(chosen.mean()),
        precision=float(truth[chosen].mean()) if chosen.any() else float("nan"),
        recall=float(caught.sum() / max(truth.sum(), 1)),
        prevented_usd=prevented,
        net_usd=float(prevented - spent),
        n=len(truth),
    )


def at_capacity(
    share: float, truth: Truth, scores: Scores, value_usd: Scores, costs: Costs
) -> OperatingPoint:
    """Look at the highest-scored share of the returns."""
    ranked = np.sort(scores)[::-1]
    threshold = float(ranked[max(0, int(len(scores) * share) - 1)])
    return at_threshold(threshold, truth, scores, value_usd, costs)


def best_paying(truth: Truth, scores: Scores, value_usd: Scores, costs: Costs) -> OperatingPoint:
    """Return the threshold with the highest net value, among a hundred quantiles of the scores."""
    candidates = np.unique(np.quantile(scores, np.linspace(0.5, 0.999, 100)))
    points = [at_threshold(float(one), truth, scores, value_usd, costs) for one in candidates]
    return max(points, key=lambda point: point.net_usd)
