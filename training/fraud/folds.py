"""Choose rounds and calibrate on rows the trees have not seen, block by block, then fit on all of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from training.fraud.boost import parameters_of
from training.fraud.csv_table import Source
from training.fraud.settings import BoostSettings
from training.fraud.table import Labels, Matrix, Values

Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Folded:
    """Raw scores of rows by trees that had not seen them, and how many rounds were best for them."""

    raw: Values
    target: Labels
    rounds: int
    loss: float


def fold(source: Source, settings: BoostSettings, *, blocks: int) -> Folded:
    """Fit once for each held-out block with encodings of the other rows; average the losses over rounds."""
    trained = [_fit(source, settings, earlier, later) for earlier, later in _splits(source, blocks)]
    losses = np.mean([losses for _, losses, _ in trained], axis=0)
    rounds = int(np.argmin(losses)) + 1
    raw = [
        np.asarray(booster.predict(matrix, raw_score=True, num_iteration=rounds))
        for booster, _, matrix in trained
    ]
    target = [source.target[later] for _, later in _splits(source, blocks)]
    return Folded(np.concatenate(raw), np.concatenate(target), rounds, float(losses.min()))


def fit_all(
    source: Source, matrix: Matrix, names: tuple[str, ...], settings: BoostSettings, rounds: int
) -> lightgbm.Booster:
    """Fit on every row for a given number of rounds."""
    data = lightgbm.Dataset(matrix, label=source.target.astype(np.float64), feature_name=_plain(names))
    return lightgbm.train(parameters_of(names, settings), data, num_boost_round=rounds)


def _splits(source: Source, blocks: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield the rows to fit and the rows to hold out: later blocks by earlier ones where there is a time."""
    if source.spec.time is None:
        for block in range(blocks):
            yield source.block != block, source.block == block
        return
    for block in range(blocks // 2, blocks):
        yield source.block < block, source.block == block


def _fit(
    source: Source, settings: BoostSettings, earlier: Rows, later: Rows
) -> tuple[lightgbm.Booster, Values, Matrix]:
    encodings = source.encodings(earlier)
    matrix = source.matrix(encodings)
    names = tuple(one.name for one in encodings)
    data = lightgbm.Dataset(
        matrix[earlier], label=source.target[earlier].astype(np.float64), feature_name=_plain(names)
    )
    held = lightgbm.Dataset(matrix[later], label=source.target[later].astype(np.float64), reference=data)
    losses: dict[str, dict[str, list[float]]] = {}
    booster = lightgbm.train(
        parameters_of(names, settings),
        data,
        num_boost_round=settings.rounds,
        valid_sets=[held],
        valid_names=["held"],
        callbacks=[lightgbm.record_evaluation(losses)],
    )
    return booster, np.array(losses["held"]["binary_logloss"]), matrix[later]


def _plain(names: tuple[str, ...]) -> list[str]:
    """Number the features: LightGBM takes no names with blanks or brackets."""
    return [f"f{number}" for number in range(len(names))]
