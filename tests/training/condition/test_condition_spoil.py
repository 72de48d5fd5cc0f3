"""Drawn photos are spoilt by known amounts: one thing at a time, the same for the same number."""

import numpy as np
import pytest

from data.condition import PhotoCode
from training.condition.measure.spoil import OTHER_SIDE, draw_spoilt, read_spoiling

SPOILING = read_spoiling().model_copy(update={"long_side_px": 400})
OF_FILES = {PhotoCode.DUPLICATE, PhotoCode.DUPLICATE_VIEW, PhotoCode.PART_LOST}


@pytest.fixture(scope="module")
def spoilt():
    return list(draw_spoilt(0, SPOILING, seed=5))


def one(spoilt, code, level=None):
    [found] = [photo for photo in spoilt if photo.code is code and photo.level == level]
    return found


def brightness(photo):
    return float(photo.pixels.mean())


def steepest(photo):
    return float(np.abs(np.diff(photo.pixels.astype(int), axis=1)).max())


def test_every_fault_of_one_photo_is_drawn_at_every_level(spoilt):
    drawn = {photo.code for photo in spoilt}
    assert drawn == {None, *PhotoCode} - OF_FILES
    for code, fault in SPOILING.faults.items():
        assert [photo.level for photo in spoilt if photo.code is code] == list(fault.levels)


def test_the_same_number_gives_the_same_pixels(spoilt):
    for first, again in zip(spoilt, draw_spoilt(0, SPOILING, seed=5), strict=True):
        assert np.array_equal(first.pixels, again.pixels)


@pytest.mark.parametrize(
    ("code", "measure"), [(PhotoCode.TOO_DARK, brightness), (PhotoCode.BLURRED, steepest)]
)
def test_a_grosser_level_is_worse(spoilt, code, measure):
    values = [measure(photo) for photo in spoilt if photo.code is code]
    assert values == sorted(values, reverse=True)
    assert values[0] < measure(one(spoilt, None))


def test_sizes_are_as_stated(spoilt):
    for level in SPOILING.faults[PhotoCode.TOO_SMALL].levels:
        assert min(one(spoilt, PhotoCode.TOO_SMALL, level).pixels.shape[:2]) == level


def test_a_crop_only_takes_away(spoilt):
    whole = one(spoilt, None).pixels
    for photo in (photo for photo in spoilt if photo.code is PhotoCode.CUT_OFF):
        height, width = photo.pixels.shape[:2]
        assert (height < whole.shape[0]) != (width < whole.shape[1])
        corners = (whole[:height, :width], whole[-height:, -width:])
        assert any(np.array_equal(photo.pixels, corner) for corner in corners)


def test_the_wrong_side_is_another_question_about_the_same_pixels(spoilt):
    wrong, tidy = one(spoilt, PhotoCode.WRONG_SIDE), one(spoilt, None)
    assert np.array_equal(wrong.pixels, tidy.pixels)
    assert wrong.asked is OTHER_SIDE[tidy.view]
