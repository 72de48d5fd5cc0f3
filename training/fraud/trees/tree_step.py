"""Write trees as one step of an ONNX graph."""

from collections.abc import Callable, Sequence

import onnx
from onnx import helper

from serving.fraud.trees import Node


def tree_step(
    found: Sequence[Node],
    source: str,
    output: str,
    *,
    targets: int = 1,
    target_of: Callable[[int], int] = lambda _: 0,
) -> onnx.NodeProto:
    """Add the leaves that each row of `source` reaches up into `output` (N, targets).

    target_of: the column of `output` that the tree of a number adds to.
    """
    leaves = [node for node in found if node.is_leaf]
    return helper.make_node(
        "TreeEnsembleRegressor",
        [source],
        [output],
        domain="ai.onnx.ml",
        n_targets=targets,
        aggregate_function="SUM",
        post_transform="NONE",
        nodes_treeids=[node.tree for node in found],
        nodes_nodeids=[node.number for node in found],
        nodes_featureids=[max(node.feature, 0) for node in found],
        nodes_values=[node.threshold for node in found],
        nodes_modes=["LEAF" if node.is_leaf else "BRANCH_LEQ" for node in found],
        nodes_truenodeids=[max(node.left, 0) for node in found],
        nodes_falsenodeids=[max(node.right, 0) for node in found],
        nodes_missing_value_tracks_true=[int(node.missing_goes_left) for node in found],
        target_treeids=[node.tree for node in leaves],
        target_nodeids=[node.number for node in leaves],
        target_ids=[target_of(node.tree) for node in leaves],
        target_weights=[node.value for node in leaves],
    )
