"""A hand covers what it holds, shades what lies under it, and is the same in every photo of it."""

import numpy as np
import pytest

from data.drawing.scene.hand import cast_shadow, draw_hand, paint_limbs

MATRIX = np.array([[2.0, 0, 100.0], [0, 2.0, 60.0], [0, 0, 1.0]])
LIGHT = np.array([0.6, -0.8])


def white() -> np.ndarray:
    return np.ones((500, 400, 3), np.float32)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size_mm", [(72.0, 150.0), (150.0, 8.0)])
def test_limbs_change_only_what_they_cover(seed, size_mm):
    hand = draw_hand(np.random.default_rng(seed), *size_mm)
    picture, again = white(), white()
    covered = paint_limbs(picture, hand.over, MATRIX, hand, LIGHT)
    paint_limbs(again, hand.over, MATRIX, hand, LIGHT)

    assert covered.any()
    assert np.array_equal(picture, again)
    assert (picture[covered == 0] == 1).all()
    assert picture[covered == 255].mean() < 0.9


def test_a_shadow_darkens_most_close_to_the_limbs_and_nothing_far_away():
    hand = draw_hand(np.random.default_rng(1), 72.0, 150.0)
    picture = white()
    cast_shadow(picture, hand.over, MATRIX, LIGHT)
    near = paint_limbs(white(), hand.over, MATRIX, hand, LIGHT) > 127

    assert picture[near].mean() < 0.75
    assert picture.min() > 0.4
    assert picture[:20].mean() > 0.99


def test_no_limbs_cast_no_shadow():
    picture = white()
    cast_shadow(picture, (), MATRIX, LIGHT)

    assert (picture == 1).all()


def test_an_arm_that_would_pass_the_camera_ends_before_it():
    """A face tilted so that its plane meets the camera 250 mm down, and an arm reaches further."""
    matrix = MATRIX.copy()
    matrix[2, 1] = -1 / 250.0
    hand = draw_hand(np.random.default_rng(1), 72.0, 150.0)
    lowest = max(limb.points[:, 1].max() for limb in (*hand.behind, *hand.over))
    assert lowest > 250
    picture = white()
    covered = paint_limbs(picture, hand.behind, matrix, hand, LIGHT)
    cast_shadow(picture, hand.behind, matrix, LIGHT)
    assert covered.any()
    assert np.isfinite(picture).all()
    assert (covered[:40] == 0).all()
