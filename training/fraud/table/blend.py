"""Weigh members against each other by how far their scores hold on rows that they were not fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.fraud.calibration import CalibrationRows, ScoreCalibration, calibrate
from training.fraud.rows import Labels, Values
from training.fraud.settings import LabelNoise


@dataclass(frozen=True)
class HeldOut:
    """Raw scores (members, rows) of rows by trees that were not fitted on them, and the rows' target."""

    raw: Values
    target: Labels

    def only(self, kept: Sequence[int]) -> "HeldOut":
        """Return the scores of some members."""
        return HeldOut(self.raw[list(kept)], self.target)


@dataclass(frozen=True)
class Blend:
    """What each member's raw score is multiplied with, and the calibration of their sum."""

    weights: Values
    calibration: ScoreCalibration

    def probability(self, held: HeldOut) -> Values:
        """Return the probability of each row."""
        return self.calibration.probability(
            self.weights @ held.raw, np.zeros(len(held.target), dtype=np.int8)
        )


def weigh(parts: Sequence[HeldOut]) -> Blend:
    """Weigh the members by held-out rows.

    Each counts as much as every other, once its scores are stretched or shrunk to what later rows bear out:
    trees that are too sure of themselves, as plain ones are where frauds are few, say less.
    """
    raw = np.concatenate([part.raw for part in parts], axis=1)
    target = np.concatenate([part.target for part in parts])
    slopes = [_calibrate(one, target).slopes[0] for one in raw]
    weights = np.array(slopes) / len(slopes)
    return Blend(weights, _calibrate(weights @ raw, target))


def _calibrate(raw: Values, target: Labels) -> ScoreCalibration:
    count = len(raw)
    rows = CalibrationRows(raw, target, np.ones(count), np.zeros(count, dtype=np.int8), np.ones(count))
    return calibrate(rows, 1, LabelNoise())
