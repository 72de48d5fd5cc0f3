"""Define returns of one moment with the served code's answers about them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data.fraud import Moment
from data.rma import Channel
from serving.fraud.model import FraudModel
from training.fraud.operating import ScoredReturns, read_costs
from training.fraud.world.world_rows import Measured
from training.metrics.ranked import Bools, Scores


@dataclass(frozen=True)
class Rated:
    """The rows of one moment with their served probability and review priority."""

    rows: Measured
    scores: Scores
    priority: Scores

    @property
    def truth(self) -> Bools:
        """Return whether each row is fraud."""
        return self.rows.is_fraud

    def scored(self, scores: Scores | None = None) -> ScoredReturns:
        """Return the rows with their review priority, or with other scores."""
        ranked = self.priority if scores is None else scores
        return ScoredReturns(self.truth, ranked, self.rows.value_usd, read_costs())

    def channels(self) -> dict[str, Bools]:
        """Return which rows came by each channel."""
        return {channel.value: self.rows.channel == code for code, channel in enumerate(Channel)}


Rating = Mapping[Moment, Rated]


def rate(model: FraudModel, rows: Measured) -> Rated:
    """Score rows by the code that serves."""
    scores = model.probabilities(rows.matrix).astype(np.float64)
    surprises = [signal.surprise for signal in model.signals(rows.matrix)]
    pairs = zip(scores.tolist(), surprises, strict=True)
    return Rated(rows, scores, np.array([model.policy.priority(*pair) for pair in pairs]))
