"""Vary a photo and its truth together, as stations, cameras and web copies vary."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from data.drawing.surface.raster import Mask, through_jpeg
from features.photo.photo import ENLARGED_MOST, PADDING_GREY, Pixels
from training.condition.network import KINDS, STRIDE, UNKNOWN
from training.condition.samples.target import Truth

Edges = npt.NDArray[np.float64]

_DEGREES_MAX = 12.0
_VISIBLE_PX = 24
_AT_DEFECT = 0.8
_NEARLY_ALL = 0.9
# Photos of 400 to 1,000 px are as common as large ones; the closest look enlarges them at most twice.
_SMALL_SHARE = 0.3
_SMALL_SIDES = (1 / ENLARGED_MOST - 0.05, 0.95)
_OUTWARDS = np.array([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class FramePair:
    """The scale of training frames: their side and the device's in the closest look, in px, and shares.

    The rest of the frames, after `whole_share` and `device_share`, shows details.
    """

    frame_px: int
    detail_px: int
    whole_share: float
    device_share: float


def choose_region(rng: np.random.Generator, truth: Truth, shape: tuple[int, ...], looks: FramePair) -> Edges:
    """Choose left, top, right, bottom of a square frame in pixels: whole photo, device, or a detail of it.

    The served model looks at all three: first at the whole photo, then at the device it found there, at two
    scales, of which the larger is more than a training frame holds.
    """
    device = device_box(truth, shape)
    look = rng.random()
    if look < looks.whole_share:
        return _near_whole(rng, shape)
    if look < looks.whole_share + looks.device_share or not _may_crop(truth):
        size = np.tile(device[2:] - device[:2], 2)
        return np.asarray(device + _OUTWARDS * rng.uniform(-0.02, 0.22, 4) * size)
    return _detail(rng, truth, device, looks)


def device_box(truth: Truth, shape: tuple[int, ...]) -> Edges:
    """Return the device's left, top, right and bottom in pixels; those of the photo where nobody knows."""
    if truth.device_mask is None or not truth.device_mask.any():
        return np.array([0, 0, shape[1], shape[0]], np.float64)
    rows = np.flatnonzero(truth.device_mask.any(axis=1))
    columns = np.flatnonzero(truth.device_mask.any(axis=0))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64)


def cut_picture(rng: np.random.Generator, pixels: Pixels, truth: Truth) -> tuple[Pixels, Truth]:
    """Cut a picture through its device, as a careless operator frames it; what lay outside is not known.

    A map that never saw this takes the last cells before the padding for the device's edge.
    """
    device = device_box(truth, pixels.shape)
    side = int(rng.integers(4))
    share = float(rng.uniform(0.1, 0.5))
    edges = np.array([0, 0, pixels.shape[1], pixels.shape[0]], np.float64)
    edges[side] = device[side] + (device[(side + 2) % 4] - device[side]) * share
    left, top, right, bottom = (round(float(edge)) for edge in edges)
    window = (slice(top, bottom), slice(left, right))
    masks = {kind: np.ascontiguousarray(mask[window]) for kind, mask in truth.masks.items()}
    outline = None if truth.device_mask is None else np.ascontiguousarray(truth.device_mask[window])
    cut = replace(truth, masks=masks, device_mask=outline)
    return np.ascontiguousarray(pixels[window]), _without_the_unplaced(cut)


