"""Measure how the device is framed in a photo: there, near, whole and upright."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.condition import PhotoCode
from data.device import DeviceClass, View
from data.sizes import KnownSize
from features.photo.border import SIDES, runs_on
from features.photo.photo import Photo, Region
from features.photo.quality import QualityLimits
from features.photo.window import BoolMask
from serving.condition.device_side import is_flat
from serving.condition.inference import Logits, Prediction
from serving.condition.inference_rules import read_inference
from serving.condition.measuring import read_measuring
from serving.condition.outline import MapGrid, find_outline

_CLOSE_UPS = frozenset({View.LABEL})


@dataclass(frozen=True)
class Framing:
    """The place of the device in the photo; `is_found` is False and all else 0 where there is none.

    `length` is its longer side in shares of the photo's long side. `contact` is the largest share of its
    width that one border of the photo cuts, and `contact_probability` how surely it is device there.
    `lean` says how far its outline is from that of a device seen straight on.
    """

    is_found: bool
    length: float = 0.0
    contact: float = 0.0
    contact_probability: float = 0.0
    lean: "Lean | None" = None


@dataclass(frozen=True)
class Lean:
    """The lean of a rectangle: visible over true proportion, and far over near side; at most 1 each."""

    foreshortening: float
    keystone: float


def device_probability(prediction: Prediction, width_px: int, height_px: int) -> Logits:
    """Return (rows, columns) probabilities that each place of the photo is the device; 0 outside its box."""
    shrink = read_inference().gate_long_side_places / max(width_px, height_px)
    rows, columns = max(8, round(height_px * shrink)), max(8, round(width_px * shrink))
    region = prediction.region or Region(0.0, 0.0, 0.0, 0.0)
    frame = prediction.frame
    across = _cells(
        columns, frame.left, frame.fraction_per_px_x * frame.pixels.shape[1], prediction.map.shape[2]
    )
    down = _cells(rows, frame.top, frame.fraction_per_px_y * frame.pixels.shape[0], prediction.map.shape[1])
    probability = prediction.map[-1][np.maximum(down, 0)][:, np.maximum(across, 0)]
    within = (down >= 0)[:, None] & (across >= 0)[None, :]
    within &= _inside(rows, region.top, region.bottom)[:, None]
    within &= _inside(columns, region.left, region.right)[None, :]
    return np.where(within, probability, np.float32(0.0)).astype(np.float32)


def device_place(
    prediction: Prediction, width_px: int, height_px: int, *, threshold: float
) -> BoolMask | None:
    """Return where the device is over the whole photo, (rows, columns); None if none was found.

    threshold: the release's own, from which a place on its map is device.
    """
    place = device_probability(prediction, width_px, height_px) > threshold
    return place if place.any() else None


def measure_framing(
    prediction: Prediction,
    photo: Photo,
    view: View,
    size: KnownSize | None,
    device_class: DeviceClass | None,
    *,
    threshold: float,
    fill_min: float,
) -> Framing:
    """Measure how the device that was found is framed; its view, size and class may not be known.

    A place on the map is device from the release's own `threshold` on. An outline is clear if the device
    fills at least `fill_min` of its four sides.
    """
    width_px, height_px = photo.width_px, photo.height_px
    probability = device_probability(prediction, width_px, height_px)
    place = probability > threshold
    if prediction.region is None or not place.any():
        return Framing(is_found=False)
    rows, columns = np.flatnonzero(place.any(axis=1)), np.flatnonzero(place.any(axis=0))
    height, width = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    lines = _border_lines(probability)
    spans = (width, width, height, height)
    contacts = [
        _contact(photo, side, line, span, threshold)
        for side, line, span in zip(SIDES, lines, spans, strict=True)
    ]
    contact, chance = max(contacts, key=lambda pair: pair[0])
    lean = None
    if size and is_flat(view.surface, device_class):
        lean = measure_lean(prediction, width_px, height_px, size, threshold=threshold, fill_min=fill_min)
    return Framing(True, max(height, width) / max(place.shape), contact, chance, lean)


def measure_lean(
    prediction: Prediction,
    width_px: int,
    height_px: int,
    size: KnownSize,
    *,
    threshold: float,
    fill_min: float,
) -> Lean | None:
    """Measure how a front or back of known size leans away, None where its outline is not clear.

    A device that leaves the picture shows no four sides, and an open laptop has no flat front.
    """
    grid = MapGrid(prediction.frame, (prediction.map.shape[1], prediction.map.shape[2]), width_px, height_px)
    outline = find_outline(prediction.map[-1], grid, read_measuring(), threshold=threshold, fill_min=fill_min)
    if outline is None or outline.is_box or outline.is_cut_off:
        return None
    sides = np.hypot(*(np.roll(outline.corners, -1, axis=0) - outline.corners).T)
    pairs = ((sides[0], sides[2]), (sides[1], sides[3]))
    shown = _ratio(sides[0] + sides[2], sides[1] + sides[3]) / _ratio(size.width_mm, size.height_mm)
    return Lean(min(shown, 1.0 / shown), 1.0 / max(_ratio(*pair) for pair in pairs))


def framing_codes(framing: Framing, view: View, limits: QualityLimits) -> tuple[PhotoCode, ...]:
    """Return what is wrong with the framing.

    A label may be taken so near that the device is cut off.
    """
    if not framing.is_found:
        return (PhotoCode.NO_DEVICE,)
    touches = (
        framing.contact > limits.border_contact_max
        and framing.contact_probability > limits.border_probability_min
    )
    lean = framing.lean or Lean(1.0, 1.0)
    leans = lean.foreshortening < limits.foreshortening_min and lean.keystone < limits.keystone_max
    broken = {
        PhotoCode.CUT_OFF: touches and view not in _CLOSE_UPS,
        PhotoCode.TOO_FAR: framing.length < limits.device_length_min,
        PhotoCode.TILTED: leans,
    }
    return tuple(code for code, is_broken in broken.items() if is_broken)


def _ratio(one: float, other: float) -> float:
    """Return the longer over the shorter of two lengths."""
    return float(max(one, other) / max(min(one, other), 1e-9))


def _border_lines(probability: Logits) -> tuple[Logits, ...]:
    """Return the likeliest of the outermost places along each of SIDES."""
    deep = read_inference().gate_border_places
    first, last = slice(None, deep), slice(-deep, None)
    rows = (probability[first].max(axis=0), probability[last].max(axis=0))
    return (*rows, probability[:, first].max(axis=1), probability[:, last].max(axis=1))


def _contact(photo: Photo, side: str, line: Logits, span: int, threshold: float) -> tuple[float, float]:
    """Return the share of a device's width that a border of the photo cuts, and how surely it is device."""
    touching = line > threshold
    if touching.any():
        touching &= runs_on(photo.image, side, len(line))
    if not touching.any():
        return 0.0, 0.0
    return float(np.count_nonzero(touching) / span), float(line[touching].mean())


def _cells(count: int, start: float, length: float, cells: int) -> npt.NDArray[np.intp]:
    """Return the map cell under each of `count` places along a side of the photo, -1 outside the frame."""
    at = np.floor(((np.arange(count) + 0.5) / count - start) / length * cells).astype(np.intp)
    return np.where((at >= 0) & (at < cells), at, -1)


def _inside(count: int, low: float, high: float) -> BoolMask:
    middle = (np.arange(count) + 0.5) / count
    return (middle >= low) & (middle <= high)
