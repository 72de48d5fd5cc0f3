"""Find the defects in the network's map of one photo, each with a place, a size in mm and a probability."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from data.condition import Box, DefectFinding
from data.defect import DefectKind
from data.device import Surface
from features.photo.photo import Region
from features.photo.window import BoolMask
from serving.condition.criteria import House
from serving.condition.device_side import DeviceSide
from serving.condition.inference import Contract, Prediction, cells_to_region
from serving.condition.measuring import Measuring
from serving.condition.outline import MapGrid, Points

# How finely a place is compared and measured: points of it, and ways around it. Neither decides anything.
_MOST_POINTS = 64
_WAYS = 32


@dataclass(frozen=True)
class MappedPhoto:
    """One photo with the network's answers and the side of the device that it shows."""

    photo: int
    prediction: Prediction
    surface: Surface
    grid: MapGrid
    side: DeviceSide
    measuring: Measuring


@dataclass(frozen=True)
class Spot:
    """The place of a defect on its side of the device: points (N, 2) and the size of a cell there."""

    points: Points
    cell: float


@dataclass(frozen=True)
class PlacedDefect:
    """One defect of one photo, with its spot, None for one without a place of its own."""

    defect: DefectFinding
    spot: Spot | None


@dataclass(frozen=True)
class _Size:
    length_mm: float
    length_sd_mm: float
    area_mm2: float


def find_defects(mapped: MappedPhoto, contract: Contract, house: House) -> list[PlacedDefect]:
    """Return the defects of every kind whose probability passes the model's threshold.

    A kind that passes without a place of its own on the map is one finding over the whole device, unmeasured.
    """
    body = _device_body(mapped, contract)
    return [
        _found(mapped, house, kind, place, share * mapped.prediction.defects[kind])
        for index, kind in enumerate(contract.kinds)
        if mapped.prediction.defects[kind] >= contract.thresholds[kind]
        for place, share in _sure_places(mapped, contract, index, body)
    ]


def to_box(region: Region) -> Box:
    """Return a region as the contract's box."""
    return Box(region.left, region.top, region.right - region.left, region.bottom - region.top)


def _device_body(mapped: MappedPhoto, contract: Contract) -> BoolMask:
    """Return the cells (H, W) on which a defect may lie: the device without holes, and its rim."""
    device = ndimage.binary_fill_holes(mapped.prediction.map[-1] > contract.device_threshold)
    if not device.any():
        return np.ones_like(device)
    return np.asarray(ndimage.binary_dilation(device, np.ones((3, 3)), iterations=mapped.measuring.rim_cells))


def _sure_places(
    mapped: MappedPhoto, contract: Contract, index: int, body: BoolMask
) -> list[tuple[BoolMask | None, float]]:
    """Return the places of a kind with the share of the photo's probability that each carries.

    The photo's answer is about its strongest place, which carries all of it; another carries less the weaker
    it is, and is left out below place_share_min. Without any place, None carries it.
    """
    channel = mapped.prediction.map[index]
    threshold = contract.map_thresholds[index]
    found = _places(mapped, contract.kinds[index], channel, threshold, body)
    places = list(islice(found, mapped.measuring.places_max))
    strengths = [place_strength(channel[place], contract.strongest_cells) for place in places]
    sure_strength = float(contract.sure_strengths[index])
    shares = [1.0 if each == max(strengths) else min(1.0, each / sure_strength) for each in strengths]
    sure = [pair for pair in zip(places, shares, strict=True) if pair[1] >= mapped.measuring.place_share_min]
    return [*sure] or [(None, 1.0)]


def place_strength(cells: npt.NDArray[np.float32], strongest: int) -> float:
    """Return the mean of the `strongest` highest probabilities of a place; what it lacks counts 0."""
    return float(np.sort(cells)[-strongest:].sum() / strongest)


def _places(
    mapped: MappedPhoto, kind: DefectKind, channel: npt.NDArray[np.float32], threshold: float, body: BoolMask
) -> Iterator[BoolMask]:
    """Yield the places of a map channel as (H, W) masks, the largest first; pieces of one defect are one.

    What lies wholly beside the device's body is a speck on the table, not damage.
    """
    inside = channel > threshold
    linked = channel > threshold * mapped.measuring.weaker_cells_from
    reach = _reach_cells(mapped, kind, inside)
    if reach:
        linked = ndimage.binary_dilation(linked, np.ones((3, 3)), iterations=reach)
    labels, count = ndimage.label(linked, structure=np.ones((3, 3)))
    labels[~inside] = 0
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    on_body = np.bincount(labels[body], minlength=count + 1)[1:]
    for number in np.argsort(-sizes, kind="stable"):
        if on_body[number]:
            yield labels == number + 1


def _reach_cells(mapped: MappedPhoto, kind: DefectKind, inside: BoolMask) -> int:
    """Return by how many cells pieces must grow to meet over the longest gap that one defect may have."""
    if not mapped.side.is_measured or not inside.any():
        return 0
    rows, columns = np.nonzero(inside)
    cell_mm = _spot(mapped, mapped.grid.to_photo(columns + 0.5, rows + 0.5)).cell
    return int(mapped.measuring.joined_within(kind) / 2.0 / cell_mm)


def _found(
    mapped: MappedPhoto, house: House, kind: DefectKind, place: BoolMask | None, probability: float
) -> PlacedDefect:
    region = mapped.prediction.region or Region()
    size = spot = None
    if place is not None:
        rows, columns = np.nonzero(place)
        frame = mapped.prediction.frame
        region = cells_to_region(rows, columns, place.shape[0], frame, inset=mapped.measuring.box_inset_cells)
        middles = mapped.grid.to_photo(columns + 0.5, rows + 0.5)
        spot = _spot(mapped, middles)
        size = _measure(mapped, middles, spot) if mapped.side.is_measured else None
    defect = DefectFinding(
        kind=kind,
        surface=mapped.surface,
        photo=mapped.photo,
        probability=probability,
        box=to_box(region),
        severity=house.severity_of(size.length_mm if size else None),
        length_mm=size.length_mm if size else None,
        area_mm2=size.area_mm2 if size else None,
        length_sd_mm=size.length_sd_mm if size else None,
    )
    return PlacedDefect(defect, spot)


def _spot(mapped: MappedPhoto, middles: Points) -> Spot:
    """Return a defect's cells on the device, evenly thinned to a number that is quickly compared."""
    cell = float(np.sqrt(mapped.side.magnification(middles).mean() * np.prod(mapped.grid.cell_px)))
    chosen = np.linspace(0, len(middles) - 1, min(len(middles), _MOST_POINTS)).round().astype(int)
    return Spot(mapped.side.place(middles[chosen]), cell)


def _measure(mapped: MappedPhoto, middles: Points, spot: Spot) -> _Size:
    """Return the length between the two points furthest apart, its doubt, and the area of all cells.

    A defect touches one cell more than its length on average, so the length runs from middle to middle;
    inside one cell it is half of it. The doubt is that of the cells and the fit, without the device's size.
    """
    angles = np.arange(_WAYS) * np.pi / _WAYS
    along = mapped.side.place(middles) @ np.stack([np.cos(angles), np.sin(angles)])
    length = float(np.hypot(np.ptp(along, axis=0).max(), spot.cell / 2.0))
    doubt = float(np.hypot(mapped.measuring.length_sd_cells * spot.cell, mapped.side.outline_sd * length))
    area = float(mapped.side.magnification(middles).sum() * np.prod(mapped.grid.cell_px))
    return _Size(round(length, 1), round(doubt, 2), round(area, 1))
