"""Draw dirt that wipes off: oil drops and finger grease, stains and specks, dust and fibres."""

from itertools import pairwise

import numpy as np

from data.drawing.damage.planned_defect import PaintTask
from data.drawing.surface import raster
from data.drawing.surface.canvas import Face, linear, unit
from data.drawing.surface.noise import smooth
from data.drawing.surface.raster import Mask, Plane, Points
from data.drawing.surface.shape import arc, blob, capsule, circle


def paint_oil(task: PaintTask) -> Mask:
    """Paint an oil drop or finger grease and return its mask."""
    return _drop(task) if task.rng.random() < 0.6 else _grease(task)


def paint_stain(task: PaintTask) -> Mask:
    """Paint dried specks, a splash or a ring and return their mask."""
    return _specks(task) if task.rng.random() < 0.55 else _splash(task)


def paint_dust(task: PaintTask) -> Mask:
    """Paint grains and fibres over part of the face and return their mask."""
    face, rng = task.face, task.rng
    mask = face.blank()
    area = face.width_mm * face.height_mm
    count = int(min(420, task.pick(25, 70, 180) * rng.uniform(0.7, 1.4) * min(1.0, area / 8000) + 8))
    middle = rng.uniform(0.2, 0.8, 2) * (face.width_mm, face.height_mm)
    spread = np.array([face.width_mm, face.height_mm]) * rng.uniform(0.2, 0.6)
    for place in middle + rng.normal(0, 1, (count, 2)) * spread:
        radius = float(rng.uniform(0.08, 0.3))
        raster.fill(mask, [face.to_px(circle(place[0], place[1], radius, 8))], int(rng.integers(90, 255)))
    for _ in range(int(rng.integers(1, 6))):
        start = middle + rng.normal(0, 1, 2) * spread
        fibre = arc(start, start + rng.normal(0, 3.5, 2), float(rng.normal(0, 0.4)))
        raster.stroke(mask, face.to_px(fibre), 0.09 * face.scale, 190)
    cover = unit(mask) * unit(face.alpha)
    face.scatter += cover * np.float32(rng.uniform(0.35, 0.7))
    face.blend(face.everywhere, cover * np.float32(0.5), linear(0.6, 0.58, 0.55))
    face.emission *= (1 - np.float32(0.4) * cover)[..., None]
    return face.marked(cover, 0.15)


def _place(task: PaintTask, radius: float) -> tuple[float, float]:
    face, rng = task.face, task.rng
    x_room, y_room = min(radius, face.width_mm * 0.4), min(radius, face.height_mm * 0.4)
    x = rng.uniform(x_room, face.width_mm - x_room)
    return float(x), float(rng.uniform(y_room, face.height_mm - y_room))


def _drop(task: PaintTask) -> Mask:
    """Lay a clear drop: a lens with a bright rim towards the light and a dark one away from it."""
    face, rng = task.face, task.rng
    limit = min(face.width_mm, face.height_mm) * 0.45
    radius = min(task.pick(2.5, 6.0, 13.0) * float(rng.uniform(0.7, 1.3)), limit)
    x, y = _place(task, radius)
    mask = face.mask(*_pool(rng, x, y, radius))
    dome = np.minimum(raster.distance(mask) / np.float32(max(1.0, 0.45 * radius * face.scale)), 1)
    dome = np.sqrt(dome * (2 - dome))
    along_x, along_y = raster.gradient(raster.blur(dome, 0.8))
    steep = np.float32(radius * face.scale * 0.45)
    inside = unit(face.alpha)
    face.tilt(along_x * steep * inside * 0.35, along_y * steep * inside * 0.35)
    light = task.lighting.towards.astype(np.float32)
    lit = -(along_x * light[0] + along_y * light[1]) * steep
    gleam = _gleam(lit, 0.75) + np.float32(0.35) * _gleam(-lit, 0.9)
    broken = np.clip(0.6 + 0.8 * smooth(rng, face.shape, (12, 8)), 0.1, 1)
    face.scatter += gleam * broken * inside * np.float32(rng.uniform(0.7, 1.5))
    rim = np.clip(unit(mask) - raster.blur(unit(mask), max(0.7, 0.06 * radius * face.scale)), 0, 1)
    face.scatter += rim * inside * np.float32(0.16)
    face.albedo *= (1 - np.float32(0.25) * unit(mask) * inside)[..., None]
    face.emission *= (1 - np.float32(0.45) * np.clip(np.abs(lit), 0, 1) * inside)[..., None]
    return face.marked(unit(mask) * inside, 0.3)


