"""Say what one photo shows of one side of the device: its findings, and where on the side they lie."""

from dataclasses import dataclass

import numpy as np

from data.device import DeviceClass, Surface
from data.sizes import KnownSize
from features.photo.photo import Region
from serving.condition.device_side import Face, find_face
from serving.condition.inference import Contract, Sight
from serving.condition.outline import Grid, Outline, find_outline
from serving.condition.photo_defects import Found, Scene, find_defects
from serving.condition.rulebook import Rulebook


@dataclass(frozen=True)
class Exposure:
    """One photo that shows a device: its place in the set, its size, the side it shows and what was seen."""

    index: int
    width_px: int
    height_px: int
    surface: Surface
    sight: Sight


@dataclass(frozen=True)
class Showing:
    """The findings of one photo, and the side of the device that it shows."""

    surface: Surface
    face: Face
    found: tuple[Found, ...]


def show(
    exposure: Exposure,
    contract: Contract,
    rules: Rulebook,
    device_class: DeviceClass | None,
    size: KnownSize | None,
) -> Showing:
    """Find and measure the defects of one photo; the device's class and size may not be known."""
    sight, measuring = exposure.sight, rules.measuring
    rows, columns = sight.map.shape[1:]
    grid = Grid(sight.frame, (rows, columns), exposure.width_px, exposure.height_px)
    outline = find_outline(
        sight.map[-1],
        grid,
        threshold=contract.device_threshold,
        fill_min=measuring.quadrilateral_fill_min,
    )
    face = find_face(outline or _box_outline(exposure), exposure.surface, device_class, size, measuring)
    scene = Scene(exposure.index, sight, exposure.surface, grid, face, measuring)
    return Showing(exposure.surface, face, tuple(find_defects(scene, contract, rules.house)))


def _box_outline(exposure: Exposure) -> Outline:
    """Return the device's region as an outline, for a closer look whose map shows no device."""
    region = exposure.sight.region or Region()
    left, right = region.left * exposure.width_px, region.right * exposure.width_px
    top, bottom = region.top * exposure.height_px, region.bottom * exposure.height_px
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    return Outline(corners, fill=1.0, is_box=True, is_cut_off=False)
