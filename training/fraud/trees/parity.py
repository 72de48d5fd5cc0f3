"""Check that the exported graph answers what the trees answer, above all where they could differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import lightgbm
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from training.fraud.calibration import ScoreCalibration
from training.fraud.rows import Labels, Matrix
from training.fraud.trees.exact import nodes
from training.fraud.trees.graph import INPUT, PROBABILITY, RAW

TOLERANCE = 1e-6
_One = TypeVar("_One")
BATCHES = (1, 7, 1000)


class NotTheSame(RuntimeError):
    """A graph that does not answer what the trees answer."""


@dataclass(frozen=True)
class Parity:
    """The largest differences over `rows` rows, and whether every batch size gave the same bits."""

    rows: int
    edge_rows: int
    raw_difference: float
    probability_difference: float


def prove_parity(
    booster: lightgbm.Booster,
    model: onnx.ModelProto,
    calibration: ScoreCalibration,
    rows: Matrix,
    stage_feature: int | None,
    *,
    most_edges: int | None = None,
) -> Parity:
    """Compare trees and graph on given rows and on rows made to hit every threshold.

    most_edges: how many of the latter at most, evenly taken; all by default.

    Raises NotTheSame past TOLERANCE, and if a row's bits depend on the batch it comes in.
    """
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    edges = edge_rows(booster, rows[: min(len(rows), 2000)], stage_feature, most=most_edges)
    raw_difference = probability_difference = 0.0
    for part in (rows, edges):
        raw, probability = _run(session, part)
        expected = np.asarray(booster.predict(part.astype(np.float64), raw_score=True, num_threads=1))
        stage = _stages(part, stage_feature)
        raw_difference = max(raw_difference, _largest(raw, expected))
        probability_difference = max(
            probability_difference, _largest(probability, calibration.probability(expected, stage))
        )
    _require_same_bits(session, edges)
    if not probability_difference <= TOLERANCE:
        raise NotTheSame(f"probabilities differ by up to {probability_difference:.3g}, allowed {TOLERANCE:g}")
    return Parity(len(rows), len(edges), raw_difference, probability_difference)


def edge_rows(
    booster: lightgbm.Booster, rows: Matrix, stage_feature: int | None, *, most: int | None = None
) -> Matrix:
    """Return rows at, just under and just over every threshold, and rows with NaN and infinities.

    most: about how many rows of each sort at most, evenly taken.
    """
    # Just over the largest float32 lies infinity, which is what is meant.
    with np.errstate(over="ignore"):
        made = _around_thresholds(booster, rows, stage_feature, most)
    odd = (np.nan, np.inf, -np.inf, 0.0, -0.0, np.finfo(np.float32).max, np.finfo(np.float32).tiny)
    for value in odd:
        for feature in _evenly(range(rows.shape[1]), most and most // len(odd)):
            row = rows[feature % len(rows)].copy()
            if feature != stage_feature:
                row[feature] = value
            made.append(row)
    return np.stack(made + _whole_rows(rows, stage_feature)).astype(np.float32)


def _around_thresholds(
    booster: lightgbm.Booster, rows: Matrix, stage_feature: int | None, most: int | None
) -> list[Matrix]:
    splits = {(node.feature, np.float32(node.threshold)) for node in nodes(booster) if node.feature >= 0}
    made = []
    for number, (feature, threshold) in enumerate(_evenly(sorted(splits), most and most // 3)):
        under = np.nextafter(threshold, np.float32(-np.inf))
        over = np.nextafter(threshold, np.float32(np.inf))
        for value in (under, threshold, over) if feature != stage_feature else ():
            row = rows[number % len(rows)].copy()
            row[feature] = value
            made.append(row)
    return made


def _evenly(found: Sequence[_One], most: int | None) -> Sequence[_One]:
    """Take at most so many, one every so often; all without a limit."""
    return found if most is None else found[:: -(-len(found) // max(most, 1)) or 1]


def _whole_rows(rows: Matrix, stage_feature: int | None) -> list[Matrix]:
    """Make rows that are NaN or infinite everywhere but in the stage."""
    made = []
    for value in (np.nan, np.inf, -np.inf):
        row = np.full(rows.shape[1], value, dtype=np.float32)
        if stage_feature is not None:
            row[stage_feature] = rows[0, stage_feature]
        made.append(row)
    return made


def _run(session: onnxruntime.InferenceSession, rows: Matrix) -> tuple[Matrix, Matrix]:
    raw, probability = session.run([RAW, PROBABILITY], {INPUT: rows})
    return raw[:, 0], probability[:, 0]


def _require_same_bits(session: onnxruntime.InferenceSession, rows: Matrix) -> None:
    whole = _run(session, rows)[1]
    for size in BATCHES:
        some = rows[: 200 if size == 1 else len(rows)]
        parts = [_run(session, some[start : start + size])[1] for start in range(0, len(some), size)]
        if np.concatenate(parts).tobytes() != whole[: len(some)].tobytes():
            raise NotTheSame(f"batches of {size} give other bits than one batch of {len(rows)}")


def _stages(rows: Matrix, stage_feature: int | None) -> Labels:
    if stage_feature is None:
        return np.zeros(len(rows), dtype=np.int8)
    return rows[:, stage_feature].astype(np.int8)


def _largest(found: Matrix, expected: NDArray[np.float64]) -> float:
    return float(np.max(np.abs(found.astype(np.float64) - expected), initial=0.0))
