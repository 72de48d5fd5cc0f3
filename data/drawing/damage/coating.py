"""Draw worn coating: strips along edges, bright corners, flakes, and scuffs where fingers hold."""

from dataclasses import dataclass

import numpy as np

from data.drawing.damage.planned_defect import PaintTask
from data.drawing.surface import raster
from data.drawing.surface.canvas import Colour, Face, Material, linear, scaled, unit
from data.drawing.surface.noise import fractal
from data.drawing.surface.raster import Mask, Plane, Points
from data.drawing.surface.shape import turned

_PHONE_WIDTH_MM = 72.0
# What lies under a coating differs from it by at least this much of the display range.
_LEAST_STEP = 0.22
_MARKS_PX_PER_MM = 6.0


@dataclass(frozen=True)
class _Wear:
    """One way of wearing: how fine and how steep its border is, how deep it reaches, how many scuffs."""

    cell_mm: float
    steep: float
    roughness: float
    reach: float
    scuffs: int


_STRIP = _Wear(3.0, 5.0, 0.55, 0.8, 10)
_RUBBED = _Wear(5.0, 1.3, 0.8, 1.2, 30)
_FLAKED = _Wear(1.3, 5.0, 1.0, 1.0, 4)
_GRIPPED = _Wear(2.2, 2.5, 1.0, 0.6, 70)
_WAYS = (_STRIP, _STRIP, _RUBBED, _FLAKED, _GRIPPED)


def paint_coating_loss(task: PaintTask) -> Mask:
    """Paint worn coating along the rim and return its mask."""
    face, rng = task.face, task.rng
    way = _WAYS[int(rng.integers(len(_WAYS)))]
    cells = _cells(face.height_mm, way.cell_mm), _cells(face.width_mm, way.cell_mm)
    fine = fractal(rng, face.shape, cells, 3)
    patches = _patches(task)
    body = face.mean_albedo()
    coated = unit(face.alpha) * (1 - unit(face.mask(*face.keep_out)))
    gone = _worn(task, way, patches, fine) * coated
    bare, gloss = _bare(face, rng, body)
    _show_undercoat(face, gone, coated, bare)
    shift = (_grain(task, fine) * np.asarray(bare, np.float32)).astype(np.float32)
    face.blend(face.everywhere, gone, shift, gloss=gloss)
    scuffs = _scuff(task, way, patches) * coated
    face.blend(face.everywhere, scuffs * np.float32(0.7), bare, gloss=0.02)
    dense = raster.blur(scuffs, max(0.6, 0.5 * face.scale))
    return np.maximum(face.marked(gone, 0.3), face.marked(dense, 0.12))


def _grain(task: PaintTask, fine: Plane) -> Plane:
    """Return how the bare material varies, about 1: in patches, and where a photo shows it, in fine marks."""
    face = task.face
    level = np.clip(0.92 + 0.16 * fine, 0.65, 1.15)
    if face.scale > _MARKS_PX_PER_MM:
        # From a generator of its own, so that what is drawn next is the same at every resolution.
        marks = task.rng.spawn(1)[0]
        cells = _cells(face.height_mm, 0.35), _cells(face.width_mm, 1.4)
        level = level * (1 + np.float32(0.12) * fractal(marks, face.shape, cells, 3))
    return np.asarray(level[..., None], dtype=np.float32)


def _worn(task: PaintTask, way: _Wear, patches: Plane, fine: Plane) -> Plane:
    """Return how far the coating is gone, 0 to 1: deepest at the rim of a worn stretch."""
    face, rng = task.face, task.rng
    inside = raster.distance(face.alpha) / np.float32(face.scale)
    reach = np.float32(_reach(task) * way.reach * float(rng.uniform(0.7, 1.3)))
    field = (1 - inside / reach + np.float32(way.roughness) * fine) * patches - np.float32(0.32)
    worn = np.clip(field * np.float32(way.steep), 0, 1)
    line = np.clip((np.float32(0.45) - inside) * np.float32(face.scale) + np.float32(0.5), 0, 1)
    share = np.clip((patches + np.float32(0.5) * fine - np.float32(0.4)) * 3, 0, 1)
    return np.asarray(np.maximum(worn * np.float32(rng.uniform(0.8, 1.0)), line * share), dtype=np.float32)


def _reach(task: PaintTask) -> float:
    face = task.face
    narrow = min(face.width_mm, face.height_mm)
    size = float(np.sqrt(max(1.0, narrow / _PHONE_WIDTH_MM)))
    return min(task.pick(1.9, 3.2, 6.0) * size, narrow * 0.35)


