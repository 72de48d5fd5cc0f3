"""Turn raw scores into probabilities that hold, although reviewers miss some fraud and imagine some."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from training.fraud.settings import LabelNoise
from training.fraud.table import Labels, Values


@dataclass(frozen=True)
class Calibration:
    """A probability is 1 / (1 + exp(-(slope * raw + offset))), one pair for each stage."""

    slopes: tuple[float, ...]
    offsets: tuple[float, ...]

    def probability(self, raw: Values, stage: Labels) -> Values:
        """Return calibrated probabilities in double precision."""
        slopes, offsets = np.array(self.slopes), np.array(self.offsets)
        return np.asarray(1.0 / (1.0 + np.exp(-(slopes[stage] * raw + offsets[stage]))))


def calibrate(
    raw: Values, target: Labels, weight: Values, stage: Labels, stages: int, noise: LabelNoise
) -> Calibration:
    """Fit slope and offset of each stage so that confirmed labels are as likely as they were."""
    pairs = [
        _fit(raw[stage == one], target[stage == one].astype(np.float64), weight[stage == one], noise)
        for one in range(stages)
    ]
    return Calibration(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))


def _fit(raw: Values, target: Values, weight: Values, noise: LabelNoise) -> tuple[float, float]:
    """Maximise the likelihood of the labels; a fraud is confirmed with the known chance only.

    Slopes stay between 0.2 and 5: a calibration may stretch the scores but never turn them round. Both are
    rounded to float32, which is what the exported graph multiplies with.
    """
    if len(target) < 50 or target.sum() < 5:
        return 1.0, 0.0

    def loss(pair: Values) -> float:
        true = 1.0 / (1.0 + np.exp(-np.clip(pair[0] * raw + pair[1], -40, 40)))
        seen = noise.confirmed_falsely + (noise.confirmed - noise.confirmed_falsely) * true
        seen = np.clip(seen, 1e-9, 1 - 1e-9)
        return float(
            -(weight * (target * np.log(seen) + (1 - target) * np.log(1 - seen))).sum() / weight.sum()
        )

    found = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.2, 5.0), (-10.0, 10.0)])
    return float(np.float32(found.x[0])), float(np.float32(found.x[1]))
