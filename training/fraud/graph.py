"""Write boosted trees and their calibration as one ONNX graph: features in, raw score and probability out."""

import lightgbm
import numpy as np
import onnx
from onnx import TensorProto, helper

from serving.trees import Node
from training.fraud.calibration import Calibration
from training.fraud.missing import steer_missing
from training.fraud.trees import nodes

OPSET, ML_OPSET = 17, 3
INPUT, RAW, PROBABILITY = "features", "raw", "probability"


def build_graph(
    booster: lightgbm.Booster, calibration: Calibration, *, features: int, stage_feature: int | None
) -> onnx.ModelProto:
    """Return a checked model: `features` (N, F) float32 -> `raw` (N, 1), `probability` (N, 1).

    stage_feature: the column that holds the calibration stage of a row, or None for a single stage.
    """
    steps = [_ensemble(list(nodes(booster))), *_calibration(stage_feature)]
    graph = helper.make_graph(
        steps,
        "fraud",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["rows", features])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", 1]) for name in (RAW, PROBABILITY)],
        _constants(calibration, stage_feature),
    )
    model = helper.make_model(
        steer_missing(graph),
        producer_name="regrade",
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)],
    )
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def _ensemble(found: list[Node]) -> onnx.NodeProto:
    leaves = [node for node in found if node.feature < 0]
    return helper.make_node(
        "TreeEnsembleRegressor",
        [INPUT],
        [RAW],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        post_transform="NONE",
        nodes_treeids=[node.tree for node in found],
        nodes_nodeids=[node.number for node in found],
        nodes_featureids=[max(node.feature, 0) for node in found],
        nodes_values=[node.threshold for node in found],
        nodes_modes=["LEAF" if node.feature < 0 else "BRANCH_LEQ" for node in found],
        nodes_truenodeids=[max(node.left, 0) for node in found],
        nodes_falsenodeids=[max(node.right, 0) for node in found],
        nodes_missing_value_tracks_true=[int(node.missing_goes_left) for node in found],
        target_treeids=[node.tree for node in leaves],
        target_nodeids=[node.number for node in leaves],
        target_ids=[0] * len(leaves),
        target_weights=[node.value for node in leaves],
    )


def _calibration(stage_feature: int | None) -> list[onnx.NodeProto]:
    """Multiply and shift by the pair of the row's stage, then squash."""
    steps = []
    if stage_feature is not None:
        steps = [
            helper.make_node("Gather", [INPUT, "stage_column"], ["stage_as_float"], axis=1),
            helper.make_node("Cast", ["stage_as_float"], ["stage"], to=TensorProto.INT64),
            helper.make_node("Gather", ["slopes", "stage"], ["slope"]),
            helper.make_node("Gather", ["offsets", "stage"], ["offset"]),
        ]
    slope, offset = ("slope", "offset") if stage_feature is not None else ("slopes", "offsets")
    return [
        *steps,
        helper.make_node("Mul", [RAW, slope], ["stretched"]),
        helper.make_node("Add", ["stretched", offset], ["log_odds"]),
        helper.make_node("Sigmoid", ["log_odds"], [PROBABILITY]),
    ]


def _constants(calibration: Calibration, stage_feature: int | None) -> list[onnx.TensorProto]:
    pairs = {"slopes": calibration.slopes, "offsets": calibration.offsets}
    constants = [
        helper.make_tensor(
            name, TensorProto.FLOAT, [len(values)], np.array(values, dtype=np.float32).tolist()
        )
        for name, values in pairs.items()
    ]
    if stage_feature is not None:
        constants.append(helper.make_tensor("stage_column", TensorProto.INT64, [1], [stage_feature]))
    return constants
