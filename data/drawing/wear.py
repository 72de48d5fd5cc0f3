"""Draw wear: coating gone along edges and corners, yellowed patches, and parts that are missing."""

import numpy as np

from data.drawing import raster
from data.drawing.canvas import Colour, Face, Material, linear, scaled, unit
from data.drawing.fault import Task
from data.drawing.noise import fractal, smooth
from data.drawing.raster import Mask, Plane, Points
from data.drawing.shape import extent

_HOLE = linear(0.06, 0.06, 0.065)


def paint_coating_loss(task: Task) -> Mask:
    """Rub or flake the coating off along the rim and return where it is gone."""
    face, rng = task.face, task.rng
    inside = raster.distance(face.alpha) / np.float32(face.scale)
    narrow = min(face.width_mm, face.height_mm)
    reach = np.float32(min(task.pick(1.4, 2.8, 5.5) * float(rng.uniform(0.7, 1.3)), narrow * 0.35))
    flakes = rng.random() < 0.55
    cell_mm, steep = (1.3, 4.0) if flakes else (4.5, 1.4)
    fine = fractal(rng, face.shape, (_cells(face.height_mm, cell_mm), _cells(face.width_mm, cell_mm)), 3)
    patches = _patches(task)
    field = (1 - inside / reach + np.float32(0.9) * fine) * patches - np.float32(0.35)
    worn = np.clip(field * np.float32(steep), 0, 1) * np.float32(rng.uniform(0.75, 1.0) if flakes else 0.75)
    gone = np.maximum(worn, _bare_rim(face, inside, patches + np.float32(0.5) * fine)) * unit(face.alpha)
    bare, gloss = _bare(face, rng)
    shift = np.clip(0.9 + 0.2 * fine, 0.6, 1.2)[..., None] * np.asarray(bare, np.float32)
    face.blend(face.everywhere, gone, shift, gloss=gloss)
    lip = np.maximum(raster.blur(gone, max(0.7, 0.15 * face.scale)) - gone, 0)
    face.albedo *= (1 - np.float32(0.5) * lip * unit(face.alpha))[..., None]
    return face.marked(gone, 0.25)


def _bare_rim(face: Face, inside: Plane, share: Plane) -> Plane:
    """Return the thin bright line where the very edge is rubbed bare."""
    line = np.clip((np.float32(0.4) - inside) * np.float32(face.scale) + np.float32(0.5), 0, 1)
    return np.asarray(line * np.clip((share - np.float32(0.45)) * 3, 0, 1), dtype=np.float32)


def paint_discolouration(task: Task) -> Mask:
    """Yellow or fade part of the face and return where it shows."""
    face, rng = task.face, task.rng
    cells = (3, 3) if rng.random() < 0.6 else (6, 5)
    field = smooth(rng, face.shape, cells) + np.float32(task.pick(-0.15, 0.05, 0.25))
    share = np.clip(field * 2.5, 0, 1) * unit(face.alpha)
    if not (share > 0.35).any():
        share = np.clip((field - field.max() + 0.4) * 4, 0, 1) * unit(face.alpha)
    light = face.mean_albedo() > 0.12
    tones = (
        ((1.0, 0.82, 0.48), (1.0, 0.78, 0.62), (0.82, 0.9, 0.7))
        if light
        else ((1.6, 1.35, 0.9), (1.9, 1.9, 2.0))
    )
    tone = np.asarray(tones[int(rng.integers(len(tones)))], np.float32)
    strength = np.float32(task.pick(0.35, 0.6, 0.95)) * share[..., None]
    face.albedo *= 1 + (tone - 1) * strength
    if not light:
        face.albedo += np.float32(0.03) * strength * tone
    if face.emission.any():
        face.emission *= 1 + (np.asarray((1.0, 0.86, 0.55), np.float32) - 1) * strength
    return face.marked(share, 0.3)


def paint_missing_part(task: Task) -> Mask:
    """Take a part out of the face - a key, a button, a lens, a foot - and return the hole.

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


def _insides(task: Task, part: Points, middle: Points, size: float) -> None:
    """Show what a missing part uncovers: glue, a rubber dome, a contact."""
    face, rng = task.face, task.rng
    tone = linear(*(float(v) for v in rng.uniform(0.12, 0.55, 3)))
    inner = middle + (part - middle) * float(rng.uniform(0.3, 0.62))
    face.paint(inner, tone, gloss=0.04)
    for _ in range(int(rng.integers(1, 4))):
        ends = middle + (part[rng.integers(len(part), size=2)] - middle) * 0.7
        face.line(ends, max(0.15, 0.05 * size), linear(0.7, 0.66, 0.55) if rng.random() < 0.5 else _HOLE)


def _cells(length_mm: float, each_mm: float) -> int:
    return max(3, min(160, round(length_mm / each_mm)))


def _patches(task: Task) -> Plane:
    """Return where along the rim the wear sits: corners and gripped stretches, not everywhere."""
    face, rng = task.face, task.rng
    across, down = face.grid()
    field = np.zeros(face.shape, np.float32)
    corners = [(x, y) for x in (0.0, face.width_mm) for y in (0.0, face.height_mm)]
    for _ in range(int(task.pick(1, 2, 4)) + int(rng.integers(0, 2))):
        if rng.random() < 0.6:
            x, y = corners[int(rng.integers(4))]
        else:
            x, y = face.width_mm * float(rng.integers(2)), face.height_mm * float(rng.random())
        reach = np.float32(task.pick(8, 18, 38) * rng.uniform(0.7, 1.4))
        field = np.maximum(
            field, np.exp(-((across - np.float32(x)) ** 2 + (down - np.float32(y)) ** 2) / reach**2)
        )
    return np.asarray(np.clip(field * 1.6, 0, 1), dtype=np.float32)


def _bare(face: Face, rng: np.random.Generator) -> tuple[Colour, float]:
    dark = face.mean_albedo() < 0.25
    if face.material is Material.METAL:
        level = float(rng.uniform(0.7, 0.92))
        return linear(level, level, level * 0.98), 0.3
    if face.material in {Material.PAINT, Material.GLASS}:
        level = float(
            rng.uniform(0.6, 0.9) if dark else rng.choice([rng.uniform(0.1, 0.3), rng.uniform(0.6, 0.8)])
        )
        return linear(level, level, level), 0.12
    level = float(rng.uniform(0.45, 0.75) if dark else rng.uniform(0.2, 0.5))
    return linear(level, level, level * 0.95), 0.03
