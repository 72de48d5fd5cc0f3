"""What a run learns from real photos: what was seen by eye, what stands free, and pairs of one scene."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from PIL import Image

from data.defect import DefectKind
from data.device import DeviceClass, View
from data.drawing.surface.raster import Mask
from data.labelled.photo_set import LabelledPhoto
from training.condition.labels.eye_labels import EyeLabel
from training.condition.loss import masked_loss
from training.condition.network import CLASSES, KINDS, UNKNOWN, VIEWS, Answers
from training.condition.samples.augment import add_margins
from training.condition.samples.eye_truth import outline_mask
from training.condition.samples.sample import Epochs, drawn_pool, load_example
from training.condition.samples.standing import place_on, transparent_cutout, white_background_mask
from training.condition.samples.target import real_truth
from training.condition.settings import DEFAULT_SETTINGS, BadSettings, SourceRule, read_settings

SIDE = 128
RULE = SourceRule(source="s", folder="f", clean_of=(DefectKind.DENT,), shows_per_epoch=1)
SHAPE = (100, 200)


def seen(**values: Any) -> EyeLabel:
    label = EyeLabel(
        device_class=DeviceClass.TABLET,
        side="back",
        held="hand",
        is_lit=False,
        is_alone=True,
        outline=np.array([[0.25, 0.2], [0.75, 0.2], [0.75, 0.8], [0.25, 0.8]]),
        kinds={DefectKind.CRACK: False, DefectKind.SCRATCH: True},
    )
    return replace(label, **values)


def known(mask: Mask | None) -> Mask:
    assert mask is not None
    return mask


def photo(tmp_path, **labels) -> LabelledPhoto:
    told = {DefectKind(kind): is_there for kind, is_there in labels.items()}
    return LabelledPhoto(tmp_path / "p.jpg", "f", "s", "phone", "g", told, None)


def label_of(truth, kind: DefectKind) -> int:
    return int(truth.defects[KINDS.index(kind)])


def test_what_was_seen_joins_what_the_set_says(tmp_path) -> None:
    truth = real_truth(photo(tmp_path), RULE, SHAPE, 1.0, seen=seen())

    assert label_of(truth, DefectKind.CRACK) == 0
    assert label_of(truth, DefectKind.SCRATCH) == 1
    assert label_of(truth, DefectKind.DENT) == 0
    assert label_of(truth, DefectKind.OIL) == UNKNOWN
    assert (CLASSES[truth.device], VIEWS[truth.view]) == (DeviceClass.TABLET, View.BACK)
    # Where it is was not said.
    assert DefectKind.SCRATCH not in truth.masks


def test_a_label_of_the_set_outweighs_what_was_seen_and_that_what_a_source_is_said_to_be(tmp_path) -> None:
    eye = seen(kinds={DefectKind.CRACK: True, DefectKind.DENT: True})

    truth = real_truth(photo(tmp_path, crack=False), RULE, SHAPE, 1.0, seen=eye)

    assert label_of(truth, DefectKind.CRACK) == 0
    assert label_of(truth, DefectKind.DENT) == 1


@pytest.mark.parametrize(
    ("values", "view"),
    [
        ({"side": "front", "is_lit": True}, View.FRONT_ON),
        ({"side": "front", "is_lit": False}, View.FRONT_OFF),
        ({"side": "edge"}, View.EDGE),
        ({"side": "front", "is_lit": None}, None),
        ({"side": "other"}, None),
        ({"side": None}, None),
    ],
)
def test_a_view_is_taught_only_where_it_is_settled(tmp_path, values, view) -> None:
    truth = real_truth(photo(tmp_path), RULE, SHAPE, 1.0, seen=seen(**values))

    assert truth.view == (UNKNOWN if view is None else VIEWS.index(view))


def test_an_outline_is_the_device_but_for_its_border() -> None:
    mask = known(outline_mask(seen(), (100, 200, 3)))

    assert mask[50, 100] == 255
    assert mask[5, 5] == 0
    assert mask[20, 100] == 128
    # No border of the device, but of the picture.
    whole = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    cut = known(outline_mask(seen(outline=whole), (100, 200, 3)))
    assert cut.min() == 255


def test_of_several_sides_beside_each_other_none_is_outlined() -> None:
    assert outline_mask(seen(side="other", is_alone=False), SHAPE) is None
    assert outline_mask(seen(side="front", is_alone=False), SHAPE) is not None


def cutout_file(tmp_path):
    rgba = np.zeros((60, 40, 4), np.uint8)
    rgba[10:50, 10:30] = (40, 50, 60, 255)
    path = tmp_path / "cutout.webp"
    Image.fromarray(rgba).save(path, lossless=True)
    return path


def test_what_is_transparent_is_white_and_not_the_device(tmp_path) -> None:
    path = cutout_file(tmp_path)
    example = load_example(LabelledPhoto(path, "f", "s", "phone", "g", {}, None), RULE)

    assert example.pixels[0, 0].tolist() == [255, 255, 255]
    assert example.pixels[30, 20].tolist() == [40, 50, 60]
    assert (known(example.standing) > 0).sum() == 40 * 20
    np.testing.assert_array_equal(example.truth.device_mask, example.standing)


def test_an_opaque_picture_is_no_cutout() -> None:
    body = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(body, "PNG")
    assert transparent_cutout(body.getvalue()) is None
    body = io.BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 255)).save(body, "PNG")
    assert transparent_cutout(body.getvalue()) is None


def test_what_stands_free_is_put_elsewhere_with_its_shadow() -> None:
    white = np.full((100, 100, 3), 255, np.uint8)
    white[30:70, 30:70] = 40
    scene = np.full((50, 50, 3), 120, np.uint8)

    placed = place_on(np.random.default_rng(0), white, known(white_background_mask(white)), scene)

    assert placed[2, 2].tolist() == [120, 120, 120]
    assert placed[50, 50].tolist() == [40, 40, 40]
    assert placed.max() <= 120
    beside = placed[25:29, 30:70].astype(int)
    assert beside.mean() < 120
    assert white_background_mask(placed) is None


def test_margins_show_nothing(tmp_path) -> None:
    truth = real_truth(
        photo(tmp_path, crack=False), RULE, (10, 20), 1.0, standing=np.full((10, 20), 255, np.uint8)
    )

    pixels, wider = add_margins(np.zeros((10, 20, 3), np.uint8), truth, (1, 2, 3, 4))

    assert pixels.shape == (13, 27, 3)
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert known(wider.device_mask).sum() == 255 * 200
    assert wider.masks[DefectKind.CRACK].shape == (13, 27)


@pytest.fixture(scope="module")
def paired():
    small = {
        "side_px": SIDE,
        "epochs": 1,
        "batch": 2,
        "drawn_per_epoch": 3,
        "drawn_pool": 3,
        "in_pairs": True,
    }
    return read_settings().model_copy(update=small)


def test_a_pair_is_one_scene_taken_twice(paired, tmp_path) -> None:
    epochs = Epochs(paired, [], [], drawn_pool(paired, tmp_path))

    assert len(epochs) == 6
    for place in range(3):
        one, other = epochs[2 * place], epochs[2 * place + 1]
        assert one["device"] == other["device"]
        assert not torch.equal(one["photo"], other["photo"])
        both = (one["defects"] >= 0) & (other["defects"] >= 0)
        assert (one["defects"] == other["defects"])[both].float().mean() > 0.9


def test_pairs_that_are_torn_apart_are_refused(tmp_path) -> None:
    path = tmp_path / "settings.yaml"
    odd = read_settings().model_dump(mode="json") | {"in_pairs": True, "batch": 5}
    path.write_text(yaml.safe_dump(odd))
    with pytest.raises(BadSettings, match="in_pairs needs an even batch"):
        read_settings(path)


def answers_of(defects: torch.Tensor) -> Answers:
    count = len(defects)
    empty = torch.zeros(count, len(KINDS) + 1, 8, 8)
    return Answers(defects, empty, torch.zeros(count, len(CLASSES)), torch.zeros(count, len(VIEWS)))


def truth_of(labels: list[int]) -> dict[str, torch.Tensor]:
    count = len(labels)
    blank = torch.zeros(count, len(KINDS) + 1, 8, 8)
    return {
        "defects": torch.tensor(labels).float()[:, None].repeat(1, len(KINDS)),
        "map": blank,
        "map_weight": blank,
        "device": torch.full((count,), UNKNOWN),
        "view": torch.full((count,), UNKNOWN),
    }


def test_a_pair_is_to_be_answered_alike_also_where_nobody_knows_the_answer() -> None:
    apart = torch.tensor([2.0, -2.0])[:, None].repeat(1, len(KINDS))
    alike = torch.tensor([2.0, 2.0])[:, None].repeat(1, len(KINDS))

    def cost(defects: torch.Tensor, labels: list[int]) -> float:
        return float(masked_loss(answers_of(defects), truth_of(labels), alike_weight=1.0)["alike"])

    # (sigmoid(2) - sigmoid(-2)) * 4, by hand.
    assert cost(apart, [UNKNOWN, UNKNOWN]) == pytest.approx((0.880797 - 0.119203) * 4, rel=1e-4)
    assert cost(alike, [UNKNOWN, UNKNOWN]) == 0.0
    assert cost(apart, [1, 0]) == 0.0
    assert "alike" not in masked_loss(answers_of(apart), truth_of([0, 0]))


@pytest.mark.parametrize(
    "path", sorted(DEFAULT_SETTINGS.parent.glob("settings*.yaml")), ids=lambda path: path.stem
)
def test_every_recipe_that_ships_can_be_read(path: Path) -> None:
    settings = read_settings(path)

    assert settings.sources
    assert {rule.folder for rule in settings.sources} >= {"intake", "cracked", "intact", "devices"}


def test_the_recipe_of_scenes_shows_every_new_source_and_pairs() -> None:
    settings = read_settings(DEFAULT_SETTINGS.with_name("settings-scenes.yaml"))

    folders = {rule.folder for rule in settings.sources}
    assert {"scenes", "cutouts"} <= folders
    assert settings.in_pairs
    assert settings.off_device > 0
