"""The parts of condition training: what is not known stays silent, and a sample is the same whoever asks."""

import numpy as np
import pytest
import torch

from data.defect import DefectKind
from data.device import DeviceClass, View
from data.drawing.photo import draw_photo
from training.condition.augment import place_background, to_map, warp_frame
from training.condition.loss import masked_loss
from training.condition.network import CLASSES, KINDS, VIEWS, BadWeights, ConditionNet, load_weights
from training.condition.sample import Epochs, to_sample
from training.condition.settings import BadSettings, read_settings
from training.condition.target import UNKNOWN, Truth, drawn_truth, white_background_mask

SIDE = 128


@pytest.fixture(scope="module")
def settings():
    small = {"side_px": SIDE, "epochs": 1, "batch": 2, "drawn_per_epoch": 4}
    return read_settings().model_copy(update=small)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return ConditionNet(pooled_cells=3).eval()


@pytest.fixture(scope="module")
def cracked():
    rng = np.random.default_rng(4)
    kinds = (DefectKind.CRACK,)
    return draw_photo(rng, device_class=DeviceClass.PHONE, view=View.FRONT_OFF, kinds=kinds, long_side_px=400)


def nothing_known(side=SIDE):
    return Truth(np.full(len(KINDS), UNKNOWN, np.int8), {}, None, UNKNOWN, UNKNOWN)


def batch_of(*samples):
    return {name: torch.stack([sample[name] for sample in samples]) for name in samples[0]}


def test_network_answers_in_the_shapes_of_its_contract(network):
    answers = network(torch.zeros((2, SIDE, SIDE, 3), dtype=torch.uint8))
    assert answers.defects.shape == (2, len(KINDS))
    assert answers.map.shape == (2, len(KINDS) + 1, SIDE // 8, SIDE // 8)
    assert answers.device.shape == (2, len(CLASSES))
    assert answers.view.shape == (2, len(VIEWS))


def test_a_photo_of_which_nothing_is_known_teaches_nothing(network):
    sample = to_sample(np.zeros((SIDE, SIDE, 3), np.uint8), nothing_known())
    batch = batch_of(sample, sample)
    parts = masked_loss(network(batch["photo"]), batch)
    assert all(float(part) == 0.0 for part in parts.values())


def test_one_known_label_moves_only_its_own_defect(network):
    truth = nothing_known()
    truth.defects[KINDS.index(DefectKind.CRACK)] = 1
    sample = to_sample(np.zeros((SIDE, SIDE, 3), np.uint8), truth)
    batch = batch_of(sample, sample)
    head = network.defect_head
    network.zero_grad()
    masked_loss(network(batch["photo"]), batch)["pooled"].backward()
    moved = head.weight.grad.abs().sum(dim=(1, 2, 3)) > 0
    assert moved.tolist() == [kind is DefectKind.CRACK for kind in KINDS]


def test_a_warped_mask_stays_on_the_defect(cracked):
    truth = drawn_truth(cracked)
    rng = np.random.default_rng(0)
    frame, seen = warp_frame(rng, cracked.pixels, truth, 256, vary=True)
    assert frame.shape == (256, 256, 3)
    on_device = seen.device_mask[seen.masks[DefectKind.CRACK] > 128]
    assert on_device.size
    assert (on_device > 0).mean() > 0.9


def test_map_targets_mark_the_cells_of_a_thin_mask():
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:, 60] = 255
    truth = Truth(np.ones(len(KINDS), np.int8), {DefectKind.CRACK: mask}, None, UNKNOWN, UNKNOWN)
    target, weight = to_map(truth, SIDE)
    crack = KINDS.index(DefectKind.CRACK)
    assert target[crack].sum() == SIDE // 8
    assert weight[crack].all()
    assert not np.delete(weight, crack, axis=0).any()


def test_a_sample_is_the_same_whoever_asks(settings):
    first, second = (Epochs(settings, [], []) for _ in range(2))
    assert len(first) == 4
    for name, value in first[3].items():
        assert torch.equal(value, second[3][name]), name


def test_white_backgrounds_are_replaced_and_others_left_alone():
    white = np.full((100, 100, 3), 255, np.uint8)
    white[30:70, 30:70] = 40
    scene = np.full((50, 50, 3), 120, np.uint8)
    placed = place_background(np.random.default_rng(0), white, scene)
    assert placed[5, 5].tolist() == [120, 120, 120]
    assert placed[50, 50].tolist() == [40, 40, 40]
    assert white_background_mask(placed) is None


def test_weights_of_another_network_are_refused(network, tmp_path):
    path = tmp_path / "other.pth"
    torch.save({"features.0.weight": torch.zeros(3)}, path)
    with pytest.raises(BadWeights, match="mobilenet_v2"):
        load_weights(network, path)


def test_a_wrong_setting_is_named(tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_text("epochs: 0\nsurprise: 1\n", encoding="utf-8")
    with pytest.raises(BadSettings, match="surprise"):
        read_settings(path)
