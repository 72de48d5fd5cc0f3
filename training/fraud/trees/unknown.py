"""Let what is not known count as one value that a case could have.

A tree sends NaN by its own choice at every node, so that unknown can end in a leaf that no value of the
feature reaches, better than the best of them; a direction does not keep it from that, for a node may part all
that is known from what is not. So NaN is made to go where one usual value goes, in learning and in the trees
that are released. Under a direction it is then no better than the best value and no worse than the worst.
"""

from collections.abc import Sequence

import lightgbm
import numpy as np

from serving.fraud.trees import LEFT_WHEN_MISSING, MISSING_IS_NAN
from training.fraud.rows import Matrix
from training.fraud.settings import BoostSettings
from training.fraud.trees.rewrite import rewrite_splits


def learnable(matrix: Matrix, names: Sequence[str], settings: BoostSettings) -> Matrix:
    """Return (n, features) with unknown filled in as the settings say, and unused features all alike."""
    places = {name: place for place, name in enumerate(names)}
    if not settings.unknown_as and not settings.unused:
        return matrix
    found = matrix.copy()
    for name, value in settings.unknown_as.items():
        column = found[:, places[name]]
        column[np.isnan(column)] = value
    for name in settings.unused:
        found[:, places[name]] = 0.0
    return found


def teach_unknown(
    booster: lightgbm.Booster, names: Sequence[str], settings: BoostSettings
) -> lightgbm.Booster:
    """Return the booster whose splits send NaN where the value goes that unknown counts as."""
    if not settings.unknown_as:
        return booster
    values = {
        place: settings.unknown_as[name] for place, name in enumerate(names) if name in settings.unknown_as
    }

    def change(feature: int, threshold: str, kind: str) -> tuple[str, str]:
        if feature not in values:
            return threshold, kind
        goes_left = float(np.float32(values[feature])) <= float(threshold)
        return threshold, str(MISSING_IS_NAN | (LEFT_WHEN_MISSING if goes_left else 0))

    return rewrite_splits(booster, change)
