"""Calibrate anew on own outcomes, starting from the released calibration: few outcomes move it little."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from training.fraud.calibration import CalibrationRows, ScoreCalibration
from training.fraud.own.settings import CalibrationSpread
from training.fraud.rows import Values

MOMENTS = 3


def recalibrate(
    rows: CalibrationRows,
    released: ScoreCalibration,
    spread: CalibrationSpread,
    confirmed_falsely: float,
    *,
    offset_only: bool = False,
) -> ScoreCalibration:
    """Return the calibration that is likeliest by the outcomes and by how far it is from the released one.

    What moves is one offset of all moments, a further one of each, and one factor of all slopes; with
    `offset_only` the first alone. Outcomes that stand for many count for so many only as their unevenness
    leaves of them (Kish's effective size).
    """
    weight = rows.weight * rows.weight.sum() / (rows.weight**2).sum()
    slopes, offsets = np.array(released.slopes), np.array(released.offsets)
    spreads = np.array([spread.offset, *[spread.moment] * MOMENTS, spread.slope])
    free = np.arange(len(spreads)) < (1 if offset_only else len(spreads))

    def loss(moves: Values) -> float:
        odds = np.exp(moves[-1]) * slopes[rows.stage] * rows.raw + offsets[rows.stage]
        odds = np.clip(odds + moves[0] + moves[1 + rows.stage], -40, 40)
        seen = confirmed_falsely + (rows.confirmed - confirmed_falsely) / (1.0 + np.exp(-odds))
        chance = np.clip(np.where(rows.target == 1, seen, 1.0 - seen), 1e-9, 1.0)
        return float(-(weight * np.log(chance)).sum() + 0.5 * ((moves / spreads) ** 2).sum())

    bounds = [(-5.0, 5.0) if one else (0.0, 0.0) for one in free]
    found = minimize(loss, np.zeros(len(spreads)), method="L-BFGS-B", bounds=bounds)
    return ScoreCalibration(
        _rounded(np.exp(found.x[-1]) * slopes), _rounded(offsets + found.x[0] + found.x[1:-1])
    )


def _rounded(values: Values) -> tuple[float, ...]:
    """Round to float32, which is what the exported graph multiplies with."""
    found: Sequence[float] = np.asarray(values, dtype=np.float32).astype(np.float64).tolist()
    return tuple(found)
