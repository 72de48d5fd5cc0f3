"""A room is mirrored the same each time, and what it mirrors leaves matt and intact faces intact."""

from dataclasses import replace

import numpy as np
import pytest

from data.drawing.device.design import draw_device, find_design
from data.drawing.device.slab import paint_front
from data.drawing.optics import light as rooms
from data.drawing.optics.light import Light, draw_lighting, mirror_image

FACE = paint_front(draw_device(np.random.default_rng(1), find_design("slab_notch")), 2.0)


@pytest.mark.parametrize("light", Light)
def test_one_lighting_mirrors_one_room(light):
    lighting = draw_lighting(np.random.default_rng(3), light)
    first = mirror_image(FACE, lighting)

    assert np.array_equal(first, mirror_image(FACE, lighting))
    assert not np.array_equal(first, mirror_image(FACE, replace(lighting, seed=lighting.seed + 1)))
    assert first.shape == (*FACE.shape, 3)
    assert np.isfinite(first).all()
    assert first.min() >= 0


@pytest.mark.parametrize("paint", [rooms._add_sky, rooms._add_twigs])
def test_a_room_with_a_sky_or_twigs_stays_light_or_dark_within_reason(paint):
    for seed in range(6):
        room = np.full((120, 60, 3), 2.0, np.float32)
        paint(np.random.default_rng(seed), room)
        assert np.isfinite(room).all()
        assert not np.allclose(room, 2.0)
        assert room.min() >= 0
        assert room.max() < 10


def test_blinds_are_stripes_with_gaps():
    stripes = []
    for seed in range(8):
        room = np.zeros((240, 120, 3), np.float32)
        rooms._add_blinds(np.random.default_rng(seed), room, 2.0)
        lit = (room[..., 0] > 0.3).astype(int)
        stripes.append((np.diff(lit, axis=0) > 0).sum(axis=0).max())
        assert lit.mean() < 0.6

    assert np.median(stripes) >= 4
