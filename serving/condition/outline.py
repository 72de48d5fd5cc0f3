"""Find the four sides of the device in a photo, from the map's device channel."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from features.photo.photo import Frame
from serving.condition.measuring import Measuring

Points = npt.NDArray[np.float64]
Map = npt.NDArray[np.float32]
Corner = tuple[float, float]

_PARALLEL = 1e-12


@dataclass(frozen=True)
class DeviceOutline:
    """The device in a photo, in photo pixels.

    `corners` (4, 2) run clockwise as seen; `fill` is the share of them that the device covers; `is_box` tells
    that no four sides could be fitted and the corners are those of the smallest turned box; `is_cut_off` that
    the device leaves the picture.
    """

    corners: Points
    fill: float
    is_box: bool
    is_cut_off: bool


@dataclass(frozen=True)
class MapGrid:
    """The cells of a map over a photo, in photo pixels."""

    frame: Frame
    shape: tuple[int, int]
    width_px: int
    height_px: int

    @property
    def cell_px(self) -> Points:
        """Return the (width, height) of one cell in photo pixels."""
        rows, columns = self.shape
        step_x = self.frame.pixels.shape[1] / columns * self.frame.fraction_per_px_x * self.width_px
        step_y = self.frame.pixels.shape[0] / rows * self.frame.fraction_per_px_y * self.height_px
        return np.array([step_x, step_y])

    def to_photo(self, columns: npt.NDArray[Any], rows: npt.NDArray[Any]) -> Points:
        """Return where map positions lie in the photo, (N, 2) pixels; a cell's middle is at + 0.5."""
        origin = np.array([self.frame.left * self.width_px, self.frame.top * self.height_px])
        return np.asarray(origin + np.stack([columns, rows], axis=1) * self.cell_px)


def find_outline(
    device: Map, grid: MapGrid, measuring: Measuring, *, threshold: float, fill_min: float
) -> DeviceOutline | None:
    """Fit four sides around the largest connected area that looks like a device; None without one.

    Where the device fills less than `fill_min` of the four sides, the smallest turned box takes their place.
    """
    body = _largest(device > threshold)
    if body is None:
        return None
    rim = grid.to_photo(*_rim(np.where(body, device, 0.0), threshold))
    round_ = _hull(rim)
    area = float(body.sum()) * float(np.prod(grid.cell_px))
    four = _four_sides(round_)
    fill = area / max(_area(four), 1e-9) if four is not None else 0.0
    is_cut_off = _touches_rim(rim, grid, measuring.leaves_within_cells)
    if four is not None and fill >= fill_min:
        return DeviceOutline(
            _drawn_in(four, fill, measuring.rounded_fill), fill, is_box=False, is_cut_off=is_cut_off
        )
    box = _smallest_box(round_)
    return DeviceOutline(box, area / max(_area(box), 1e-9), is_box=True, is_cut_off=is_cut_off)


def _largest(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_] | None:
    labels, count = ndimage.label(mask)
    if count == 0:
        return None
    return np.asarray(labels == int(np.argmax(np.bincount(labels.ravel())[1:])) + 1)


