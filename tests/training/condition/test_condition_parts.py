"""The parts of condition training: what is not known stays silent, and a sample is the same whoever asks."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from data.defect import DefectKind
from data.device import DeviceClass, View
from data.drawing.photos import draw_photo
from serving.release import champion_version, models_root
from training.condition.collapse import alive_share
from training.condition.fit import fit, quickest_precision
from training.condition.loss import masked_loss
from training.condition.network import CLASSES, KINDS, UNKNOWN, VIEWS, BadWeights, ConditionNet, load_weights
from training.condition.samples.augment import (
    FramePair,
    cut_picture,
    pooled_labels,
    to_map,
    warp_frame,
)
from training.condition.samples.pool import DrawnPool
from training.condition.samples.sample import Epochs, draw_lesson, drawn_pool, to_sample
from training.condition.samples.target import Truth, drawn_truth
from training.condition.settings import DEFAULT_SETTINGS, BadSettings, read_settings
from training.condition.train import mix_with_start

SIDE = 128
CLONE = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def settings():
    small = {"side_px": SIDE, "epochs": 1, "batch": 2, "drawn_per_epoch": 4, "drawn_pool": 3}
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


def living_network():
    """Return a network whose layers pass signals on as trained ones do: scaled to what noise calls forth."""
    torch.manual_seed(0)
    network = ConditionNet(pooled_cells=3)
    norms = [module for module in network.backbone.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None
        norm.train()
    network(noise())
    return network.eval()


def noise():
    return torch.randint(0, 256, (4, SIDE, SIDE, 3), generator=torch.Generator().manual_seed(1)).byte()


def test_a_silent_coarse_layer_is_told_from_a_living_one():
    network = living_network()
    assert alive_share(network, noise()) > 0.5
    torch.nn.init.constant_(network.backbone[-1][1].bias, -1000.0)
    assert alive_share(network, noise()) == 0.0


@pytest.mark.slow
def test_half_precision_learns_as_whole_precision_does(settings, tmp_path):
    losses: dict[str, list[float]] = {}
    for precision in ("float32", "bfloat16"):
        ten_steps = settings.model_copy(update={"precision": precision, "drawn_per_epoch": 20})

        def log(values, _step, name=precision):
            losses.setdefault(name, []).extend([values["loss"]] if "loss" in values else [])

        epochs = Epochs(ten_steps, [], [], drawn_pool(ten_steps, tmp_path))
        fit(living_network(), epochs, ten_steps, checkpoint=tmp_path / precision, log=log, workers=0)
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.1)
    # A CPU that only imitates bfloat16 learns in float32 instead.
    half = settings.model_copy(update={"precision": "bfloat16"})
    is_imitated = quickest_precision(half, torch.device("cpu")) is torch.float32
    assert (losses["bfloat16"] == losses["float32"]) is is_imitated


@pytest.mark.parametrize(
    ("asked", "computes", "learns"),
    [
        ("bfloat16", True, torch.bfloat16),
        ("bfloat16", False, torch.float32),
        ("float32", True, torch.float32),
    ],
)
def test_a_cpu_learns_in_what_it_computes_in(settings, monkeypatch, asked, computes, learns):
    """A step took 28 s in bfloat16 on a CPU with AVX2 alone, and 2 to 3 s in float32."""
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: computes)
    run = settings.model_copy(update={"precision": asked})
    assert quickest_precision(run, torch.device("cpu")) is learns
    assert quickest_precision(run, torch.device("cuda")) is getattr(torch, asked)


def test_a_run_ends_after_the_steps_it_is_given(settings):
    whole = settings.steps(1000)
    assert whole == 1000 // settings.batch
    assert settings.model_copy(update={"most_steps": 3}).steps(1000) == 3
    assert settings.model_copy(update={"most_steps": whole + 5}).steps(1000) == whole


def lessons(**asked):
    settings = read_settings().model_copy(update={"drawn_even_share": 1.0, **asked})
    return [draw_lesson(np.random.default_rng((5, number)), 320, settings) for number in range(6)]


def test_draws_for_a_lesson_follow_the_weights():
    photos = lessons(drawn_weights=dict.fromkeys(KINDS, 0.0) | {DefectKind.STAIN: 1.0, DefectKind.OIL: 1e-9})
    assert all(DefectKind.STAIN in {d.kind for d in photo.defects} | photo.faint for photo in photos)


def test_draws_for_a_lesson_look_at_edges_as_often_as_asked_where_the_kind_shows_there():
    only = dict.fromkeys(KINDS, 0.0)
    stains = lessons(drawn_weights=only | {DefectKind.STAIN: 1.0, DefectKind.OIL: 1e-9}, drawn_edge_share=1.0)
    edges = {View.LEFT, View.RIGHT, View.TOP, View.BOTTOM}
    assert {photo.view for photo in stains} <= edges
    faults = lessons(
        drawn_weights=only | {DefectKind.DISPLAY_FAULT: 1.0, DefectKind.OIL: 1e-9}, drawn_edge_share=1.0
    )
    assert {photo.view for photo in faults} == {View.FRONT_ON}


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
    shown = 0
    for _ in range(8):
        frame, seen = warp_frame(
            rng,
            cracked.pixels,
            truth,
            FramePair(frame_px=256, detail_px=800, whole_share=0.2, device_share=0.3),
        )
        assert frame.shape == (256, 256, 3)
        assert seen.device_mask is not None
        on_device = seen.device_mask[seen.masks[DefectKind.CRACK] > 128]
        shown += bool(on_device.size)
        assert not on_device.size or (on_device > 0).mean() > 0.9
    assert shown >= 4


def test_a_defect_without_a_place_is_not_claimed_of_a_part_of_the_device():
    truth = nothing_known()
    truth.defects[:2] = (1, 0)
    pixels = np.zeros((900, 900, 3), np.uint8)
    rng = np.random.default_rng(1)
    looks = FramePair(frame_px=128, detail_px=900, whole_share=0.1, device_share=0.3)
    labels = {tuple(warp_frame(rng, pixels, truth, looks)[1].defects[:2]) for _ in range(40)}
    assert labels <= {(1, 0), (UNKNOWN, 0)}
    whole = nothing_known()
    whole.defects[1] = 0
    views = {warp_frame(rng, pixels, whole, looks)[1].view for _ in range(40)}
    assert views == {UNKNOWN}


def test_a_picture_cut_through_its_device_shows_it_up_to_the_border(cracked):
    whole = drawn_truth(cracked)
    truth = replace(
        whole, masks={kind: mask for kind, mask in whole.masks.items() if kind != DefectKind.DENT}
    )
    truth.defects[KINDS.index(DefectKind.DENT)] = 1
    rng = np.random.default_rng(2)
    for _ in range(8):
        pixels, cut = cut_picture(rng, cracked.pixels, truth)
        outline = cut.device_mask
        assert outline is not None
        assert outline.shape == pixels.shape[:2] == cut.masks[DefectKind.CRACK].shape
        touching = [line.any() for line in (outline[0], outline[-1], outline[:, 0], outline[:, -1])]
        assert sum(touching) == 1
        assert 0.45 < (outline > 0).sum() / (cracked.device_mask > 0).sum() < 0.95
        assert cut.defects[KINDS.index(DefectKind.DENT)] == UNKNOWN
        assert cut.defects[KINDS.index(DefectKind.SCRATCH)] == 0
        assert cut.device == cut.view == UNKNOWN


def test_map_targets_mark_the_cells_of_a_thin_mask():
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:, 60] = 255
    truth = Truth(np.ones(len(KINDS), np.int8), {DefectKind.CRACK: mask}, None, UNKNOWN, UNKNOWN)
    target, weight = to_map(truth, SIDE)
    crack = KINDS.index(DefectKind.CRACK)
    assert target[crack].sum() == SIDE // 8
    assert weight[crack].all()
    assert not np.delete(weight, crack, axis=0).any()


def test_a_defect_with_a_place_does_not_pull_other_cells_up(network, cracked):
    sample = to_sample(cracked.pixels[:SIDE, :SIDE].copy(), nothing_known())
    crack = KINDS.index(DefectKind.CRACK)
    sample["defects"][crack] = 1.0
    sample["map_weight"][crack] = 1.0
    parts = masked_loss(network(sample["photo"][None]), batch_of(sample))
    assert float(parts["whole_map"]) == 0.0
    sample["map_weight"][crack] = 0.0
    parts = masked_loss(network(sample["photo"][None]), batch_of(sample))
    assert float(parts["whole_map"]) > 0.0


def test_a_cut_away_defect_is_gone_and_a_trace_of_one_is_not_known():
    mask = np.zeros((SIDE, SIDE), np.uint8)
    truth = Truth(np.ones(len(KINDS), np.int8), {DefectKind.CRACK: mask}, None, UNKNOWN, UNKNOWN)
    crack = KINDS.index(DefectKind.CRACK)
    found = []
    for count in (0, 5, 60):
        mask[0, :count] = 255
        found.append(int(pooled_labels(truth)[crack]))
    assert found == [0, UNKNOWN, 1]


def test_a_pool_draws_a_photo_once_and_gives_it_back_whole(tmp_path, cracked):
    asked = []

    def draw(number):
        asked.append(number)
        return cracked

    pool = DrawnPool(tmp_path, 2, draw)
    first, again = pool[1], pool[1]
    assert asked == [1]
    assert np.array_equal(first.pixels, again.pixels)
    truth = drawn_truth(cracked)
    assert np.array_equal(first.truth.defects, truth.defects)
    assert np.array_equal(first.truth.masks[DefectKind.CRACK], truth.masks[DefectKind.CRACK])
    assert first.truth.device_mask is not None
    assert np.array_equal(first.truth.device_mask, cracked.device_mask)
    assert float(np.abs(first.pixels.astype(int) - cracked.pixels).mean()) < 4
    with pytest.raises(IndexError):
        pool[2]


def test_a_sample_is_the_same_whoever_asks(settings, tmp_path):
    first, second = (Epochs(settings, [], [], drawn_pool(settings, tmp_path / name)) for name in "ab")
    assert len(first) == 4
    for name, value in first[3].items():
        assert torch.equal(value, second[3][name]), name


def test_a_network_from_before_a_layer_was_added_answers_as_it_did(network, tmp_path):
    older = {n: v for n, v in network.state_dict().items() if not n.startswith(("shape.", "traces."))}
    torch.save(older, tmp_path / "older.pt")
    grown = ConditionNet(pooled_cells=3).eval()
    load_weights(grown, tmp_path / "older.pt")
    frame = torch.randint(0, 256, (1, SIDE, SIDE, 3), dtype=torch.uint8)
    with torch.no_grad():
        pairs = list(zip(grown(frame), network(frame), strict=True))
    assert all(torch.equal(one, other) for one, other in pairs)


def test_a_network_mixed_with_its_start_lies_between_the_two(network):
    start = {name: torch.zeros_like(value) for name, value in network.state_dict().items()}
    before = {name: value.clone() for name, value in network.state_dict().items()}
    try:
        mix_with_start(network, start, 0.0)
        assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
        mix_with_start(network, start, 0.25)
        mixed = network.state_dict()
        weight = "map_head.weight"
        assert torch.allclose(mixed[weight], 0.75 * before[weight])
        assert before[weight].abs().max() > 0
        counts = [name for name, value in before.items() if not value.is_floating_point()]
        assert all(torch.equal(mixed[name], before[name]) for name in counts)
    finally:
        network.load_state_dict(before)


@pytest.mark.parametrize("card", ["training/condition/report/card.md", "models/condition/{champion}/card.md"])
def test_a_card_names_the_backbone_that_would_be_trained(card):
    """With another one the prose is written anew, and until it is trained the release is of the old one."""
    code = (CLONE / "training/condition/network.py").read_text(encoding="utf-8")
    [backbone] = re.findall(r"models\.(\w+)\(weights=None\)", code)
    file = CLONE / card.format(champion=champion_version("condition", models_root()))
    [named] = re.findall(r"\*\*Network\*\*: torchvision's (\w+)", file.read_text(encoding="utf-8"))

    assert named.lower() == backbone.replace("_", "")


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


def test_settings_may_name_only_what_differs_from_a_base(tmp_path):
    (tmp_path / "base.yaml").write_text(DEFAULT_SETTINGS.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "short.yaml").write_text("base: base.yaml\nepochs: 1\n", encoding="utf-8")
    assert read_settings(tmp_path / "short.yaml") == read_settings().model_copy(update={"epochs": 1})
    (tmp_path / "lost.yaml").write_text("base: nowhere.yaml\n", encoding="utf-8")
    with pytest.raises(BadSettings, match=r"nowhere\.yaml"):
        read_settings(tmp_path / "lost.yaml")
