"""Compute whether a person could see a defect, by its contrast, its size and the camera's noise."""

from enum import Enum

import numpy as np

from data.drawing.surface import raster
from data.drawing.surface.raster import Mask, Plane

# The change of the display range, 0 to 1, that a large patch must show; less is a photo's own unevenness.
_LEAST_CONTRAST = 0.045
# Below this nobody could tell the photo from one of an intact device.
_NO_CONTRAST = 0.012
_NOISE_FACTOR = 2.5
# A patch of this many pixels across needs twice the contrast of a large one.
_SMALL_PX = 12.0
# A defect is judged by the fifth of its mask that changes most: cracks and stains show in places.
_SEEN_SHARE = 80
_LINE_EASE = 0.6
# A patch without a border of its own must change the picture by so much of what that varies by at its place.
# Chosen by eye on 36 drawn yellowings: the changes below it were lost among icons, keys and wallpapers.
_CLUTTER_SHARE = 0.75
# An outline must move so many pixels, and so much of the device's length, before it looks bent.
_LEAST_MOVE_PX = 2.0
_LEAST_MOVE_SHARE = 0.008


class Visibility(Enum):
    """The degrees to which a defect shows: seen, too faint to judge, or not at all."""

    SEEN = "seen"
    FAINT = "faint"
    HIDDEN = "hidden"


def visible_change(before: Plane, after: Plane) -> Plane:
    """Return how much two pictures differ once displayed, 0 to 1."""
    shown_before = np.sqrt(np.clip(before, 0, 1))
    return np.asarray(np.abs(np.sqrt(np.clip(after, 0, 1)) - shown_before).max(axis=2), dtype=np.float32)


def visibility_of(
    change: Plane,
    mask: Mask,
    *,
    px: float,
    noise: float = 0.01,
    is_line: bool = False,
    clutter: float = 0.0,
) -> Visibility:
    """Judge a change inside a mask of the same shape; `px` is how many photo pixels wide one cell is.

    The eye follows a line along its whole length, so one is seen at less contrast than a spot. `clutter` is
    what clutter_of returns, for a change without a border that tells it from what lies beneath.
    """
    inside = mask > 127
    count = int(np.count_nonzero(inside))
    if not count:
        return Visibility.HIDDEN
    contrast = float(np.percentile(change[inside], _SEEN_SHARE))
    needed = max(_LEAST_CONTRAST, _NOISE_FACTOR * noise) * (1 + _SMALL_PX / (_across(inside, count) * px))
    needed *= _LINE_EASE if is_line else 1.0
    if contrast >= max(needed, _CLUTTER_SHARE * clutter):
        return Visibility.SEEN
    return Visibility.HIDDEN if contrast < _NO_CONTRAST else Visibility.FAINT


def clutter_of(before: Plane, mask: Mask) -> float:
    """Return how much an (H, W, 3) picture varies inside a mask once displayed, 0 to 1: its deviation."""
    inside = np.sqrt(np.clip(before[mask > 127], 0, 1))
    return float(inside.std(axis=0).mean()) if len(inside) else 0.0


def visibility_of_move(move_px: Plane, mask: Mask, *, length_px: float) -> Visibility:
    """Judge how far the outline of a device so long moved inside a mask, in photo pixels."""
    inside = mask > 127
    farthest = float(move_px[inside].max()) if inside.any() else 0.0
    needed = max(_LEAST_MOVE_PX, _LEAST_MOVE_SHARE * length_px)
    if farthest >= needed:
        return Visibility.SEEN
    return Visibility.HIDDEN if farthest < needed / 4 else Visibility.FAINT


def _across(inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], count: int) -> float:
    """Return a size in cells; a line is easier to see than a spot of its area, so length counts too."""
    points = raster.filled_points(inside.astype(np.uint8))
    longest = float(np.ptp(points, axis=0).max()) + 1
    return max(float(np.sqrt(count)), longest / 4)
