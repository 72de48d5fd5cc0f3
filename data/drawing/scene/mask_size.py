"""Measure a mask on the device, in millimetres, through the homography of the view."""

from dataclasses import dataclass

import numpy as np

from data.condition import Box
from data.drawing.surface import raster
from data.drawing.surface.raster import Mask, Points
from data.drawing.surface.shape import extent
from data.homography import carry, magnification


@dataclass(frozen=True)
class MaskSize:
    """The size of a mask on the device: its longest extent and its area."""

    length_mm: float
    area_mm2: float


def size_of(mask: Mask, photo_to_mm: Points) -> MaskSize:
    """Measure a mask: the largest distance between two of its points, and the area of its pixels.

    Each pixel counts by the homography's own magnification at its place.
    """
    points = raster.filled_points(mask)
    if len(points) == 0:
        return MaskSize(0.0, 0.0)
    rim = raster.hull(points)
    area = float(magnification(points, photo_to_mm).sum())
    return MaskSize(extent(carry(rim, photo_to_mm)), area)


def box_of(mask: Mask) -> Box:
    """Return the box around a mask in fractions of the photo; an empty mask has an empty box."""
    height, width = mask.shape
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if len(columns) == 0:
        return Box(0.0, 0.0, 0.0, 0.0)
    left, top = float(columns[0]) / width, float(rows[0]) / height
    return Box(left, top, float(columns[-1] + 1) / width - left, float(rows[-1] + 1) / height - top)
