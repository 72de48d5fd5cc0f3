"""Compute operating points on own returns: thresholds by all of them, what they catch by known outcomes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.fraud.operating import OperatingPoint, ReviewCosts, capacity_threshold
from training.fraud.own.own_figures import weights_of
from training.fraud.own.own_rows import OwnRows
from training.fraud.rows import Values

LEAST_THRESHOLD = 0.0001


@dataclass(frozen=True)
class Prioritised:
    """Rows of one moment with their review priority, and the costs of a review."""

    rows: OwnRows
    priority: Values
    costs: ReviewCosts

    def points(self) -> list[OperatingPoint]:
        """Return the point of every review capacity, and the one that pays best by known outcomes."""
        capacities = [
            self.at(f"capacity_{share * 100:g}_percent", capacity_threshold(self.priority, share))
            for share in self.costs.capacities
        ]
        candidates = np.unique(np.quantile(self.priority, np.linspace(0.5, 0.999, 100)))
        tried = [self.at("best_paying", float(threshold)) for threshold in candidates]
        return [*capacities, max(tried, key=lambda point: point.net_usd)]

    def at(self, name: str, threshold: float) -> OperatingPoint:
        """Return what reviewing from a threshold on does; money is that of the returns outcomes stand for."""
        threshold = max(threshold, LEAST_THRESHOLD)
        chosen, known = self.priority >= threshold, self.rows.is_known
        weight, fraud = weights_of(self.rows) * known, self.rows.is_fraud
        caught = weight * (chosen & fraud)
        prevented = float((caught * self.rows.value_usd).sum() * self.costs.prevented_share)
        reviewed = float((weight * chosen).sum())
        insulted = float((weight * (chosen & ~fraud)).sum())
        spent = self.costs.review_usd * reviewed + self.costs.insult_usd * insulted
        return OperatingPoint(
            name=name,
            threshold=threshold,
            reviewed_share=float(chosen.mean()),
            precision=_share(caught, weight * chosen),
            recall=_share(caught, weight * fraud),
            prevented_usd=prevented,
            net_usd=prevented - spent,
            n=int(known.sum()),
        )


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> float:
    total = float(whole.sum())
    return float(part.sum()) / total if total else float("nan")