def _rim(device: Map, threshold: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the (columns, rows) of the rim, finer than a cell: where the map crosses the threshold."""
    first_x, first_y = _crossings(device, threshold)
    second_y, second_x = _crossings(device.T, threshold)
    return np.concatenate([first_x, second_x]), np.concatenate([first_y, second_y])


def _crossings(device: Map, threshold: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the outermost crossings of every row that has any."""
    columns, rows = [], []
    for row in np.flatnonzero((device > threshold).any(axis=1)):
        inside = np.flatnonzero(device[row] > threshold)
        columns += [
            _cross(device[row], int(inside[0]), -1, threshold),
            _cross(device[row], int(inside[-1]), 1, threshold),
        ]
        rows += [row + 0.5] * 2
    return np.array(columns), np.array(rows)


def _cross(line: npt.NDArray[np.float32], inside: int, way: int, threshold: float) -> float:
    """Return where a line of cells crosses the threshold on its way out; its end where it never does."""
    outside = inside + way
    if not 0 <= outside < len(line):
        return inside + 0.5 + 0.5 * way
    high, low = float(line[inside]), float(line[outside])
    return inside + 0.5 + way * (high - threshold) / (high - low)


def _touches_rim(rim: Points, grid: MapGrid, within_cells: float) -> bool:
    near = within_cells * grid.cell_px
    size = np.array([grid.width_px, grid.height_px])
    return bool((rim.min(axis=0) < near).any() or (rim.max(axis=0) > size - near).any())


def _hull(points: Points) -> list[Corner]:
    """Return the convex hull (Andrew's monotone chain), clockwise as seen where y points down."""
    ordered = sorted({(float(x), float(y)) for x, y in points})
    if len(ordered) < 3:
        return ordered
    return _chain(ordered)[:-1] + _chain(ordered[::-1])[:-1]


def _chain(points: Sequence[Corner]) -> list[Corner]:
    chain: list[Corner] = []
    for point in points:
        while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain


def _turn(a: Corner, b: Corner, c: Corner) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _four_sides(hull: Sequence[Corner]) -> Points | None:
    """Return what is left when sides are dropped down to four, each time the one that adds least area."""
    corners = list(hull)
    while len(corners) > 4:
        options = [_without_side(corners, side) for side in range(len(corners))]
        side = min(range(len(options)), key=lambda number: options[number][0])
        added, corner = options[side]
        if math.isinf(added):
            return None
        corners = _replace_side(corners, side, corner)
    return np.array(corners) if len(corners) == 4 else None


def _drawn_in(four: Points, fill: float, rounded_fill: float) -> Points:
    """Return four sides drawn in about their middle until only rounded corners stand out of the device.

    Sides around every cell of a ragged rim hold more than the device, which made lengths come out short.
    """
    middle = four.mean(axis=0)
    return np.asarray(middle + (four - middle) * min(1.0, math.sqrt(fill / rounded_fill)))


def _without_side(corners: Sequence[Corner], side: int) -> tuple[float, Corner]:
    """Return the area added, and the new corner, when a side is dropped and its neighbours grow together."""
    count = len(corners)
    before, start = corners[side - 1], corners[side]
    end, after = corners[(side + 1) % count], corners[(side + 2) % count]
    first = (start[0] - before[0], start[1] - before[1])
    second = (end[0] - after[0], end[1] - after[1])
    gap = (end[0] - start[0], end[1] - start[1])
    cross = first[0] * second[1] - first[1] * second[0]
    if abs(cross) < _PARALLEL:
        return math.inf, start
    along = (gap[0] * second[1] - gap[1] * second[0]) / cross
    back = (gap[0] * first[1] - gap[1] * first[0]) / cross
    if along < 0 or back < 0:
        return math.inf, start
    corner = (start[0] + along * first[0], start[1] + along * first[1])
    return abs(_turn(start, corner, end)) / 2.0, corner


def _replace_side(corners: Sequence[Corner], side: int, corner: Corner) -> list[Corner]:
    dropped = {side, (side + 1) % len(corners)}
    kept = [point for number, point in enumerate(corners) if number not in dropped]
    return [*kept[:side], corner, *kept[side:]]


def _smallest_box(corners: Sequence[Corner]) -> Points:
    """Return the corners of the turned box of least area around a hull."""
    hull = np.array(corners)
    if len(hull) < 3:
        low, high = hull.min(axis=0), hull.max(axis=0)
        return np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
    return min((_box_along(hull, side) for side in np.roll(hull, -1, axis=0) - hull), key=_area)


def _box_along(hull: Points, side: Points) -> Points:
    way = side / max(float(np.hypot(*side)), 1e-12)
    turn = np.array([way, [-way[1], way[0]]])
    turned = hull @ turn.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
    return np.asarray(corners @ turn)


def _area(corners: Points) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return abs(float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())) / 2.0