def _show_undercoat(face: Face, gone: Plane, coated: Plane, bare: Colour) -> None:
    """Tone the lip of the coating, where the primer shows and the edge casts a thin shade."""
    soft = raster.blur(gone, max(0.7, 0.2 * face.scale))
    lip = np.clip(soft - gone, 0, 1) * coated
    face.blend(face.everywhere, np.asarray(lip * np.float32(0.6), dtype=np.float32), scaled(bare, 0.35))


def _scuff(task: PaintTask, way: _Wear, patches: Plane) -> Plane:
    """Return fine strokes about the worn stretches, most of them along the nearest edge."""
    face, rng = task.face, task.rng
    mask = face.blank()
    reach = _reach(task)
    for _ in range(round(way.scuffs * task.pick(0.5, 1.0, 2.0))):
        stroke = _stroke(task, reach)
        middle = face.to_px(stroke).mean(axis=0)
        row, column = (int(np.clip(v, 0, most - 1)) for v, most in zip(middle[::-1], face.shape, strict=True))
        value = float(patches[row, column]) * float(rng.uniform(0.3, 1.0))
        width_px = float(rng.uniform(0.08, 0.3)) * face.scale
        if value > 0.12:
            raster.stroke(mask, face.to_px(stroke), width_px, int(255 * value * min(1.0, 0.35 + width_px)))
    return unit(mask)


def _stroke(task: PaintTask, reach: float) -> Points:
    face, rng = task.face, task.rng
    size = np.array([face.width_mm, face.height_mm])
    is_upright = rng.random() < size[1] / size.sum()
    depth = abs(float(rng.normal(0, 2.2 * reach)))
    along = float(rng.random())
    near = depth if rng.random() < 0.5 else size[0 if is_upright else 1] - depth
    middle = np.array([near, along * size[1]] if is_upright else [along * size[0], near])
    way = np.array([0.0, 1.0] if is_upright else [1.0, 0.0]) @ turned(float(rng.normal(0, 0.5)))
    half = float(rng.uniform(0.5, 1.0)) * task.pick(1.2, 2.2, 4.0) * min(1.0, size.min() / _PHONE_WIDTH_MM)
    return np.asarray(np.clip([middle - way * half, middle + way * half], 0.1, size - 0.1), dtype=np.float64)


def _cells(length_mm: float, each_mm: float) -> int:
    return max(3, min(480, round(length_mm / each_mm)))


def _patches(task: PaintTask) -> Plane:
    """Return where along the rim the wear sits: corners and gripped stretches, not everywhere."""
    face, rng = task.face, task.rng
    across, down = face.grid()
    field = np.zeros(face.shape, np.float32)
    for _ in range(int(task.pick(1, 2, 4)) + int(rng.integers(0, 2))):
        x, y = _worn_place(task)
        reach = np.array([task.pick(8, 18, 38) * rng.uniform(0.7, 1.4)] * 2)
        if rng.random() < 0.5:
            # A strip: long along its edge, and as deep as the wear reaches.
            reach[int(x in {0.0, face.width_mm})] *= 2.2
        u, v = (across - np.float32(x)) / np.float32(reach[0]), (down - np.float32(y)) / np.float32(reach[1])
        field = np.maximum(field, np.exp(-(u * u + v * v)))
    return np.asarray(np.clip(field * 1.6, 0, 1), dtype=np.float32)


def _worn_place(task: PaintTask) -> tuple[float, float]:
    face, rng = task.face, task.rng
    x, y = face.width_mm * float(rng.integers(2)), face.height_mm * float(rng.integers(2))
    if rng.random() < 0.5:
        return x, y
    if rng.random() < 0.7:
        return x, face.height_mm * float(rng.random())
    return face.width_mm * float(rng.random()), y


def _bare(face: Face, rng: np.random.Generator, body: float) -> tuple[Colour, float]:
    """Return the colour and gloss of what lies under the coating: metal, primer or raw plastic."""
    coated = float(np.sqrt(max(0.0, body)))
    if face.material is Material.METAL or rng.random() < 0.35:
        low, high, gloss = 0.62, 0.92, 0.28
    else:
        low, high, gloss = (0.5, 0.9, 0.08) if coated < 0.5 else (0.15, 0.5, 0.05)
    level = float(rng.uniform(low, high))
    if abs(level - coated) < _LEAST_STEP:
        level = coated - _LEAST_STEP if coated > 0.55 else coated + _LEAST_STEP
    warm = float(rng.uniform(0.86, 1.0))
    return linear(level, level * (1 + warm) / 2, level * warm), gloss
