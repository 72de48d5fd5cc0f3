"""Draw discolouration and missing parts."""

import numpy as np

from data.drawing.damage.planned_defect import PaintTask
from data.drawing.surface.canvas import linear, scaled, unit
from data.drawing.surface.noise import fractal, smooth
from data.drawing.surface.raster import Mask, Plane, Points
from data.drawing.surface.shape import extent, rectangle

_HOLE = linear(0.06, 0.06, 0.065)
_ON_LIGHT = ((1.0, 0.8, 0.42), (0.95, 0.72, 0.35), (1.0, 0.72, 0.62), (0.72, 0.86, 0.6), (0.75, 0.62, 0.45))
_UNDER = (linear(0.75, 0.74, 0.7), linear(0.2, 0.42, 0.26), linear(0.72, 0.5, 0.25), linear(0.6, 0.62, 0.66))
_ON_DARK = ((2.3, 1.7, 0.8), (1.9, 2.0, 1.0), (2.4, 1.4, 1.1), (2.3, 2.2, 2.0))
# Lit screens go yellow, brown or pink where the glue or the film behind the glass ages.
_ON_SCREEN = ((1.0, 0.8, 0.38), (1.0, 0.7, 0.34), (1.0, 0.68, 0.6))


def paint_discolouration(task: PaintTask) -> Mask:
    """Paint a yellowed, faded or stained patch and return its mask."""
    face, rng = task.face, task.rng
    share = _aged(task) * unit(face.alpha)
    light = face.mean_albedo() > 0.12
    tones = _ON_LIGHT if light else _ON_DARK
    tone = np.asarray(tones[int(rng.integers(len(tones)))], np.float32)
    strength = np.float32(task.pick(0.55, 0.85, 1.1)) * share[..., None]
    face.albedo *= np.maximum(1 + (tone - 1) * strength, 0.05)
    if not light:
        face.albedo += np.float32(0.035) * strength * tone
    if face.emission.any():
        glow = np.asarray(_ON_SCREEN[int(rng.integers(len(_ON_SCREEN)))], np.float32)
        face.emission *= np.maximum(1 + (glow - 1) * strength, 0.05)
    return face.marked(share, 0.3)


def _aged(task: PaintTask) -> Plane:
    """Return where it shows, 0 to 1: one sun-lit end, a patch, perhaps with a sticker's clean print.

    Its border is blotched and its inside uneven, which no reflection is.
    """
    face, rng = task.face, task.rng
    across, down = face.grid()
    field = np.float32(0.35) * fractal(rng, face.shape, (4, 4), 3)
    way = rng.random()
    if way < 0.4:
        angle = float(rng.uniform(0, 2 * np.pi))
        lean = (across / face.width_mm - 0.5) * np.cos(angle) + (down / face.height_mm - 0.5) * np.sin(angle)
        field = field + lean * 2 + np.float32(task.pick(-0.6, -0.25, 0.1))
    else:
        x, y = face.width_mm * rng.uniform(0.1, 0.9), face.height_mm * rng.uniform(0.1, 0.9)
        size = min(face.width_mm, face.height_mm) * task.pick(0.2, 0.33, 0.5) * float(rng.uniform(0.8, 1.2))
        away = np.sqrt((across - x) ** 2 + (down - y) ** 2) / size
        field = field + np.where(away < 4, 1 - away, -3)
    share = np.clip(np.asarray(field, np.float32) * np.float32(rng.uniform(2.5, 8.0)), 0, 1)
    share = share * (1 - np.float32(rng.uniform(0, 0.35)) * (0.5 + 0.5 * smooth(rng, face.shape, (40, 24))))
    if way < 0.2:
        width, height = face.width_mm * rng.uniform(0.2, 0.4), face.height_mm * rng.uniform(0.12, 0.3)
        left, top = rng.uniform(0, face.width_mm - width), rng.uniform(0, face.height_mm - height)
        share = share * (1 - unit(face.mask(rectangle(left, top, width, height))))
    return np.asarray(share, dtype=np.float32)


def paint_missing_part(task: PaintTask) -> Mask:
    """Remove a part of the face - a key, a button, a lens, a foot - and return the mask of the hole.

    A smooth face has no part to lose: nothing is drawn, and an empty mask says so.
    """
    face, rng = task.face, task.rng
    if not face.parts:
        return np.zeros(face.alpha.shape, np.uint8)
    part = face.parts[int(rng.integers(len(face.parts)))]
    middle = part.mean(axis=0)
    grown = middle + (part - middle) * 1.04
    face.paint(grown, _HOLE, gloss=0.0)
    window, cover = face.cover(grown)
    face.emission[window] *= (1 - cover)[..., None]
    size = extent(part)
    lit_rim = grown + task.lighting.towards * -0.05 * size
    face.line(np.concatenate([lit_rim, lit_rim[:1]]), max(0.15, 0.04 * size), scaled(_HOLE, 0.2))
    _insides(task, part, middle, size)
    return np.where((face.mask(grown) > 100) & (face.alpha > 127), 255, 0).astype(np.uint8)


def _insides(task: PaintTask, part: Points, middle: Points, size: float) -> None:
    """Show what a missing part uncovers: torn glue, a light rubber dome or a board, contacts."""
    face, rng = task.face, task.rng
    inner = middle + (part - middle) * float(rng.uniform(0.45, 0.75))
    face.paint(inner, _UNDER[int(rng.integers(len(_UNDER)))], gloss=0.04)
    for _ in range(int(rng.integers(2, 5))):
        ends = middle + (part[rng.integers(len(part), size=2)] - middle) * 0.8
        face.line(ends, max(0.2, 0.07 * size), linear(0.85, 0.8, 0.66) if rng.random() < 0.5 else _HOLE)
