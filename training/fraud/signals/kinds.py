"""Fit which kind of abuse a confirmed fraud is, by what it looked like."""

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from data.world.figures import TYPOLOGIES
from training.fraud.rows import Matrix, Part, Table, Values
from training.fraud.settings import BoostSettings
from training.fraud.trees.exact import make_exact


@dataclass(frozen=True)
class Kinds:
    """Trees that take turns, one for each typology a round, and how many rounds later rows asked for."""

    trees: lightgbm.Booster
    rounds: int
    rows: int

    def shares(self, matrix: Matrix) -> Values:
        """Return (n, typologies), adding up to 1; the graph has to answer the same."""
        return np.asarray(self.trees.predict(matrix, num_threads=1), dtype=np.float64)


def fit_kinds(table: Table, settings: BoostSettings) -> Kinds:
    """Learn from the confirmed frauds alone; what kind each was, its reviewer says.

    Fits until later rows stop getting better, then once more on both. Honest returns that were confirmed by
    mistake have no kind and are left out.
    """
    confirmed = table.where((table.target == 1) & (table.typology >= 0))
    parameters = _parameters(settings)
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
    return Kinds(make_exact(booster), rounds, len(both))


def _parameters(settings: BoostSettings) -> dict[str, Any]:
    return {
        "objective": "multiclass",
        "num_class": len(TYPOLOGIES),
        "verbosity": -1,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": settings.threads,
        "seed": settings.seed,
        **settings.parameters,
    }


def _dataset(table: Table, parameters: dict[str, Any]) -> lightgbm.Dataset:
    return lightgbm.Dataset(table.matrix, label=table.typology, weight=table.weight, params=parameters)
