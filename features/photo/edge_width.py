"""Tell how blurred a picture is by the width of its sharpest edges, whatever it shows."""

import numpy as np

from features.photo.window import Place, Plane, least_over, most_over

_SOFTENING_PX = 1.0
_KERNEL = np.exp(-(np.arange(-3, 4) ** 2) / (2.0 * _SOFTENING_PX**2)).astype(np.float32)
_REACH_PX = 8
_STEP_MIN, _STEP_SHARE = 0.1, 0.4
_SHARPEST = 0.01
_LEAST_EDGE_PX = 30
_NONE = 1.0


def edge_width(grey: Plane, place: Place) -> float:
    """Return the sigma of the blur at the sharpest edges of a place, in shares of the picture's long side.

    A step seen through a Gaussian of width sigma rises by at most step / (sqrt(2 pi) sigma) a pixel, so the
    step around a pixel over its steepest rise is the width. Only steps that are high for the picture count:
    noise has steep but low ones. 1.0 stands for a picture without any edge.
    """
    soft = _soften(grey)
    step = most_over(soft, _REACH_PX) - least_over(soft, _REACH_PX)
    rise = _rise(soft)
    low, high = np.quantile(soft[place], (0.02, 0.98))
    edges = place & (step > max(_STEP_MIN, _STEP_SHARE * (high - low))) & (rise > 0)
    if np.count_nonzero(edges) < _LEAST_EDGE_PX:
        return _NONE
    width_px = float(np.quantile(step[edges] / rise[edges], _SHARPEST)) / np.sqrt(2.0 * np.pi)
    return float(np.sqrt(max(width_px**2 - _SOFTENING_PX**2, 0.0)) / max(grey.shape))


def _soften(grey: Plane) -> Plane:
    kernel = _KERNEL / _KERNEL.sum()
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
