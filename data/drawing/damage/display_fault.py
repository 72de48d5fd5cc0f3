"""Draw faults of a lit display: lines, dead areas, bleeding liquid crystal, tinted bands."""

import numpy as np

from data.drawing.damage.planned_defect import PaintTask
from data.drawing.surface import raster
from data.drawing.surface.canvas import bounds, unit
from data.drawing.surface.noise import smooth
from data.drawing.surface.raster import Mask, Plane
from data.drawing.surface.shape import blob, rectangle

_PURE = ((0.1, 1, 0.2), (1, 0.1, 0.9), (1, 1, 1), (0.1, 0.3, 1), (1, 0.15, 0.1), (0.2, 1, 1))


def paint_display_fault(task: PaintTask) -> Mask:
    """Paint a fault of the lit display and return its mask."""
    faults = (_lines, _lines, _dead_area, _bleeding, _bleeding, _tinted_band)
    share = faults[int(task.rng.integers(len(faults)))](task)
    face = task.screen_face
    return face.marked(share * unit(face.mask(face.screen)), 0.25)


def _replace(task: PaintTask, share: Plane, colour: tuple[float, float, float]) -> None:
    face = task.screen_face
    cover = (share * unit(face.mask(face.screen)))[..., None]
    face.emission += (np.asarray(colour, np.float32) - face.emission) * cover
    face.albedo *= 1 - cover


def _lines(task: PaintTask) -> Plane:
    face, rng = task.screen_face, task.rng
    left, top, right, bottom = bounds(face.screen)
    upright = rng.random() < 0.75
    total = np.zeros(face.shape, np.float32)
    start = rng.random()
    for _ in range(int(task.pick(1, 3, 14)) + int(rng.integers(0, 2))):
        width = float(rng.choice([0.25, 0.4, 0.8, 2.5], p=[0.35, 0.35, 0.2, 0.1]))
        share = float(np.clip(start + rng.normal(0, 0.16), 0.01, 0.97))
        if upright:
            line = rectangle(left + share * (right - left), top, width, bottom - top)
        else:
            line = rectangle(left, top + share * (bottom - top), right - left, width)
        cover = unit(face.mask(line))
        _replace(task, cover, _PURE[int(rng.integers(len(_PURE)))])
        total = np.maximum(total, cover)
    return total


def _dead_area(task: PaintTask) -> Plane:
    face, rng = task.screen_face, task.rng
    left, top, right, bottom = bounds(face.screen)
    share = task.pick(0.06, 0.2, 0.55) * float(rng.uniform(0.8, 1.3))
    if rng.random() < 0.5:
        area = rectangle(
            left,
            top if rng.random() < 0.5 else bottom - share * (bottom - top),
            right - left,
            share * (bottom - top),
        )
    else:
        area = rectangle(
            left if rng.random() < 0.5 else right - share * (right - left),
            top,
            share * (right - left),
            bottom - top,
        )
    cover = unit(face.mask(area))
    _replace(task, cover, (0.005, 0.005, 0.006))
    return cover


def _bleeding(task: PaintTask) -> Plane:
    """Let black liquid crystal run from a hit spot, with a violet fringe."""
    face, rng = task.screen_face, task.rng
    left, top, right, bottom = bounds(face.screen)
    radius = task.pick(0.08, 0.2, 0.42) * (right - left) * float(rng.uniform(0.8, 1.3))
    x = float(rng.choice([left, right, rng.uniform(left, right)]))
    y = float(rng.uniform(top, bottom))
    outline = [blob(rng, x, y, radius, 0.5)]
    for _ in range(int(rng.integers(0, 4))):
        offset = rng.normal(0, radius, 2)
        outline.append(blob(rng, x + offset[0], y + offset[1], radius * float(rng.uniform(0.15, 0.5)), 0.4))
    ink = unit(face.mask(*outline))
    fringe = np.clip(raster.blur(ink, max(1.0, 0.7 * face.scale)), 0, 1)
    _replace(task, np.clip(fringe * 0.8, 0, 1), (0.12, 0.02, 0.25))
    _replace(task, ink, (0.004, 0.003, 0.006))
    return np.maximum(ink, fringe)


def _tinted_band(task: PaintTask) -> Plane:
    face, rng = task.screen_face, task.rng
    left, top, right, bottom = bounds(face.screen)
    height = task.pick(0.1, 0.25, 0.5) * (bottom - top)
    start = float(rng.uniform(top, bottom - height))
    band = unit(face.mask(rectangle(left, start, right - left, height)))
    tone = np.asarray(
        ((0.4, 1.15, 0.5), (1.2, 0.5, 1.1), (0.35, 0.35, 0.4))[int(rng.integers(3))], np.float32
    )
    flicker = 0.75 + 0.25 * smooth(rng, face.shape, (60, 2))
    cover = (band * flicker * unit(face.mask(face.screen)))[..., None]
    face.emission *= 1 + (tone - 1) * cover
    face.emission += np.float32(0.06) * tone * cover
    face.albedo *= 1 + (tone - 1) * cover
    return band
