"""Define how a body is bent: a kink across its longer side, out of its plane."""

from dataclasses import dataclass

import numpy as np

from data.drawing.surface.raster import Plane


@dataclass(frozen=True)
class Bend:
    """Two nearly straight halves that lean apart, as a panel sees them; lengths in mm.

    The body rises to `height_mm` at `middle_mm` along the panel's longer side, and is flat again about
    `half_mm` from there; `softness` rounds the kink. Seen from the side it is a curve, seen from the front
    only as far as the device is tilted.
    """

    is_upright: bool
    middle_mm: float
    half_mm: float
    softness: float
    height_mm: float

    def rise(self, along_mm: Plane) -> Plane:
        """Return the share of the height by which points along the longer side are raised."""
        along = (along_mm - np.float32(self.middle_mm)) / np.float32(self.half_mm)
        ridge = 1 + np.float32(self.softness) - np.sqrt(along * along + np.float32(self.softness**2))
        smooth = np.clip(ridge, 0, 1)
        return np.asarray(smooth * smooth * (3 - 2 * smooth) * 0.4 + smooth * 0.6, dtype=np.float32)