def _pool(rng: np.random.Generator, x: float, y: float, radius: float) -> list[Points]:
    """Return the outlines that a drop runs together from: one round blob, or a bent chain of them."""
    count = int(rng.choice([1, 2, 3, 4], p=[0.4, 0.2, 0.2, 0.2]))
    if count == 1:
        return [blob(rng, x, y, radius, 0.25)]
    heading = float(rng.uniform(0, 2 * np.pi))
    places = [np.array([x, y])]
    for _ in range(count - 1):
        heading += float(rng.normal(0, 0.6))
        places.append(places[-1] + 0.55 * radius * np.array([np.cos(heading), np.sin(heading)]))
    shift = np.array([x, y]) - np.mean(places, axis=0)
    places = [place + shift for place in places]
    sizes = rng.uniform(0.4, 0.6, count) * radius
    chain = [blob(rng, px, py, size, 0.12) for (px, py), size in zip(places, sizes, strict=True)]
    links = [capsule(one, two, radius * 0.36) for one, two in pairwise(places)]
    return [*chain, *links]


def _gleam(lit: Plane, tilt: float) -> Plane:
    """Return the narrow line where a drop mirrors the light: where its flank has just this tilt."""
    return np.asarray(np.exp(-(((lit - np.float32(tilt)) / np.float32(0.22)) ** 2)), dtype=np.float32)


def _grease(task: PaintTask) -> Mask:
    """Leave fingerprints: a pale haze with ridges, seen mostly in what the face mirrors."""
    face, rng = task.face, task.rng
    haze = np.zeros(face.shape, np.float32)
    small = min(face.width_mm, face.height_mm)
    for _ in range(int(task.pick(1, 2, 5))):
        radius = min(float(rng.uniform(5.5, 9)), small * 0.45)
        x, y = _place(task, radius)
        print_mask = unit(face.mask(blob(rng, x, y, radius, 0.2)))
        across, down = face.grid()
        turn = float(rng.uniform(0, np.pi))
        wave = np.sin(
            (np.cos(turn) * (across - x) + np.sin(turn) * (down - y)) * 2 * np.pi / 0.55
            + 3 * smooth(rng, face.shape, (8, 5))
        )
        ridges = 0.75 + 0.25 * wave if face.scale > 3.5 else np.float32(0.75)
        haze = np.maximum(haze, raster.blur(print_mask, 0.5 * face.scale) * ridges)
    haze = haze * unit(face.alpha) * np.clip(0.75 + 0.5 * smooth(rng, face.shape, (9, 6)), 0.2, 1)
    strength = np.float32(task.pick(0.05, 0.085, 0.14))
    face.scatter += haze * strength
    face.emission *= (1 - np.float32(0.12) * haze)[..., None]
    return face.marked(haze, 0.25)


def _specks(task: PaintTask) -> Mask:
    face, rng = task.face, task.rng
    mask = face.blank()
    for _ in range(int(task.pick(1, 3, 6)) + int(rng.integers(0, 2))):
        radius = task.pick(0.45, 0.8, 1.3) * float(rng.uniform(0.7, 1.4))
        x, y = _place(task, radius)
        raster.fill(mask, [face.to_px(blob(rng, x, y, radius, 0.5, 14))])
    cover = unit(mask) * unit(face.alpha)
    _lay(face, rng, cover, 0.95)
    face.scatter += cover * np.float32(rng.uniform(0.1, 0.7))
    return face.marked(cover, 0.3)


def _splash(task: PaintTask) -> Mask:
    face, rng = task.face, task.rng
    small = min(face.width_mm, face.height_mm)
    radius = min(task.pick(3, 7, 14) * float(rng.uniform(0.7, 1.3)), small * 0.42)
    x, y = _place(task, radius)
    outer = unit(face.mask(blob(rng, x, y, radius, 0.35)))
    rim = np.clip((outer - raster.blur(outer, max(1.0, 0.12 * radius * face.scale))) * 2.5, 0, 1)
    cover = np.clip(0.3 * outer * (1 + 0.5 * smooth(rng, face.shape, (14, 10))) + 0.7 * rim, 0, 1)
    for _ in range(int(rng.integers(0, 7))):
        offset = rng.normal(0, radius, 2)
        cover = np.maximum(cover, unit(face.mask(circle(x + offset[0], y + offset[1], radius * 0.08))) * 0.8)
    cover = cover * unit(face.alpha)
    _lay(face, rng, cover, float(task.pick(0.5, 0.75, 0.9)))
    face.scatter += cover * np.float32(0.06)
    return face.marked(np.maximum(cover, outer * 0.3 * unit(face.alpha)), 0.18)


def _lay(face: Face, rng: np.random.Generator, cover: Plane, opacity: float) -> None:
    dark = face.mean_albedo() < 0.2
    tones = (
        ((0.85, 0.85, 0.82), (0.7, 0.66, 0.55))
        if dark
        else ((0.4, 0.25, 0.14), (0.3, 0.3, 0.28), (0.5, 0.4, 0.2))
    )
    tone = linear(*tones[int(rng.integers(len(tones)))])
    face.blend(face.everywhere, cover * np.float32(opacity), tone, gloss=0.01)
    face.emission *= (1 - np.float32(0.8) * cover)[..., None]
