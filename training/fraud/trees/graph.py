"""Write boosted trees and their calibration as one ONNX graph: features in, raw score and probability out."""

import lightgbm
import numpy as np
import onnx
from onnx import TensorProto, helper

from training.fraud.calibration import ScoreCalibration
from training.fraud.trees.exact import nodes
from training.fraud.trees.steer_missing import steer_missing
from training.fraud.trees.tree_step import tree_step

OPSET, ML_OPSET = 17, 3
INPUT, RAW, PROBABILITY = "features", "raw", "probability"


def build_graph(
    booster: lightgbm.Booster, calibration: ScoreCalibration, *, features: int, stage_feature: int | None
) -> onnx.ModelProto:
    """Return a checked model: `features` (N, F) float32 -> `raw` (N, 1), `probability` (N, 1).

    stage_feature: the column that holds the calibration stage of a row, or None for a single stage.
    """
    steps = [tree_step(list(nodes(booster)), INPUT, RAW), *_calibration(stage_feature)]
    return checked(
        helper.make_graph(
            steps,
            "fraud",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["rows", features])],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", 1])
                for name in (RAW, PROBABILITY)
            ],
            _constants(calibration, stage_feature),
        )
    )


def checked(graph: onnx.GraphProto) -> onnx.ModelProto:
    """Return a model of a graph, of the versions that every release uses, once ONNX has checked it."""
    model = helper.make_model(
        steer_missing(graph),
        producer_name="regrade",
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)],
    )
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


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


def _constants(calibration: ScoreCalibration, stage_feature: int | None) -> list[onnx.TensorProto]:
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
