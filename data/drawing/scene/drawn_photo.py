"""Hold one drawn photo with all that is true of it."""

from dataclasses import dataclass

import numpy as np

from data.condition import Box
from data.defect import DefectKind, Severity
from data.device import DeviceClass, Surface, View
from data.drawing.optics.light import Light
from data.drawing.surface.raster import Mask


@dataclass(frozen=True)
class DrawnDefect:
    """One defect as it shows in one drawn photo; all figures are of the part that can be seen.

    length_mm is the largest distance between two of its points, area_mm2 the area of its mask, both on the
    device; the mask is (H, W) uint8, 0 or 255.
    """

    kind: DefectKind
    surface: Surface
    severity: Severity
    length_mm: float
    area_mm2: float
    box: Box
    mask: Mask


@dataclass(frozen=True)
class DrawnPhoto:
    """One drawn photo with all that is true of it; pixels are (H, W, 3) uint8 RGB.

    `faint` names the kinds that are there but too faint, small or hidden for a person to be sure: neither
    their presence nor their absence is truth to learn from.
    """

    pixels: Mask
    device_mask: Mask
    defects: tuple[DrawnDefect, ...]
    device_class: DeviceClass
    view: View
    light: Light
    design: str
    box: Box
    faint: frozenset[DefectKind] = frozenset()

    @property
    def labels(self) -> dict[DefectKind, bool]:
        """Return which kinds show and which do not; the faint ones are left out, as not known."""
        shown = {defect.kind for defect in self.defects}
        return {kind: kind in shown for kind in DefectKind if kind not in self.faint}

    def mask(self, kind: DefectKind) -> Mask:
        """Return the (H, W) uint8 union of the masks of one kind."""
        union = np.zeros(self.device_mask.shape, np.uint8)
        for defect in self.defects:
            if defect.kind is kind:
                union = np.maximum(union, defect.mask)
        return union
