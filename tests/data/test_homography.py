"""A homography carries four points to four others, and says how much larger things become on the way."""

import numpy as np
import pytest

from data.drawing.surface import raster
from data.homography import carry, homography, magnification

SIDE_MM = np.array([[0.0, 0.0], [75.0, 0.0], [75.0, 150.0], [0.0, 150.0]])
SEEN_PX = np.array([[210.0, 90.0], [640.0, 130.0], [700.0, 980.0], [150.0, 900.0]])
INSIDE_PX = np.array([[300.0, 300.0], [500.0, 700.0], [420.0, 520.0]])


def test_the_corners_are_carried_to_the_corners_and_back() -> None:
    to_side = homography(SEEN_PX, SIDE_MM)

    assert carry(SEEN_PX, to_side) == pytest.approx(SIDE_MM, abs=1e-9)
    assert carry(carry(INSIDE_PX, to_side), np.linalg.inv(to_side).astype(np.float64)) == pytest.approx(
        INSIDE_PX
    )


def test_the_magnification_is_that_of_a_small_square() -> None:
    to_side = homography(SEEN_PX, SIDE_MM)
    step = 1e-4
    origin, right, down = (
        carry(INSIDE_PX + np.array(way), to_side) for way in ((0, 0), (step, 0), (0, step))
    )

    across, along = (right - origin) / step, (down - origin) / step
    areas = np.abs(across[:, 0] * along[:, 1] - across[:, 1] * along[:, 0])
    assert magnification(INSIDE_PX, to_side) == pytest.approx(areas, rel=1e-4)


def test_drawing_knows_the_same_homography_in_single_precision() -> None:
    drawn = raster.homography(SEEN_PX, SIDE_MM)

    assert carry(INSIDE_PX, drawn) == pytest.approx(carry(INSIDE_PX, homography(SEEN_PX, SIDE_MM)), abs=1e-3)
