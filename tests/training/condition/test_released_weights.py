"""A run can start from any release: its graph gives the weights back, and they answer as the graph does."""

import numpy as np
import onnxruntime
import pytest
import torch

from serving.release import champion_version, models_root
from training.condition.export import PARITY_TOLERANCE, export_onnx
from training.condition.network import KINDS, BadWeights, ConditionNet, load_weights
from training.condition.settings import DEFAULT_SETTINGS, read_settings

SIDE = 128
RELEASES = models_root() / "condition"
RELEASED = RELEASES / champion_version("condition", models_root()) / "model.onnx"
RECIPES = {"8": "settings-finish.yaml", "9": "settings-scenes.yaml", "10": "settings-heads.yaml"}


def built_as(version):
    settings = read_settings(DEFAULT_SETTINGS.parent / RECIPES[version])
    return ConditionNet(pooled_cells=settings.pooled_cells, off_device=settings.off_device)


@pytest.fixture(scope="module")
def network():
    network = built_as(RELEASED.parent.name)
    assert load_weights(network, RELEASED)
    return network.eval()


def frames(count=2, side=SIDE):
    return np.random.default_rng(3).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def answers_of(network, photos):
    with torch.no_grad():
        return [answer.numpy() for answer in network(torch.from_numpy(photos))]


@pytest.mark.parametrize("version", RECIPES)
def test_the_weights_of_a_release_answer_as_its_graph_does(version):
    graph = RELEASES / version / "model.onnx"
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    network, photos = built_as(version), frames()
    assert load_weights(network, graph)
    network.eval()

    for found, expected in zip(
        answers_of(network, photos), session.run(None, {"photo": photos}), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=PARITY_TOLERANCE)


def test_a_step_of_learning_leaves_the_folded_norms_as_they_are(network):
    learning = built_as(RELEASED.parent.name)
    load_weights(learning, RELEASED)
    before = {name: value.clone() for name, value in learning.state_dict().items() if "running" in name}

    learning.train()
    # What it answers while it learns is what it answers when it serves.
    for found, expected in zip(answers_of(learning, frames()), answers_of(network, frames()), strict=True):
        np.testing.assert_allclose(found, expected, atol=PARITY_TOLERANCE)
    assert all(torch.equal(value, learning.state_dict()[name]) for name, value in before.items())


@pytest.mark.parametrize("damage", ["empty", "another graph"])
def test_a_graph_of_something_else_is_refused(damage, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"" if damage == "empty" else b"no graph at all")

    with pytest.raises(BadWeights, match=r"model\.onnx: no graph of a condition release of this network"):
        load_weights(ConditionNet(pooled_cells=3), path)


def pooled(off_device, at_column):
    """Return the pooled logit of a defect in one column of a map whose left half is the device."""
    network = ConditionNet(pooled_cells=3, off_device=off_device)
    fine_map = torch.full((1, len(KINDS) + 1, 16, 16), -10.0)
    fine_map[:, -1, :, :8] = 20.0
    fine_map[:, -1, :, 8:] = -20.0
    fine_map[:, 0, :, at_column] = 5.0
    return float(network._pooled(torch.zeros(1, len(KINDS), 4, 4), fine_map)[0, 0])


@pytest.mark.parametrize(
    ("at_column", "expected"),
    [(3, 5.0), (8, 5.0), (9, 5.0), (10, 1.0), (15, 1.0)],
    ids=["on it", "beside its rim", "two cells off", "off", "far off"],
)
def test_what_lies_beside_the_device_counts_less_and_what_lies_on_it_as_before(at_column, expected):
    assert pooled(0.0, at_column) == 5.0
    assert pooled(4.0, at_column) == pytest.approx(expected, abs=1e-4)


def test_a_network_that_pools_on_the_device_is_served_as_it_was_fitted(network, tmp_path):
    gated = ConditionNet(pooled_cells=network.pooled_cells, off_device=4.0)
    load_weights(gated, RELEASED)
    export_onnx(gated, tmp_path / "model.onnx", side_px=SIDE)
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])

    for side in (96, 160):
        photos = frames(1, side)
        found = session.run(None, {"photo": photos})
        for one, other in zip(answers_of(gated.eval(), photos), found, strict=True):
            np.testing.assert_allclose(one, other, atol=PARITY_TOLERANCE)
