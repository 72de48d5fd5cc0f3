"""Return which kinds of abuse returns look like, as numbers in the order of TYPOLOGIES."""

import numpy as np

from data.world.figures import TYPOLOGIES
from serving.fraud.model import FraudModel
from training.fraud.rows import Matrix, Values


def kind_shares(model: FraudModel, matrix: Matrix) -> Values:
    """Return (rows, kinds) shares that add up to 1, by the served signals."""
    found = np.zeros((len(matrix), len(TYPOLOGIES)))
    place = {kind: column for column, kind in enumerate(TYPOLOGIES)}
    for row, signal in enumerate(model.signals(matrix)):
        for share in signal.typologies:
            found[row, place[share.typology]] = share.probability
    return found
