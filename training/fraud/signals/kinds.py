"""Fit which kind of abuse a confirmed fraud is."""

from dataclasses import dataclass

import lightgbm
import numpy as np

from data.world.figures import TYPOLOGIES
from training.fraud.rows import Labelled, Matrix, Part, Values
from training.fraud.settings import BoostSettings
from training.fraud.trees.boost import reproducible
from training.fraud.trees.exact import make_exact


@dataclass(frozen=True)
class KindTrees:
    """Trees that take turns, one for each typology a round, and how many rounds later rows asked for."""

    trees: lightgbm.Booster
    rounds: int
    rows: int

    def shares(self, matrix: Matrix) -> Values:
        """Return (n, typologies), adding up to 1; the graph has to answer the same."""
        return np.asarray(self.trees.predict(matrix, num_threads=1), dtype=np.float64)


def fit_kinds(labelled: Labelled, settings: BoostSettings) -> KindTrees:
    """Fit on the confirmed frauds alone, by the kind that each one's reviewer gave.

    Fits until later rows stop getting better, then once more on both. Honest returns that were confirmed by
    mistake have no kind and are left out.
    """
    confirmed = labelled.where((labelled.target == 1) & (labelled.typology >= 0))
    parameters = {"objective": "multiclass", "num_class": len(TYPOLOGIES), **reproducible(settings)}
    first, later = (_dataset(confirmed.only(part), parameters) for part in (Part.FIT, Part.STOP))
    trial = lightgbm.train(
        parameters,
        first,
        num_boost_round=settings.rounds,
        valid_sets=[later],
        callbacks=[lightgbm.early_stopping(settings.patience, verbose=False)],
    )
    rounds = max(trial.best_iteration, 1)
    both = confirmed.only(Part.FIT, Part.STOP)
    booster = lightgbm.train(parameters, _dataset(both, parameters), num_boost_round=rounds)
    return KindTrees(make_exact(booster), rounds, len(both))


def _dataset(labelled: Labelled, parameters: dict[str, object]) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        labelled.matrix, label=labelled.typology, weight=labelled.weight, params=parameters
    )
