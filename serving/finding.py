"""Turn the network's map of one photo into defects with a place, a size in mm and a probability."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from data.condition import Box, DefectFinding
from data.defect import DefectKind
from data.device import Dimensions, Surface
from features.photo import Region
from serving.criteria import Pack
from serving.sight import Contract, Sight, cells_to_region

MAX_FINDINGS_PER_KIND = 20

# Along these the device is foreshortened or only one side is known, so a length can't be told.
_MEASURABLE = frozenset({Surface.FRONT, Surface.BACK})

Place = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Scene:
    """One photo with what was seen in it and what is known of the device.

    `width_px` and `height_px` are the photo's; `dimensions` is None if the device's class isn't known.
    """

    photo: int
    sight: Sight
    surface: Surface
    width_px: int
    height_px: int
    dimensions: Dimensions | None

    @property
    def mm_per_px(self) -> float | None:
        """Return millimetres per photo pixel from the device's long side, or None where it can't be told."""
        region = self.sight.region
        if region is None or self.dimensions is None or self.surface not in _MEASURABLE:
            return None
        width = (region.right - region.left) * self.width_px
        height = (region.bottom - region.top) * self.height_px
        return max(self.dimensions.height_mm, self.dimensions.width_mm) / max(width, height, 1.0)


def find_defects(scene: Scene, contract: Contract, pack: Pack) -> list[DefectFinding]:
    """Return the defects of every kind whose probability passes the model's threshold.

    A kind that passes without a place of its own on the map is one finding over the whole device, unmeasured.
    """
    findings = []
    for index, kind in enumerate(contract.kinds):
        if scene.sight.defects[kind] < contract.thresholds[kind]:
            continue
        places: list[Place | None] = [*_places(scene.sight.map[index], contract)]
        findings += [_finding(scene, pack, kind, place) for place in places or [None]]
    return findings


def to_box(region: Region) -> Box:
    """Return a region as the contract's box."""
    return Box(region.left, region.top, region.right - region.left, region.bottom - region.top)


def _places(channel: npt.NDArray[np.float32], contract: Contract) -> Iterator[Place]:
    """Yield the connected places of a map channel as (H, W) masks, the largest first."""
    labels, count = ndimage.label(channel > contract.map_threshold, structure=np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    for number in np.argsort(-sizes, kind="stable")[:MAX_FINDINGS_PER_KIND]:
        yield labels == number + 1


def _finding(scene: Scene, pack: Pack, kind: DefectKind, place: Place | None) -> DefectFinding:
    region = scene.sight.region or Region()
    length = area = None
    if place is not None:
        rows, columns = np.nonzero(place)
        region = cells_to_region(rows, columns, place.shape[0], scene.sight.frame)
        length, area = _measure(scene, place)
    return DefectFinding(
        kind=kind,
        surface=scene.surface,
        photo=scene.photo,
        probability=scene.sight.defects[kind],
        box=to_box(region),
        severity=pack.severity_of(length),
        length_mm=length,
        area_mm2=area,
    )


def _measure(scene: Scene, place: Place) -> tuple[float | None, float | None]:
    """Return length along the longest axis and area, in mm and mm2; both count whole map cells."""
    if scene.mm_per_px is None:
        return None, None
    frame = scene.sight.frame
    step_px = frame.pixels.shape[0] / place.shape[0]
    cell_mm = step_px * frame.fraction_per_px_x * scene.width_px * scene.mm_per_px
    points = np.argwhere(place).astype(np.float64)
    centred = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    along = centred @ axes[0]
    length = (float(along.max() - along.min()) + 1.0) * cell_mm
    return round(length, 1), round(len(points) * cell_mm**2, 1)
