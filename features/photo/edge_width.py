"""Measure how blurred a picture is by the width of its sharpest edges."""

from functools import cache

import numpy as np
import numpy.typing as npt

from features.photo.measures import photo_measures
from features.photo.window import BoolMask, Plane, least_over, most_over

_NONE = 1.0


def edge_width(grey: Plane, place: BoolMask) -> float:
    """Return the sigma of the blur at the sharpest edges of a place, in shares of the picture's long side.

    A step seen through a Gaussian of width sigma rises by at most step / (sqrt(2 pi) sigma) a pixel, so the
    step around a pixel over its steepest rise is the width. Only steps that are high for the picture count:
    noise has steep but low ones. 1.0 stands for a picture without any edge.
    """
    measures = photo_measures().edge
    soft = _soften(grey, _kernel(measures.softening_px))
    step = most_over(soft, measures.reach_px) - least_over(soft, measures.reach_px)
    rise = _rise(soft)
    low, high = np.quantile(soft[place], measures.range_quantiles)
    edges = place & (step > max(measures.step_min, measures.step_share * (high - low))) & (rise > 0)
    if np.count_nonzero(edges) < measures.least_edge_px:
        return _NONE
    sharpest = float(np.quantile(step[edges] / rise[edges], measures.sharpest_quantile))
    width_px = sharpest / np.sqrt(2.0 * np.pi)
    return float(np.sqrt(max(width_px**2 - measures.softening_px**2, 0.0)) / max(grey.shape))


@cache
def _kernel(sigma_px: float) -> npt.NDArray[np.float32]:
    """Return a Gaussian out to three pixels, which adds up to 1."""
    kernel = np.exp(-(np.arange(-3, 4) ** 2) / (2.0 * sigma_px**2)).astype(np.float32)
    return np.asarray(kernel / kernel.sum())


def _soften(grey: Plane, kernel: npt.NDArray[np.float32]) -> Plane:
    reach = len(kernel) // 2
    for axis in (0, 1):
        widths = [(0, 0), (0, 0)]
        widths[axis] = (reach, reach)
        padded = np.moveaxis(np.pad(grey, widths, mode="edge"), axis, 0)
        count = grey.shape[axis]
        line = sum(weight * padded[at : at + count] for at, weight in enumerate(kernel))
        grey = np.moveaxis(np.asarray(line, np.float32), 0, axis)
    return grey


def _rise(soft: Plane) -> Plane:
    rise = np.zeros_like(soft)
    if min(soft.shape) > 2:
        down = (soft[2:, 1:-1] - soft[:-2, 1:-1]) / 2.0
        across = (soft[1:-1, 2:] - soft[1:-1, :-2]) / 2.0
        rise[1:-1, 1:-1] = np.hypot(down, across)
    return rise
