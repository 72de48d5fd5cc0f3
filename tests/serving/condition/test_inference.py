"""Three looks at one photo: where the device is, and how two scales answer as one."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from data.defect import DefectKind
from data.device import DeviceClass
from features.photo.photo import WHOLE, Region, cut_frame, read_photo
from serving.condition.inference import TwoLooks, cells_to_region, predict, read_class, resample
from serving.condition.model import ConditionModel
from serving.demo.returns import shipped_returns


def black(height, width):
    return Image.new("RGB", (width, height))


def test_cells_of_one_frame_are_read_at_the_places_of_another():
    image = black(400, 800)
    whole = cut_frame(image, WHOLE, 512)
    right = cut_frame(image, Region(0.5, 0.0, 1.0, 1.0), 512)
    answers = np.zeros((1, 32, 64), np.float32)
    answers[0, :, 32:48] = 1.0
    found = resample(answers, whole, right, (1, 64, 64))
    assert found[0, 32, :30].min() == 1.0
    assert found[0, 32, 34:].max() == 0.0


@pytest.mark.parametrize(
    ("inset", "left", "right", "top", "bottom"), [(0.0, 2, 6, 3, 4), (0.5, 2.5, 5.5, 3.25, 3.75)]
)
def test_a_box_around_cells_may_be_drawn_in_and_keeps_half_a_cell(inset, left, right, top, bottom):
    """Cells 2 to 5 of row 3, on a map of 10 x 10 cells that covers the whole photo."""
    frame = cut_frame(Image.new("RGB", (320, 320)), WHOLE, 320)
    region = cells_to_region(np.full(4, 3), np.arange(2, 6), 10, frame, inset=inset)
    edges = np.array([region.left, region.right, region.top, region.bottom]) * 10
    assert edges == pytest.approx([left, right, top, bottom])


def test_what_a_frame_does_not_reach_is_not_claimed():
    image = black(400, 800)
    left = cut_frame(image, Region(0.0, 0.0, 0.5, 1.0), 512)
    whole = cut_frame(image, WHOLE, 512)
    found = resample(np.ones((1, 64, 64), np.float32), left, whole, (1, 32, 64))
    assert found[0, 16, :31].min() == 1.0
    assert found[0, 16, 33:].max() == 0.0


def test_the_shares_of_both_looks_mix_their_maps():
    image = black(256, 256)
    frame = cut_frame(image, WHOLE, 256)
    far = {"map_logits": np.full((1, 3, 32, 32), np.log(0.2 / 0.8), np.float32)}
    near = {"map_logits": np.full((1, 3, 32, 32), np.log(0.8 / 0.2), np.float32)}
    mixed = TwoLooks(frame, far, frame, near, None).map(np.array([1.0, 0.25], np.float32), 0.5)
    assert [round(float(channel.mean()), 3) for channel in mixed] == [0.8, 0.283, 0.4]


@pytest.mark.parametrize(
    ("none", "answer"), [(0.97, None), (0.9, DeviceClass.PHONE), (0.1, DeviceClass.PHONE)]
)
def test_only_a_sure_none_is_no_device(none, answer):
    classes = (DeviceClass.LAPTOP, DeviceClass.PHONE, None)
    chances = np.array([(1 - none) * 0.2, (1 - none) * 0.8, none], np.float32)
    assert read_class(np.log(chances), classes, none_from=0.95) is answer


@pytest.mark.parametrize(("cells", "is_there"), [(0, False), (20, False), (80, True), (1024, True)])
def test_a_device_is_there_where_enough_of_the_second_look_shows_it(cells, is_there):
    logits = np.full(32 * 32, -6.0, np.float32)
    logits[:cells] = 4.0
    device = {"map_logits": np.stack([np.zeros_like(logits), logits]).reshape(1, 2, 32, 32)}
    frame = cut_frame(black(256, 256), WHOLE, 256)
    assert bool(TwoLooks(frame, device, frame, device, None).presence(100) >= 0.5) is is_there


def test_the_view_of_a_photo_is_the_likeliest_of_all_that_the_release_tells_apart():
    model = ConditionModel.open()
    seen = predict(
        model._session, model._contract, read_photo(shipped_returns()[0].photos[0].path.read_bytes()).image
    )
    assert seen.view_chances is not None
    assert tuple(seen.view_chances) == model._contract.views
    assert sum(seen.view_chances.values()) == pytest.approx(1.0)
    assert max(seen.view_chances, key=seen.view_chances.__getitem__) is seen.view


def test_a_photo_without_a_device_is_still_answered_about():
    model = ConditionModel.open()
    nothing = np.random.default_rng(0).integers(110, 125, (300, 400, 3), dtype=np.uint8)
    blind = replace(model._contract, device_threshold=1.1)
    prediction = predict(model._session, blind, Image.fromarray(nothing))
    assert prediction.region is None
    assert set(prediction.defects) == set(DefectKind)
    assert all(0.0 <= p <= 1.0 for p in prediction.defects.values())


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3)])
def test_the_smallest_photos_are_looked_at(shape):
    model = ConditionModel.open()
    prediction = predict(model._session, model._contract, black(*shape))
    assert set(prediction.defects) == set(DefectKind)
