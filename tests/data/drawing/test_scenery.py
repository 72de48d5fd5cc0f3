"""Pictures with fine lines of their own: each is the same again, and a wallpaper stays in range."""

import numpy as np
import pytest

from data.drawing.device.design import draw_device, find_design
from data.drawing.device.slab import paint_front
from data.drawing.screen.scenery import contours, leaves, rock
from data.drawing.screen.wallpaper import draw_wallpaper

SHAPE = (240, 160)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("make", [rock, contours, leaves])
def test_a_picture_is_the_same_again_and_holds_fine_lines(make, seed):
    picture = make(np.random.default_rng(seed), SHAPE)
    assert picture.shape == (*SHAPE, 3)
    assert picture.dtype == np.float32
    assert np.array_equal(picture, make(np.random.default_rng(seed), SHAPE))
    assert np.isfinite(picture).all()
    steps = np.abs(np.diff(picture, axis=1)).max()
    assert steps > 0.01


@pytest.mark.parametrize("seed", range(12))
def test_a_wallpaper_has_the_size_asked_for_and_stays_in_range(seed):
    picture = draw_wallpaper(np.random.default_rng(seed), (900, 500))
    assert picture.shape == (900, 500, 3)
    assert picture.min() >= 0.0
    assert picture.max() <= 1.0


def test_a_keypad_lies_below_its_screen_and_every_key_can_be_lost():
    device = draw_device(np.random.default_rng(4), find_design("keypad_bar"))
    face = paint_front(device, 4.0)
    keys = face.parts
    assert len(keys) == 6 + 12
    assert face.screen is not None
    lowest = face.screen[:, 1].max()
    assert all(key[:, 1].min() > lowest for key in keys)
    assert all(key[:, 0].min() > 0 and key[:, 0].max() < device.width_mm for key in keys)
    assert max(key[:, 1].max() for key in keys) < device.height_mm
