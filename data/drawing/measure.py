"""Measure a mask on the device: carry its pixels back through the view's homography to millimetres."""

import numpy as np

from data.condition import Box
from data.drawing import raster
from data.drawing.raster import Mask, Points
from data.drawing.shape import extent


def length_mm(mask: Mask, photo_to_mm: Points) -> float:
    """Return the largest distance between two points of a mask, on the device."""
    rows, columns = np.nonzero(mask)
    if len(rows) == 0:
        return 0.0
    rim = raster.hull(np.stack([columns, rows], axis=1).astype(np.float64))
    homogeneous = np.concatenate([rim, np.ones((len(rim), 1))], axis=1) @ photo_to_mm.T
    return extent(homogeneous[:, :2] / homogeneous[:, 2:])


def area_mm2(mask: Mask, photo_to_mm: Points) -> float:
    """Return the area of a mask on the device, each pixel by the homography's own magnification there."""
    rows, columns = np.nonzero(mask)
    depth = photo_to_mm[2, 0] * columns + photo_to_mm[2, 1] * rows + photo_to_mm[2, 2]
    return float((abs(np.linalg.det(photo_to_mm)) / np.abs(depth) ** 3).sum())


def box_of(mask: Mask) -> Box:
    """Return the box around a mask in fractions of the photo; an empty mask has an empty box."""
    height, width = mask.shape
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if len(columns) == 0:
        return Box(0.0, 0.0, 0.0, 0.0)
    left, top = float(columns[0]) / width, float(rows[0]) / height
    return Box(left, top, float(columns[-1] + 1) / width - left, float(rows[-1] + 1) / height - top)
