"""Define one drawn photo with all that is true of it."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from data.condition import Box
from data.defect import DefectKind, Severity
from data.device import DeviceClass, Surface, View
from data.drawing.damage.planned_defect import PlannedDefect
from data.drawing.optics.light import Light
from data.drawing.scene.mask_size import box_of, size_of
from data.drawing.surface.raster import Mask, Points

# Of 255: a pixel that a defect covers by about a third is taken to show it.
_LEAST_COVER = 90


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

    @classmethod
    def of(cls, defect: PlannedDefect, mask: Mask, photo_to_mm: Points) -> Self:
        """Measure a defect by its mask and the homography from the photo to its face."""
        size = size_of(mask, photo_to_mm)
        return cls(
            kind=defect.kind,
            surface=defect.surface,
            severity=defect.severity,
            length_mm=size.length_mm,
            area_mm2=size.area_mm2,
            box=box_of(mask),
            mask=mask,
        )


def seen_mask(mask: Mask, device: Mask) -> Mask:
    """Return the part of a defect's soft mask that lies on the device, as 0 or 255."""
    return np.where((mask > _LEAST_COVER) & (device > 127), 255, 0).astype(np.uint8)


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
