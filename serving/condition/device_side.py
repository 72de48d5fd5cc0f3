"""Map places in a photo to millimetres on the side of the device that it shows."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from data.device import LARGE_SURFACES, DeviceClass, Surface
from data.homography import carry, homography, magnification
from data.sizes import KnownSize
from serving.condition.measuring import Fit, Measuring
from serving.condition.outline import DeviceOutline, Points


@dataclass(frozen=True)
class DeviceSide:
    """One side of the device as one photo shows it.

    `from_photo` is the (3, 3) homography from photo pixels to the side, its top left corner at (0, 0), x
    along `width`, y along `height`. Both are in mm if `is_measured`, else in parts of the longer one.
    `outline_sd` is the standard deviation of a length that comes from the fit, as a share of it.
    """

    from_photo: Points
    width: float
    height: float
    is_measured: bool
    outline_sd: float

    @property
    def long_side(self) -> float:
        """Return the longer side."""
        return max(self.width, self.height)

    def place(self, points: Points) -> Points:
        """Return where photo pixels (N, 2) lie on the side."""
        return carry(points, self.from_photo)

    def magnification(self, points: Points) -> Points:
        """Return the area on the side of one photo pixel at each of the points (N, 2)."""
        return magnification(points, self.from_photo)


def find_side(
    outline: DeviceOutline,
    surface: Surface,
    device_class: DeviceClass | None,
    size: KnownSize | None,
    measuring: Measuring,
) -> DeviceSide:
    """Fit the side that a photo shows to the device's outline; without a known size it is not measured."""
    sides = _sides(surface, size)
    if size is None or sides is None:
        return _unmeasured(outline, measuring)
    flat = is_flat(surface, device_class)
    by_length = (flat or surface not in LARGE_SURFACES) and not _is_nearly_square(sides, measuring)
    corners = _upright(outline.corners, *sides, by_length=by_length)
    fit = _fit(outline, corners, sides, flat, measuring)
    if fit == "long_side":
        return _by_scale(outline, corners, sides, flat, measuring)
    return DeviceSide(homography(corners, _rectangle(*sides)), *sides, True, measuring.outline_sd[fit])


def is_flat(surface: Surface, device_class: DeviceClass | None) -> bool:
    """Return whether a side is one flat rectangle: front and back are, but for an open laptop's front."""
    is_open = device_class is DeviceClass.LAPTOP and surface is Surface.FRONT
    return surface in LARGE_SURFACES and not is_open


def _sides(surface: Surface, size: KnownSize | None) -> tuple[float, float] | None:
    """Return the (width, height) of a surface in mm; None where it isn't known which side is seen."""
    if size is None:
        return None
    if surface in LARGE_SURFACES:
        return size.width_mm, size.height_mm
    if surface in {Surface.LEFT, Surface.RIGHT}:
        return size.depth_mm, size.height_mm
    return (size.width_mm, size.depth_mm) if surface in {Surface.TOP, Surface.BOTTOM} else None


def _fit(
    outline: DeviceOutline, corners: Points, sides: tuple[float, float], flat: bool, measuring: Measuring
) -> Fit:
    across, along = _lengths(corners)
    ratio = (across / max(along, 1e-9)) / (sides[0] / sides[1])
    is_other_shape = max(ratio, 1.0 / max(ratio, 1e-9)) > measuring.foreshortening_max
    if not flat or outline.is_cut_off or is_other_shape:
        return "long_side"
    return "rectangle" if outline.is_box else "quadrilateral"


def _by_scale(
    outline: DeviceOutline, corners: Points, sides: tuple[float, float], flat: bool, measuring: Measuring
) -> DeviceSide:
    """Return a side seen straight on, from the one length that is known best.

    An open laptop keeps its width at every angle. A side of which a part is missing seems too short, and
    would make millimetres of too few pixels: the smaller of both scales is nearer.
    """
    across, along = _lengths(corners)
    scales = (sides[0] / max(across, 1e-9), sides[1] / max(along, 1e-9))
    long = scales[0] if sides[0] >= sides[1] else scales[1]
    scale = min(scales) if outline.is_cut_off and flat else long
    way = (corners[1] - corners[0]) / max(float(np.hypot(*(corners[1] - corners[0]))), 1e-9)
    turn = np.array([way, [-way[1], way[0]]]) * scale
    matrix = np.eye(3)
    matrix[:2, :2] = turn
    matrix[:2, 2] = -turn @ corners[0]
    return DeviceSide(matrix, across * scale, along * scale, True, measuring.outline_sd["long_side"])


def _unmeasured(outline: DeviceOutline, measuring: Measuring) -> DeviceSide:
    across, along = _lengths(outline.corners)
    long = max(across, along, 1e-9)
    by_length = not _is_nearly_square((across, along), measuring)
    corners = _upright(outline.corners, across, along, by_length=by_length)
    width, height = (float(side) / long for side in _lengths(corners))
    matrix = homography(corners, _rectangle(width, height))
    return DeviceSide(matrix, width, height, False, measuring.outline_sd["rectangle"])


def _upright(corners: Points, width: float, height: float, *, by_length: bool) -> Points:
    """Return the corners from the top left on, clockwise, the first side along the width.

    The longer pair of sides is the longer of width and height; where by_length is false, the width is nearer
    to level. The top is the one of the two sides that lies higher in the photo.
    """
    x, y = corners[:, 0], corners[:, 1]
    if float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) < 0:
        corners = corners[::-1]
    first, second = _lengths(corners)
    if by_length:
        starts = (0, 2) if (first >= second) == (width >= height) else (1, 3)
    else:
        starts = (0, 2) if _levelness(corners, 0) >= _levelness(corners, 1) else (1, 3)
    top = min(starts, key=lambda start: corners[start][1] + corners[(start + 1) % 4][1])
    return np.roll(corners, -top, axis=0)


def _is_nearly_square(sides: tuple[float, float], measuring: Measuring) -> bool:
    return max(sides) / min(sides) < measuring.nearly_square_max


def _lengths(corners: Points) -> Points:
    """Return the mean length of the first and third side, and of the second and fourth."""
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    return np.array([sides[0] + sides[2], sides[1] + sides[3]]) / 2.0


def _levelness(corners: Points, side: Literal[0, 1]) -> float:
    way = np.abs(corners[side + 1] - corners[side])
    return float(way[0] / max(float(np.hypot(*way)), 1e-9))


def _rectangle(width: float, height: float) -> Points:
    return np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]])