def add_margins(pixels: Pixels, truth: Truth, margins: tuple[int, int, int, int]) -> tuple[Pixels, Truth]:
    """Return a photo with white around it, and its truth: there is nothing there."""

    def wider(mask: Mask) -> Mask:
        return cv2.copyMakeBorder(mask, *margins, cv2.BORDER_CONSTANT, value=0).astype(np.uint8)

    white = cv2.copyMakeBorder(pixels, *margins, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    masks = {kind: wider(mask) for kind, mask in truth.masks.items()}
    device = None if truth.device_mask is None else wider(truth.device_mask)
    return white.astype(np.uint8), replace(truth, masks=masks, device_mask=device)


def warp_frame(
    rng: np.random.Generator, pixels: Pixels, truth: Truth, looks: FramePair, region: Edges | None = None
) -> tuple[Pixels, Truth]:
    """Cut a (side, side) frame out of a photo, turned, mirrored and shifted, of a region it may choose.

    What the frame no longer shows is no longer claimed: a defect without a mask is not known in a detail,
    and neither are the device's class and view.
    """
    region = choose_region(rng, truth, pixels.shape, looks) if region is None else region
    matrix = _matrix(rng, region, looks.frame_px)
    shrink = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    frame = _warp(_antialias(pixels, shrink), matrix, looks.frame_px, PADDING_GREY)
    masks = {kind: _warp_mask(mask, matrix, looks.frame_px, shrink) for kind, mask in truth.masks.items()}
    device = None if truth.device_mask is None else _warp(truth.device_mask, matrix, looks.frame_px, 0)
    seen = replace(truth, masks=masks, device_mask=device)
    return frame, seen if _covers(region, device_box(truth, pixels.shape)) else _without_the_unplaced(seen)


def vary_camera(rng: np.random.Generator, frame: Pixels) -> Pixels:
    """Change exposure, colour, sharpness, resolution, noise and compression of a frame."""
    x = frame.astype(np.float32) / 255.0
    x = np.clip(x, 1e-4, 1.0) ** rng.uniform(0.75, 1.35)
    x = x * rng.uniform(0.8, 1.2) * rng.uniform(0.92, 1.08, 3).astype(np.float32)
    x = (x - 0.5) * rng.uniform(0.8, 1.2) + 0.5
    if rng.random() < 0.2:
        x = x.mean(axis=2, keepdims=True) * 0.8 + x * 0.2
    if rng.random() < 0.3:
        x = x + rng.normal(0, rng.uniform(0.002, 0.015), x.shape).astype(np.float32)
    out = (np.clip(x, 0, 1) * 255).astype(np.uint8)
    if rng.random() < _SMALL_SHARE:
        out = _as_small_copy(rng, out)
    return _recompress(rng, out) if rng.random() < 0.3 else out


def to_map(truth: Truth, side_px: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return targets and weights (14, side/8, side/8): is any of a cell masked; weight 0 means unknown."""
    cells = side_px // STRIDE
    target = np.zeros((len(KINDS) + 1, cells, cells), np.float32)
    weight = np.zeros_like(target)
    for index, kind in enumerate(KINDS):
        if kind in truth.masks:
            target[index] = _strongest(truth.masks[kind], cells)
            weight[index] = 1.0
    if truth.device_mask is not None:
        target[-1] = _mean(truth.device_mask, cells) > 0.5
        weight[-1] = np.abs(_mean(truth.device_mask, cells) - 0.5) > 0.02
    return target, weight


def pooled_labels(truth: Truth) -> npt.NDArray[np.int8]:
    """Return (13,) labels of what the frame still shows.

    A defect whose mask was cut away is gone; one of which only a few pixels are left can't be told from
    nothing, and is not known.
    """
    labels = truth.defects.copy()
    for index, kind in enumerate(KINDS):
        if labels[index] == 1 and kind in truth.masks:
            size_px = np.count_nonzero(truth.masks[kind] > 96)
            labels[index] = 1 if size_px >= _VISIBLE_PX else UNKNOWN if size_px else 0
    return labels


def _near_whole(rng: np.random.Generator, shape: tuple[int, ...]) -> Edges:
    size = np.array([shape[1], shape[0], shape[1], shape[0]], np.float64)
    inset = rng.uniform(0.0, 0.12, 4) * size if rng.random() < 0.5 else np.zeros(4)
    return np.asarray(np.array([0, 0, shape[1], shape[0]], np.float64) - _OUTWARDS * inset)


def _may_crop(truth: Truth) -> bool:
    """Return whether a detail of the photo still has something known: not if its only defect has no place."""
    return all(label != 1 or kind in truth.masks for kind, label in zip(KINDS, truth.defects, strict=True))


def _detail(rng: np.random.Generator, truth: Truth, device: Edges, looks: FramePair) -> Edges:
    """Return a square at the scale of the closest look, about a defect as often as anywhere on the device."""
    long_px = float(max(device[2] - device[0], device[3] - device[1], 1.0))
    scale = min(looks.detail_px / long_px, ENLARGED_MOST) * float(np.exp(rng.uniform(-0.4, 0.25)))
    half = looks.frame_px / scale / 2
    spots = [mask for kind, mask in truth.masks.items() if mask.any()]
    if spots and rng.random() < _AT_DEFECT:
        rows, columns = np.nonzero(spots[int(rng.integers(len(spots)))])
        pick = int(rng.integers(len(rows)))
        x, y = np.array([columns[pick], rows[pick]]) + rng.uniform(-0.7, 0.7, 2) * half
    else:
        x, y = rng.uniform(device[:2], device[2:])
    return np.array([x - half, y - half, x + half, y + half])


def _covers(region: Edges, device: Edges) -> bool:
    """Return whether a frame holds nearly all of the device."""
    inner = np.concatenate([np.maximum(region[:2], device[:2]), np.minimum(region[2:], device[2:])])
    seen = np.prod(np.maximum(inner[2:] - inner[:2], 0))
    return bool(seen >= _NEARLY_ALL * np.prod(device[2:] - device[:2]))


def _without_the_unplaced(truth: Truth) -> Truth:
    defects = truth.defects.copy()
    for index, kind in enumerate(KINDS):
        if defects[index] == 1 and kind not in truth.masks:
            defects[index] = UNKNOWN
    return replace(truth, defects=defects, device=UNKNOWN, view=UNKNOWN)


def _matrix(rng: np.random.Generator, region: Edges, side_px: int) -> npt.NDArray[np.float64]:
    left, top, right, bottom = (float(edge) for edge in region)
    scale = side_px / max(right - left, bottom - top, 1.0) * float(rng.uniform(0.85, 1.0))
    turn = float(rng.integers(4)) * 90.0 + float(rng.uniform(-_DEGREES_MAX, _DEGREES_MAX))
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    angle = np.deg2rad(turn)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = linear @ np.diag([mirror, 1.0])
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    return np.column_stack([linear, side_px / 2 - linear @ centre])


def _antialias(pixels: Pixels, shrink: float) -> Pixels:
    return (
        pixels
        if shrink >= 0.9
        else cv2.GaussianBlur(pixels, (0, 0), 0.42 * (1.0 / shrink - 0.6)).astype(np.uint8)
    )


def _warp(image: Pixels, matrix: npt.NDArray[np.float64], side_px: int, fill: int) -> Pixels:
    return cv2.warpAffine(
        image, matrix, (side_px, side_px), flags=cv2.INTER_LINEAR, borderValue=(fill, fill, fill)
    ).astype(np.uint8)


def _warp_mask(mask: Mask, matrix: npt.NDArray[np.float64], side_px: int, shrink: float) -> Mask:
    if not mask.any():
        return np.zeros((side_px, side_px), np.uint8)
    if shrink < 0.7:
        size = 2 * round(0.5 / shrink) + 1
        mask = cv2.dilate(mask, np.ones((size, size), np.uint8)).astype(np.uint8)
    return _warp(mask, matrix, side_px, 0)


def _as_small_copy(rng: np.random.Generator, frame: Pixels) -> Pixels:
    """Return the frame as cut from a small copy of its photo, compressed as often as not, and enlarged."""
    side = frame.shape[0]
    small = int(side * rng.uniform(*_SMALL_SIDES))
    shrunk = cv2.resize(frame, (small, small), interpolation=cv2.INTER_AREA).astype(np.uint8)
    shrunk = _recompress(rng, shrunk) if rng.random() < 0.5 else shrunk
    return cv2.resize(shrunk, (side, side), interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def _recompress(rng: np.random.Generator, frame: Pixels) -> Pixels:
    return through_jpeg(frame, int(rng.integers(55, 96)))


def _strongest(mask: Mask, cells: int) -> npt.NDArray[np.float32]:
    step = mask.shape[0] // cells
    blocks = mask.reshape(cells, step, cells, step)
    return np.asarray(blocks.max(axis=(1, 3)) > 96, np.float32)


def _mean(mask: Mask, cells: int) -> npt.NDArray[np.float32]:
    small = cv2.resize(mask, (cells, cells), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255.0)
