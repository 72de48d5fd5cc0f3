"""Define what is true of one photo, and what nobody knows, in the form that the loss takes."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from data.defect import DefectKind
from data.device import DeviceClass, View
from data.drawing.photos import DrawnPhoto
from data.drawing.surface.raster import Mask
from data.labelled.photo_set import LabelledPhoto, MarkedOutline
from training.condition.labels.eye_labels import EyeLabel, known_kinds
from training.condition.network import CLASSES, KINDS, UNKNOWN, VIEWS
from training.condition.samples.eye_truth import class_index, outline_mask, view_index
from training.condition.settings import SourceRule

_CLASS_OF_DEVICE = {
    "phone": DeviceClass.PHONE,
    "laptop": DeviceClass.LAPTOP,
    "laptop+mouse": DeviceClass.LAPTOP,
    "router": DeviceClass.ROUTER,
    "keyboard": DeviceClass.OTHER,
    "mouse": DeviceClass.OTHER,
    "keyboard+mouse": DeviceClass.OTHER,
    "monitor": DeviceClass.OTHER,
    "monitor+mouse": DeviceClass.OTHER,
    "tv": DeviceClass.OTHER,
    "smartwatch": DeviceClass.OTHER,
}
_NO_DEVICE = frozenset({"none", "bottle"})
VIEW_GROUP = {
    View.FRONT_RAKING: View.FRONT_OFF,
    View.LEFT: View.EDGE,
    View.RIGHT: View.EDGE,
    View.TOP: View.EDGE,
    View.BOTTOM: View.EDGE,
}


@dataclass(frozen=True)
class Truth:
    """The truth about a photo, in its own pixels.

    `defects` is (13,) of 1, 0 or UNKNOWN; `masks` holds (H, W) uint8 0/255 for the kinds whose place is known
    (all zero where the photo is known to be free of them); `device_mask` likewise, with 128 where unsure;
    `device` and `view` are class indices or UNKNOWN.
    """

    defects: npt.NDArray[np.int8]
    masks: Mapping[DefectKind, Mask]
    device_mask: Mask | None
    device: int
    view: int


def drawn_truth(photo: DrawnPhoto) -> Truth:
    """Return the full truth of a drawn photo: every kind, every pixel, but for kinds too faint to judge."""
    return Truth(
        defects=np.array([int(photo.labels.get(kind, UNKNOWN)) for kind in KINDS], np.int8),
        masks={kind: photo.mask(kind) for kind in KINDS if kind in photo.labels},
        device_mask=photo.device_mask,
        device=CLASSES.index(photo.device_class),
        view=_view_index(photo.view),
    )


def real_truth(
    photo: LabelledPhoto,
    rule: SourceRule,
    shape: tuple[int, ...],
    scale: float,
    *,
    standing: Mask | None = None,
    seen: EyeLabel | None = None,
) -> Truth:
    """Return the truth from a real photo's labels, outlines and source, and what was `seen` on it by eye.

    `shape` is of the pixels to learn from, onto which `scale` maps outlines; `standing` is what stands free
    of its surroundings there.
    """
    shape = shape[:2]
    known = known_kinds(photo.labels, seen, rule.clean_of)
    masks = {kind: np.zeros(shape, np.uint8) for kind, is_there in known.items() if not is_there}
    for kind in (DefectKind.SCRATCH, DefectKind.DENT):
        marks = [outline for outline in photo.outlines or () if outline.name.endswith(kind.value)]
        if marks:
            known[kind] = True
            masks[kind] = _fill_polygons(marks, shape, scale)
    return Truth(
        defects=np.array([int(known.get(kind, UNKNOWN)) for kind in KINDS], np.int8),
        masks=masks,
        device_mask=_device_mask(photo, shape, scale, standing, seen),
        device=_first_known(class_index(seen) if seen else UNKNOWN, _device_index(photo.device)),
        view=view_index(seen) if seen else UNKNOWN,
    )


def _device_mask(
    photo: LabelledPhoto,
    shape: tuple[int, ...],
    scale: float,
    standing: Mask | None,
    seen: EyeLabel | None,
) -> Mask | None:
    if photo.device in _NO_DEVICE:
        return np.zeros(shape, np.uint8)
    boxes = [outline.box_px for outline in photo.outlines or () if outline.name in _CLASS_OF_DEVICE]
    if boxes and not (seen and seen.is_alone):
        return _fill_boxes(boxes, shape, scale)
    return outline_mask(seen, shape) if seen and standing is None else standing


def _first_known(*numbers: int) -> int:
    return next((number for number in numbers if number != UNKNOWN), UNKNOWN)


def _fill_boxes(boxes: list[tuple[float, float, float, float]], shape: tuple[int, ...], scale: float) -> Mask:
    """Fill boxes with 128 (unsure: corners may be background) and their inner ellipses with 255."""
    mask = np.zeros(shape, np.uint8)
    corners = [tuple(round(edge * scale) for edge in box) for box in boxes]
    for left, top, right, bottom in corners:
        cv2.rectangle(mask, (left, top), (right, bottom), 128, cv2.FILLED)
    for left, top, right, bottom in corners:
        centre = ((left + right) // 2, (top + bottom) // 2)
        axes = (max(1, int(0.35 * (right - left))), max(1, int(0.35 * (bottom - top))))
        cv2.ellipse(mask, centre, axes, 0, 0, 360, 255, cv2.FILLED)
    return mask


def _fill_polygons(marks: list[MarkedOutline], shape: tuple[int, ...], scale: float) -> Mask:
    mask = np.zeros(shape, np.uint8)
    polygons = [np.round(points * scale).astype(np.int32) for mark in marks for points in mark.polygons_px]
    return cv2.fillPoly(mask, polygons, 255).astype(np.uint8)


def class_of(device: str) -> str | None:
    """Return the class of a manifest's device: a DeviceClass, "none", or None where it isn't clear."""
    return "none" if device in _NO_DEVICE else _CLASS_OF_DEVICE.get(device)


def _device_index(device: str) -> int:
    found = class_of(device)
    return UNKNOWN if found is None else CLASSES.index(found)


def _view_index(view: View) -> int:
    group = VIEW_GROUP.get(view, view)
    return VIEWS.index(group) if group in VIEWS else UNKNOWN
