"""Compute the least, the most and the mean around every pixel, in square windows."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
BoolMask = npt.NDArray[np.bool_]
Values = TypeVar("Values", Plane, BoolMask)


def most_over(values: Values, reach_px: int) -> Values:
    """Return the largest value within `reach_px` of each pixel of an (H, W) array, across and down."""
    for axis in (0, 1):
        values = _most_along(values, reach_px, axis)
    return values


def least_over(values: Plane, reach_px: int) -> Plane:
    """Return the smallest value within `reach_px` of each pixel."""
    return -most_over(-values, reach_px)


def grown(place: BoolMask, reach_px: int) -> BoolMask:
    """Return a mask widened by `reach_px` on all sides."""
    return most_over(place, reach_px)


def shrunk(place: BoolMask, reach_px: int) -> BoolMask:
    """Return a mask without a border of `reach_px`; the picture's own border takes nothing away."""
    return ~most_over(~place, reach_px)


def mean_over(values: Plane, reach_px: int) -> Plane:
    """Return the mean within `reach_px` of each pixel, the borders repeated."""
    for axis in (0, 1):
        widths = [(0, 0), (0, 0)]
        widths[axis] = (reach_px + 1, reach_px)
        total = np.cumsum(np.pad(values, widths, mode="edge"), axis=axis, dtype=np.float64)
        span = 2 * reach_px + 1
        upper, lower = np.moveaxis(total, axis, 0)[span:], np.moveaxis(total, axis, 0)[:-span]
        values = np.moveaxis((upper - lower) / span, 0, axis).astype(np.float32)
    return values


def _most_along(values: Values, reach_px: int, axis: int) -> Values:
    """Double the window until it is wide enough: a few passes instead of one a pixel."""
    line = np.moveaxis(values, axis, 0)
    widths = [(reach_px, reach_px), (0, 0)]
    window = np.pad(line, widths, mode="edge")
    span, wanted = 1, 2 * reach_px + 1
    while span < wanted:
        step = min(span, wanted - span)
        window = np.maximum(window[:-step], window[step:])
        span += step
    return np.moveaxis(window, 0, axis)
