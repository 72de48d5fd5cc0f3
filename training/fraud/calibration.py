"""Calibrate raw scores into probabilities, although reviewers miss some fraud and imagine some."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from data.world.figures import TYPOLOGIES
from training.fraud.rows import Labels, Values
from training.fraud.settings import LabelNoise


@dataclass(frozen=True)
class ScoreCalibration:
    """A probability is 1 / (1 + exp(-(slope * raw + offset))), one pair for each stage."""

    slopes: tuple[float, ...]
    offsets: tuple[float, ...]

    def probability(self, raw: Values, stage: Labels) -> Values:
        """Return calibrated probabilities in double precision."""
        slopes, offsets = np.array(self.slopes), np.array(self.offsets)
        return np.asarray(1.0 / (1.0 + np.exp(-(slopes[stage] * raw + offsets[stage]))))


@dataclass(frozen=True)
class CalibrationRows:
    """Rows to calibrate on: raw score, label, weight, stage, and how likely a fraud like it is confirmed."""

    raw: Values
    target: Labels
    weight: Values
    stage: Labels
    confirmed: Values

    def at(self, stage: int) -> "CalibrationRows":
        """Return the rows of one stage."""
        kept = self.stage == stage
        return CalibrationRows(
            self.raw[kept], self.target[kept], self.weight[kept], self.stage[kept], self.confirmed[kept]
        )


def confirmed_of_each(noise: LabelNoise) -> Values:
    """Return which share of the reviewed frauds of each kind is confirmed."""
    return np.array([noise.confirmed_of.get(kind.value, noise.confirmed) for kind in TYPOLOGIES])


def calibrate(rows: CalibrationRows, stages: int, noise: LabelNoise) -> ScoreCalibration:
    """Fit slope and offset of each stage so that confirmed labels are as likely as they were."""
    pairs = [_fit(rows.at(stage), noise.confirmed_falsely) for stage in range(stages)]
    return ScoreCalibration(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))


def confirmation(shares: Values, of_each: Values) -> Values:
    """Return how likely a fraud like each row is confirmed, from (n, kinds) shares among confirmed ones.

    A kind that is confirmed half as often stands for twice as many frauds as were confirmed of it.
    """
    return np.asarray(1.0 / (shares / of_each).sum(axis=1))


def _fit(rows: CalibrationRows, confirmed_falsely: float) -> tuple[float, float]:
    """Maximise the likelihood of the labels; a fraud is confirmed with the known chance only.

    Slopes stay between 0.2 and 5: a calibration may stretch the scores but never turn them round. Both are
    rounded to float32, which is what the exported graph multiplies with.
    """
    if len(rows.target) < 50 or rows.target.sum() < 5:
        return 1.0, 0.0
    raw, weight, is_fraud = rows.raw, rows.weight, rows.target == 1

    def loss(pair: Values) -> float:
        true = 1.0 / (1.0 + np.exp(-np.clip(pair[0] * raw + pair[1], -40, 40)))
        seen = confirmed_falsely + (rows.confirmed - confirmed_falsely) * true
        seen = np.clip(seen, 1e-9, 1 - 1e-9)
        return float(-(weight * np.log(np.where(is_fraud, seen, 1 - seen))).sum() / weight.sum())

    found = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.2, 5.0), (-10.0, 10.0)])
    return float(np.float32(found.x[0])), float(np.float32(found.x[1]))
