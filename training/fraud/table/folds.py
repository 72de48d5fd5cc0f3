"""Choose rounds and calibrate on held-out rows, block by block, then fit on all rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import lightgbm
import numpy as np
from scipy.ndimage import uniform_filter1d

from training.fraud.rows import Labels, Matrix, Values
from training.fraud.settings import BoostSettings
from training.fraud.table.csv_table import SourceTable
from training.fraud.trees.boost import parameters_of
from training.fraud.trees.exact import average_trees
from training.metrics.ranked import Bools

SMOOTHED_ROUNDS = 9  # one round alone may rank well by luck


@dataclass(frozen=True)
class Folded:
    """Raw scores of rows by trees that were not fitted on them, and for how many rounds these were fitted."""

    raw: Values
    target: Labels
    rounds: int


@dataclass(frozen=True)
class Recipe:
    """The settings, the best number of rounds on held-out rows, and how well those rank."""

    settings: BoostSettings
    rounds: int
    auc: float

    def to_json(self) -> dict[str, Any]:
        """Return the recipe for a manifest."""
        return {**self.settings.parameters, "rounds": self.rounds, "auc": round(self.auc, 5)}


@dataclass(frozen=True)
class _Fold:
    """Rows to fit and rows held out, encoded by what the first alone tell."""

    names: tuple[str, ...]
    matrix: Matrix
    target: Labels
    later_matrix: Matrix
    later_target: Labels


class Folds:
    """The splits of a source, encoded once for all settings that are tried on them."""

    def __init__(self, source: SourceTable, *, blocks: int, held_out: int) -> None:
        self._folds = [
            _encode(source, earlier, later) for earlier, later in _splits(source, blocks, held_out)
        ]

    def try_out(self, settings: BoostSettings) -> Recipe:
        """Fit once for each split, and find the rounds with the best AUC over all splits.

        Not with the least loss: the share of fraud drifts, and then the loss favours trees that say little.
        Nor with the best average precision, which the few frauds ranked first among held-out rows decide.
        """
        found = np.mean([_auc_by_round(fold, settings) for fold in self._folds], axis=0)
        smooth = uniform_filter1d(found, size=SMOOTHED_ROUNDS, mode="nearest")
        rounds = int(np.argmax(smooth)) + 1
        return Recipe(settings, rounds, float(smooth[rounds - 1]))

    def bagged(self, recipes: Sequence[Recipe]) -> Folded:
        """Score the rows held out of each split by the average of several fits."""
        raw = []
        for fold in self._folds:
            booster = fit_bag(fold.matrix, fold.target, fold.names, recipes)
            raw.append(np.asarray(booster.predict(fold.later_matrix, raw_score=True)))
        target = np.concatenate([fold.later_target for fold in self._folds])
        return Folded(np.concatenate(raw), target, max(recipe.rounds for recipe in recipes))


def fit_bag(
    matrix: Matrix, target: Labels, names: tuple[str, ...], recipes: Sequence[Recipe]
) -> lightgbm.Booster:
    """Fit by several recipes, each with a seed of its own, and put all trees into one ensemble."""
    boosters = []
    for number, recipe in enumerate(recipes):
        seeded = replace(recipe.settings, seed=recipe.settings.seed + number)
        parameters = parameters_of(names, seeded)
        data = lightgbm.Dataset(matrix, label=target.astype(np.float64), feature_name=_plain(names))
        boosters.append(lightgbm.train(parameters, data, num_boost_round=recipe.rounds))
    return average_trees(boosters)


def _splits(source: SourceTable, blocks: int, held_out: int) -> Iterator[tuple[Bools, Bools]]:
    """Yield the rows to fit and to hold out for each of the last blocks: the earlier, or the others if drawn.

    Only the last, so that what is chosen on them is chosen for nearly as many rows as there are: on half of
    them, larger leaves do best.
    """
    for block in range(blocks - held_out, blocks):
        fits = source.block != block if source.is_drawn else source.block < block
        yield fits, source.block == block


def _encode(source: SourceTable, earlier: Bools, later: Bools) -> _Fold:
    encodings = source.encodings(earlier)
    matrix = source.learned_matrix(encodings, earlier)
    return _Fold(
        names=tuple(name for one in encodings for name in one.features),
        matrix=matrix[earlier],
        target=source.target[earlier],
        later_matrix=matrix[later],
        later_target=source.target[later],
    )


def _auc_by_round(fold: _Fold, settings: BoostSettings) -> Values:
    data = lightgbm.Dataset(
        fold.matrix, label=fold.target.astype(np.float64), feature_name=_plain(fold.names)
    )
    held = lightgbm.Dataset(fold.later_matrix, label=fold.later_target.astype(np.float64), reference=data)
    found: dict[str, dict[str, list[float]]] = {}
    lightgbm.train(
        {**parameters_of(fold.names, settings), "metric": "auc"},
        data,
        num_boost_round=settings.rounds,
        valid_sets=[held],
        valid_names=["held"],
        callbacks=[lightgbm.record_evaluation(found)],
    )
    return np.array(found["held"]["auc"])


def _plain(names: tuple[str, ...]) -> list[str]:
    """Number the features: LightGBM takes no names with blanks or brackets."""
    return [f"f{number}" for number in range(len(names))]
