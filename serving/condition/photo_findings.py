"""Find what one photo shows of one side of the device, and where on the side it lies."""

from dataclasses import dataclass

import numpy as np

from data.device import DeviceClass, Surface
from data.sizes import KnownSize
from features.photo.photo import Region
from serving.condition.device_side import DeviceSide, find_side
from serving.condition.inference import Contract, Prediction
from serving.condition.outline import DeviceOutline, MapGrid, find_outline
from serving.condition.photo_defects import MappedPhoto, PlacedDefect, find_defects
from serving.condition.rulebook import Rulebook


@dataclass(frozen=True)
class SidePhoto:
    """One photo that shows a device: its place in the set, its size, its side and the network's answers."""

    index: int
    width_px: int
    height_px: int
    surface: Surface
    prediction: Prediction


@dataclass(frozen=True)
class SideFindings:
    """The findings of one photo, and the side of the device that it shows."""

    surface: Surface
    side: DeviceSide
    found: tuple[PlacedDefect, ...]


def find_on_side(
    photo: SidePhoto,
    contract: Contract,
    rules: Rulebook,
    device_class: DeviceClass | None,
    size: KnownSize | None,
) -> SideFindings:
    """Find and measure the defects of one photo; the device's class and size may not be known."""
    prediction, measuring = photo.prediction, rules.measuring
    rows, columns = prediction.map.shape[1:]
    grid = MapGrid(prediction.frame, (rows, columns), photo.width_px, photo.height_px)
    outline = find_outline(
        prediction.map[-1],
        grid,
        measuring,
        threshold=contract.device_threshold,
        fill_min=measuring.quadrilateral_fill_min,
    )
    # A region is larger than a device that lies aslant in it: millimetres by it would come out too short.
    known = size if outline else None
    face = find_side(outline or _box_outline(photo), photo.surface, device_class, known, measuring)
    mapped = MappedPhoto(photo.index, prediction, photo.surface, grid, face, measuring)
    return SideFindings(photo.surface, face, tuple(find_defects(mapped, contract, rules.house)))


def _box_outline(photo: SidePhoto) -> DeviceOutline:
    """Return the device's region as an outline to place defects in, where the detail's map shows none."""
    region = photo.prediction.region or Region()
    left, right = region.left * photo.width_px, region.right * photo.width_px
    top, bottom = region.top * photo.height_px, region.bottom * photo.height_px
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    return DeviceOutline(corners, fill=1.0, is_box=True, is_cut_off=False)
