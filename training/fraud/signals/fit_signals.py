"""Fit, export and check the signals beside a probability: the likely kind, and how unusual a return is."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from data.fraud import Moment
from data.world.figures import TYPOLOGIES
from features.case.contract import CaseContract
from serving.fraud.signals import OUTPUTS
from serving.fraud.trees import Node
from training.fraud.rows import Labelled, Matrix, Values
from training.fraud.settings import SignalSettings
from training.fraud.signals.kinds import KindTrees, fit_kinds
from training.fraud.signals.surprise import Surprise, fit_surprise
from training.fraud.trees.exact import nodes
from training.fraud.trees.graph import INPUT, checked
from training.fraud.trees.parity import TOLERANCE, NotTheSame
from training.fraud.trees.tree_step import tree_step


@dataclass(frozen=True)
class FittedSignals:
    """Both signals, their graph, and its largest difference from them over `rows` rows."""

    kinds: KindTrees
    surprise: Surprise
    levels: tuple[Values, ...]
    graph: onnx.ModelProto
    rows: int
    difference: float


def fit_signals(labelled: Labelled, contract: CaseContract, settings: SignalSettings) -> FittedSignals:
    """Fit both on the rows known by now, write them as one graph and prove it.

    Raises NotTheSame if the graph does not answer what was fitted.
    """
    kinds = fit_kinds(labelled, settings.kinds)
    reasons = [feature.reason for feature in contract.features]
    surprise = fit_surprise(labelled.names, reasons, labelled.matrix, labelled.weight, settings.surprise)
    levels = _levels(surprise.measure(labelled.matrix), labelled, settings.surprise.levels)
    graph = build_signals(kinds, surprise, levels, settings.surprise.levels, features=len(labelled.names))
    rows = np.concatenate([labelled.matrix, surprise_edges(surprise, labelled.matrix[:2000])])
    difference = _prove(graph, kinds, surprise, rows)
    return FittedSignals(kinds, surprise, levels, graph, len(rows), difference)


def _levels(nats: Values, labelled: Labelled, shares: tuple[float, ...]) -> tuple[Values, ...]:
    """Return for each moment the surprise that so large a share of the returns stays below."""
    return tuple(
        _quantiles(nats[labelled.stage == stage], labelled.weight[labelled.stage == stage], shares)
        for stage in range(len(Moment))
    )


def _quantiles(values: Values, weight: Values, shares: tuple[float, ...]) -> Values:
    if not len(values):
        return np.zeros(len(shares))
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order]) / weight.sum()
    places = np.minimum(np.searchsorted(below, shares), len(values) - 1)
    return np.asarray(values[order][places])


def build_signals(
    kinds: KindTrees,
    surprise: Surprise,
    levels: tuple[Values, ...],
    shares: tuple[float, ...],
    *,
    features: int,
) -> onnx.ModelProto:
    """Return a checked model: `features` (N, F) float32 -> the OUTPUTS of serving.fraud.signals."""
    widest = max(len(group) for group in surprise.groups)
    steps = [
        *_kind_steps(kinds),
        *_surprise_steps(surprise, widest),
        helper.make_node("Gather", [INPUT, "first"], ["moment"], axis=1),
        helper.make_node("Concat", ["surprise", "moment"], ["nats_and_moment"], axis=1),
        tree_step(_level_nodes(levels, shares), "nats_and_moment", "unusual"),
    ]
    widths = {name: len(TYPOLOGIES) if name == "typologies" else 1 for name in OUTPUTS}
    constants: dict[str, NDArray[Any]] = {
        "grouped": np.array([-1, len(surprise.groups), widest], dtype=np.int64),
        "beyond": np.array([surprise.beyond_nats], dtype=np.float32),
        "across": np.array([1], dtype=np.int64),
        "first": np.array([0], dtype=np.int64),
    }
    return checked(
        helper.make_graph(
            steps,
            "fraud signals",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["rows", features])],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", width])
                for name, width in widths.items()
            ],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        )
    )


def _kind_steps(kinds: KindTrees) -> list[onnx.NodeProto]:
    count = len(TYPOLOGIES)
    found = list(nodes(kinds.trees))
    return [
        tree_step(found, INPUT, "kind_raw", targets=count, target_of=lambda tree: tree % count),
        helper.make_node("Softmax", ["kind_raw"], ["typologies"], axis=1),
    ]


def _surprise_steps(surprise: Surprise, widest: int) -> list[onnx.NodeProto]:
    """Measure each tail in a column of its own, laid out by reason, and add the worst of each reason up."""
    columns: list[int] = [0] * len(surprise.tails)
    for place, group in enumerate(surprise.groups):
        for number, tail in enumerate(group):
            columns[tail] = place * widest + number
    found = [node for number, tail in enumerate(surprise.tails) for node in tail.nodes(number)]
    targets = len(surprise.groups) * widest
    return [
        tree_step(found, INPUT, "each", targets=targets, target_of=lambda tree: columns[tree]),
        helper.make_node("Reshape", ["each", "grouped"], ["by_reason"]),
        helper.make_node("ReduceMax", ["by_reason"], ["worst"], axes=[2], keepdims=0),
        helper.make_node("Sub", ["worst", "beyond"], ["over"]),
        helper.make_node("Relu", ["over"], ["counted"]),
        helper.make_node("ReduceSum", ["counted", "across"], ["surprise"], keepdims=1),
    ]


def _level_nodes(levels: tuple[Values, ...], shares: tuple[float, ...]) -> list[Node]:
    """Write as one tree: by moment, the share of the last level that the surprise is above."""
    found: list[Node] = []
    leaves: list[float] = []
    count = len(shares)
    moments = len(levels) - 1
    inner = moments + len(levels) * count
    starts = [moments + moment * count for moment in range(len(levels))]
    for moment in range(moments):
        onward = moment + 1 if moment + 1 < moments else starts[-1]
        found.append(Node(0, moment, 1, moment + 0.5, False, starts[moment], onward, 0.0, 1))
    for start, level in zip(starts, levels, strict=True):
        for step, nats in enumerate(np.floor(level * 2**12) / 2**12):
            leaves.append(shares[step - 1] if step else 0.0)
            stays = inner + len(leaves) - 1
            onward = start + step + 1 if step + 1 < count else stays + 1
            found.append(Node(0, start + step, 0, float(nats), True, stays, onward, 0.0, 1))
        leaves.append(shares[-1])
    return found + [
        Node(0, inner + place, -1, 0.0, False, -1, -1, value, 1) for place, value in enumerate(leaves)
    ]


def surprise_edges(surprise: Surprise, rows: Matrix) -> Matrix:
    """Return rows at, just under and just over every step, and rows with NaN and infinities."""
    made: list[Matrix] = []
    for tail in surprise.tails:
        ends = [np.nextafter(tail.edges, np.float32(end)) for end in (-np.inf, np.inf)]
        odd = np.array([np.nan, np.inf, -np.inf], dtype=np.float32)
        for value in np.concatenate([tail.edges, *ends, odd]):
            row = rows[len(made) % len(rows)].copy()
            row[tail.feature] = tail.side * value
            made.append(row)
    return np.stack(made)


def _prove(graph: onnx.ModelProto, kinds: KindTrees, surprise: Surprise, rows: Matrix) -> float:
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    found, _, nats = session.run(OUTPUTS, {INPUT: rows})
    difference = max(_largest(found, kinds.shares(rows)), _largest(nats[:, 0], surprise.measure(rows)))
    if not difference <= TOLERANCE:
        raise NotTheSame(f"the signals differ by up to {difference:.3g}, allowed {TOLERANCE:g}")
    return difference


def _largest(found: NDArray[np.float32], expected: Values) -> float:
    return float(np.max(np.abs(found.astype(np.float64) - expected), initial=0.0))
