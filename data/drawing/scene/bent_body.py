"""Bend a body in a photo: its face, sides and outline move together, as far as the view shows it."""

from dataclasses import dataclass

import numpy as np

from data.drawing.device.body import Panel
from data.drawing.optics.pose import Projector
from data.drawing.surface import raster
from data.drawing.surface.bend_profile import Bend
from data.drawing.surface.canvas import unit
from data.drawing.surface.raster import Mask, Plane, Points


def lift_px(bend: Bend, panel: Panel, projector: Projector) -> Points:
    """Return by how many pixels (2,) of the photo the top of the kink moves.

    An edge view looks along the kink's axis and shows all of it; a face only as far as it is tilted.
    """
    right, down = panel.corners[1] - panel.corners[0], panel.corners[3] - panel.corners[0]
    out = down if panel.name == "edge" else np.cross(right, down)
    middle = panel.corners.mean(axis=0)
    raised = middle + out / np.linalg.norm(out) * bend.height_mm
    low, high = projector.project(np.stack([middle, raised]))
    return np.asarray(high - low)


def aside_px(bend: Bend, panel: Panel, projector: Projector) -> float:
    """Return by how many pixels the top of the kink leaves the line of the longer side."""
    start, right, _, down = projector.project(panel.corners)
    along = (down if bend.is_upright else right) - start
    lift = lift_px(bend, panel, projector)
    return abs(float(along[0] * lift[1] - along[1] * lift[0])) / max(float(np.hypot(*along)), 1e-9)


@dataclass(frozen=True)
class Bent:
    """The distance by which each pixel of a window of the photo was moved."""

    window: tuple[slice, slice]
    columns: Plane
    rows: Plane

    @classmethod
    def around(cls, device: Mask, bend: Bend, lift_px: Points, photo_to_mm: Points) -> "Bent":
        """Return the window that holds a device before and after it is bent."""
        height, width = device.shape
        ys, xs = np.nonzero(device.any(axis=1))[0], np.nonzero(device.any(axis=0))[0]
        reach = int(np.ceil(np.abs(lift_px).max())) + 2
        top, bottom = max(0, int(ys[0]) - reach), min(height, int(ys[-1]) + reach + 1)
        left, right = max(0, int(xs[0]) - reach), min(width, int(xs[-1]) + reach + 1)
        columns, rows = np.meshgrid(
            np.arange(left, right, dtype=np.float32), np.arange(top, bottom, dtype=np.float32)
        )
        across, down, scale = (
            np.float32(a) * columns + np.float32(b) * rows + np.float32(c) for a, b, c in photo_to_mm
        )
        rise = bend.rise(np.asarray((down if bend.is_upright else across) / scale, np.float32))
        window = (slice(top, bottom), slice(left, right))
        return cls(window, columns - np.float32(lift_px[0]) * rise, rows - np.float32(lift_px[1]) * rise)

    def mask(self, mask: Mask) -> Mask:
        """Return a (H, W) mask of the photo as the bent body shows it."""
        moved = np.zeros_like(mask)
        moved[self.window] = raster.sample_mask(mask, self.columns, self.rows)
        return moved

    def paint(self, picture: Plane, behind: Plane, device: Mask) -> None:
        """Bend what `device` covers of a picture in place; `behind` shows where it leaves."""
        cover = unit(raster.sample_mask(device, self.columns, self.rows))[..., None]
        moved = raster.sample(picture, self.columns, self.rows)
        picture[self.window] = behind[self.window] + (moved - behind[self.window]) * cover
