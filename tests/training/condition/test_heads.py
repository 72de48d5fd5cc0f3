"""Heads that are fitted alone: they learn class and side, and no other answer moves by a bit."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from data.device import DeviceClass, View
from data.labelled.photo_set import LabelledPhoto
from training.condition.heads.refit import TooFewShown, expect_classes, refit_heads
from training.condition.heads.served_frames import ServedFrame, served_frames
from training.condition.labels.picture_parts import PicturePart, picture_parts
from training.condition.network import CLASSES, UNKNOWN, VIEWS, ConditionNet
from training.condition.samples import sample
from training.condition.samples.pool import DrawnPool
from training.condition.samples.sample import Epochs, RealExample, load_parts
from training.condition.samples.target import Truth
from training.condition.settings import DEFAULT_SETTINGS, HeadSettings, read_settings

RED, BLUE, GREEN = (200, 30, 30), (30, 30, 200), (30, 200, 30)
PHONE, TABLET, LAPTOP = (CLASSES.index(name) for name in DeviceClass if name in {"phone", "tablet", "laptop"})
FRONT, BACK = VIEWS.index(View.FRONT_OFF), VIEWS.index(View.BACK)
HEADS = HeadSettings(shows_least=2, shows_most=5, shows_each=6, drawn=0, strength=0.01)


@pytest.fixture(scope="module")
def network() -> ConditionNet:
    torch.manual_seed(3)
    return ConditionNet(pooled_cells=4).eval()


def frame(colour: tuple[int, int, int], device: int, view: int, seed: int) -> ServedFrame:
    noise = np.random.default_rng(seed).integers(-20, 20, (96, 128, 3))
    return ServedFrame(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8), device, view)


def frames() -> list[ServedFrame]:
    kinds = [(RED, PHONE, FRONT), (BLUE, TABLET, BACK), (GREEN, LAPTOP, UNKNOWN)]
    return [frame(*kind, seed) for seed in range(6) for kind in kinds]


def fitted(network: ConditionNet) -> ConditionNet:
    copy = ConditionNet(pooled_cells=4)
    copy.load_state_dict(network.state_dict())
    return refit_heads(copy, frames(), 0.01)


def answers(network: ConditionNet, colour: tuple[int, int, int]):
    with torch.no_grad():
        return network(torch.from_numpy(frame(colour, 0, 0, 99).pixels[None]))


def test_heads_learn_classes_and_sides_of_photos_they_never_saw(network) -> None:
    refit = fitted(network)
    for colour, device in ((RED, PHONE), (BLUE, TABLET), (GREEN, LAPTOP)):
        assert int(answers(refit, colour).device.argmax()) == device
    assert int(answers(refit, RED).view.argmax()) == FRONT
    assert int(answers(refit, BLUE).view.argmax()) == BACK


def test_every_other_answer_stays_bit_for_bit(network) -> None:
    before, after = answers(network, RED), answers(fitted(network), RED)
    assert torch.equal(before.defects, after.defects)
    assert torch.equal(before.map, after.map)
    assert not torch.equal(before.view, after.view)


def test_what_no_frame_showed_stays_unlikely(network) -> None:
    chances = answers(fitted(network), RED).device.softmax(dim=1)[0]
    never = [place for place in range(len(CLASSES)) if place not in {PHONE, TABLET, LAPTOP}]
    assert float(chances[never].sum()) < 0.05


def test_frames_of_one_side_alone_are_refused(network) -> None:
    with pytest.raises(TooFewShown, match="show 1 of 5"):
        refit_heads(network, [f for f in frames() if f.view == FRONT or f.device == LAPTOP], 0.01)


def test_classes_that_are_more_common_become_likelier_and_sides_stay(network) -> None:
    even, rare = fitted(network), fitted(network)
    expect_classes(rare, {name: 0.01 if name == "tablet" else 0.12 for name in CLASSES})
    before, after = (answers(one, BLUE) for one in (even, rare))
    chances = [one.device.softmax(dim=1)[0, TABLET] for one in (before, after)]
    odds = [float(chance / (1 - chance)) for chance in chances]
    assert odds[1] / odds[0] == pytest.approx(0.01 / 0.12, rel=1e-3)
    assert torch.equal(before.view, after.view)


def test_shares_that_leave_a_class_out_are_refused() -> None:
    with pytest.raises(ValueError, match="class_shares names each of phone"):
        HeadSettings(**HEADS.model_dump(exclude={"class_shares"}), class_shares={"phone": 1.0})


def example(device: int, view: int) -> RealExample:
    pixels = np.full((90, 90, 3), 255, np.uint8)
    pixels[20:65, 30:75] = RED
    mask = np.zeros((90, 90), np.uint8)
    mask[20:65, 30:75] = 255
    truth = Truth(np.zeros(13, np.int8), {}, mask, device, view)
    return RealExample(LabelledPhoto(Path("p.jpg"), "f", "s", "phone", "g", {}, None), pixels, truth)


def shown(*examples: RealExample, tmp_path: Path) -> list[ServedFrame]:
    settings = read_settings(DEFAULT_SETTINGS).model_copy(update={"cut_share": 0.0, "device_px": 96})
    pool = DrawnPool(tmp_path, 0, lambda _number: pytest.fail("nothing is drawn"))
    return list(served_frames(Epochs(settings, examples, [], pool), examples, settings, HEADS))


def test_rare_kinds_are_shown_more_often_and_unknown_ones_never(tmp_path) -> None:
    common, rare, unknown = example(PHONE, FRONT), example(TABLET, BACK), example(UNKNOWN, UNKNOWN)
    found = [f.device for f in shown(common, common, common, rare, unknown, tmp_path=tmp_path)]
    assert (found.count(PHONE), found.count(TABLET), found.count(UNKNOWN)) == (3 * 2, 5, 0)


def test_a_frame_shows_little_but_the_device(tmp_path) -> None:
    for one in shown(example(PHONE, FRONT), tmp_path=tmp_path):
        assert max(one.pixels.shape[:2]) == 96
        light = one.pixels.mean(axis=2)
        is_device = light < (light.min() + light.max()) / 2
        assert is_device.mean() > 0.5, "of the whole photo the device is a quarter"


def test_a_part_of_a_picture_of_several_is_its_own_side(tmp_path, monkeypatch) -> None:
    path = tmp_path / "p.png"
    Image.new("RGB", (90, 90), "white").save(path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(sample, "picture_parts", lambda: {sha256: (PicturePart("back", 0.5, 0.0, 1.0, 1.0),)})
    whole = example(PHONE, UNKNOWN)
    (part,) = load_parts(replace(whole, photo=replace(whole.photo, path=path)))
    assert part.is_part
    assert part.pixels.shape == (90, 45, 3)
    assert part.truth.view == BACK
    assert set(part.truth.defects) == {UNKNOWN}, "of its damage nobody said anything"
    assert part.truth.masks == {}


def test_the_parts_of_the_project_lie_within_their_pictures() -> None:
    parts = [part for found in picture_parts().values() for part in found]
    assert len(parts) > 30
    for part in parts:
        assert part.side == "back"
        assert 0 <= part.left < part.right <= 1
        assert 0 <= part.top < part.bottom <= 1
