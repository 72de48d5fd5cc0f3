"""Fit how the logits of both looks become one probability, without a look that tells nothing."""

from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from serving.condition.inference import either
from training.metrics.ranked import Bools

Logits = npt.NDArray[np.float64]

EACH_CLASS_MIN = 5
DROPPED = (0.0, -30.0)
"""The slope and intercept of a look that is not asked: it never says that anything is there."""

LOG_SLOPES, INTERCEPTS = (-6.0, 6.0), (-60.0, 60.0)
"""The bounds within which a line is looked for; a fit never ends at one of the slope's."""

TELLS_FROM = 0.25
"""The least slope of a look that is asked: below, four of its logits move the odds by less than e."""

_LEAST = 1e-6
_RIDGE = 1e-4
# Log slopes of the looks that are asked, and their intercepts: alike, mostly one, mostly the other.
_START_SLOPES, _START_INTERCEPTS = (0.0, -1.0), (-0.5, -3.0)
_ASKED = ((True, True), (True, False), (False, True))


def fit_lines(logits: Logits, labels: Bools) -> Logits:
    """Return (2, 2) slope and intercept of each look, the device's first, from (n, 2) logits.

    The defect is there unless both looks miss it. A look is left out (DROPPED) where it adds less to the
    likelihood than its two figures cost (Akaike, 1974), and where its slope ends below TELLS_FROM: it would
    raise every photo's probability and tell nothing. Where neither tells anything, every photo gets the share
    of those that have it. With too few of either class the logits stay as they are.
    """
    if min(labels.sum(), (~labels).sum()) < EACH_CLASS_MIN:
        return np.array([[1.0, 0.0], [1.0, 0.0]])
    fits = [_unasked(labels), *(_fit(logits, labels, asked) for asked in _ASKED)]
    return min((fit for fit in fits if _all_tell(fit[1])), key=lambda fit: fit[0])[1]


def _all_tell(lines: Logits) -> bool:
    """Return whether each look that is asked tells photos apart; of none that is asked, the share is said."""
    asked = lines[:, 0] > 0.0
    return bool((lines[asked, 0] >= TELLS_FROM).all())


def _unasked(labels: Bools) -> tuple[float, Logits]:
    """Return the cost and the lines of saying how common the kind is, of every photo alike."""
    share = float(labels.mean())
    missed = -share * np.log(share) - (1.0 - share) * np.log(1.0 - share)
    return len(labels) * float(missed) + 1.0, np.array([DROPPED, (0.0, np.log(share / (1.0 - share)))])


def _fit(logits: Logits, labels: Bools, asked: tuple[bool, bool]) -> tuple[float, Logits]:
    """Return the cost of the likeliest lines of the looks that are asked, and the lines."""
    count = sum(asked)

    def lines(values: Logits) -> Logits:
        found = np.tile(np.array(DROPPED), (2, 1))
        found[list(asked)] = np.column_stack([np.exp(values[:count]), values[count:]])
        return found

    def missed(values: Logits) -> float:
        slopes, intercepts = lines(values).T
        chance = np.clip(either((slopes * logits + intercepts).T), _LEAST, 1.0 - _LEAST)
        return float(-np.log(np.where(labels, chance, 1.0 - chance)).mean())

    bounds = [LOG_SLOPES] * count + [INTERCEPTS] * count
    starts = product(product(_START_SLOPES, repeat=count), product(_START_INTERCEPTS, repeat=count))
    fits = [
        minimize(
            lambda values: missed(values) + _RIDGE * float(np.square(values).sum()),
            np.array([*slopes, *intercepts]),
            method="L-BFGS-B",
            bounds=bounds,
        )
        for slopes, intercepts in starts
    ]
    best = min(fits, key=lambda fit: float(fit.fun)).x
    return len(labels) * missed(best) + 2.0 * count, lines(best)
