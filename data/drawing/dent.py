"""Draw dents by shading, chips at the rim, and bent frames."""

import numpy as np

from data.drawing import raster
from data.drawing.canvas import Material, bounds, linear, scaled, unit
from data.drawing.fault import Task
from data.drawing.raster import Mask, Points
from data.drawing.shape import blob, turned


def paint_dent(task: Task) -> Mask:
    """Press a dent into the face and return where."""
    face, rng = task.face, task.rng
    small = min(face.width_mm, face.height_mm)
    radius = min(task.pick(1.6, 3.5, 7.5) * float(rng.uniform(0.8, 1.3)), small * 0.4)
    x, y = _place(task, radius)
    long = float(rng.uniform(1.0, 2.2))
    turn = turned(float(rng.uniform(0, np.pi)))
    across, down = face.grid()
    offset_x, offset_y = across - np.float32(x), down - np.float32(y)
    u = (offset_x * np.float32(turn[0, 0]) + offset_y * np.float32(turn[1, 0])) / np.float32(radius * long)
    v = (offset_x * np.float32(turn[0, 1]) + offset_y * np.float32(turn[1, 1])) / np.float32(radius)
    reach = u * u + v * v
    bowl = np.where(reach < 1, (1 - np.minimum(reach, 1)) ** 2, 0).astype(np.float32)
    along_x, along_y = raster.gradient(bowl)
    depth = np.float32(task.pick(0.45, 0.8, 1.3) * radius * face.scale * 0.55)
    inside = unit(face.alpha)
    face.tilt(along_x * depth * inside, along_y * depth * inside)
    face.albedo *= (1 - np.float32(0.22) * bowl * inside)[..., None]
    if task.severity.value == "deep":
        _scuff(task, x, y, radius)
    return face.marked(bowl, 0.04)


def paint_chip(task: Task) -> Mask:
    """Break a small piece out of the rim and return where."""
    face, rng = task.face, task.rng
    radius = task.pick(0.7, 1.6, 3.2) * float(rng.uniform(0.8, 1.25))
    anchor = _rim_point(task)
    bite = blob(rng, float(anchor[0]), float(anchor[1]), radius, 0.45, 18)
    core = blob(rng, float(anchor[0]), float(anchor[1]), radius * 0.6, 0.5, 14)
    glass = face.material is Material.GLASS
    bare = linear(0.75, 0.78, 0.8) if glass else scaled(linear(0.72, 0.7, 0.68), float(rng.uniform(0.5, 1)))
    inside = unit(face.alpha)
    mask, inner = face.mask(bite), face.mask(core)
    window = face.window(bite)
    face.blend(window, (unit(mask) * inside)[window] * np.float32(0.85), bare, gloss=0.02)
    face.blend(window, (unit(inner) * inside)[window] * np.float32(0.8), linear(0.1, 0.1, 0.11))
    face.emission *= (1 - unit(mask))[..., None]
    rim = np.abs(unit(mask) - raster.blur(unit(mask), 1.0))
    face.scatter += rim * inside * np.float32(0.7 if glass else 0.25)
    found = face.marked(np.maximum(unit(mask), rim), 0.1)
    if task.severity.value == "deep":
        face.alpha[inner > 127] = 0
        found[inner > 127] = 255
    return found


def paint_bent(task: Task) -> Mask:
    """Bend the body sideways over part of its length and return the part that moved."""
    face, rng = task.face, task.rng
    upright = face.height_mm >= face.width_mm
    length = face.height_mm if upright else face.width_mm
    middle = float(rng.uniform(0.3, 0.7)) * length
    half = float(rng.uniform(0.18, 0.3)) * length
    amount = min(task.pick(0.9, 1.8, 3.0), face.margin_mm * 0.9) * float(rng.choice([-1, 1]))
    across, down = face.grid()
    along = ((down if upright else across) - np.float32(middle)) / np.float32(half)
    bow = np.where(np.abs(along) < 1, np.cos(along * np.float32(np.pi / 2)) ** 2, 0).astype(np.float32)
    bow = np.broadcast_to(bow, face.shape)
    if upright:
        face.move(bow * np.float32(amount), 0.0)
    else:
        face.move(0.0, bow * np.float32(amount))
    fold = np.float32(task.pick(0.06, 0.14, 0.25)) * np.sin(along * np.float32(np.pi)) * (np.abs(along) < 1)
    fold = np.broadcast_to(fold, face.shape).astype(np.float32)
    flat = np.zeros(face.shape, np.float32)
    face.tilt(flat if upright else fold, fold if upright else flat)
    return face.marked(bow, 0.03)


def _place(task: Task, radius: float) -> tuple[float, float]:
    face, rng = task.face, task.rng
    if rng.random() < 0.45 and min(face.width_mm, face.height_mm) > 4 * radius:
        point = _rim_point(task)
        middle = np.array([face.width_mm, face.height_mm]) / 2
        inward = (middle - point) / max(1e-6, float(np.linalg.norm(middle - point)))
        point = point + inward * radius * 0.9
        return float(point[0]), float(point[1])
    margin_x, margin_y = min(radius, face.width_mm * 0.45), min(radius, face.height_mm * 0.45)
    x = rng.uniform(margin_x, face.width_mm - margin_x)
    return float(x), float(rng.uniform(margin_y, face.height_mm - margin_y))


def _rim_point(task: Task) -> Points:
    """Return a point on the outline; corners are hit as often as everything else together."""
    face, rng = task.face, task.rng
    left, top, right, bottom = bounds(face.outline)
    corner = np.array([left if rng.random() < 0.5 else right, top if rng.random() < 0.5 else bottom])
    if rng.random() < 0.5:
        near = np.linalg.norm(face.outline - corner, axis=1)
        return np.asarray(face.outline[int(near.argmin())])
    index = int(rng.integers(len(face.outline)))
    first, second = face.outline[index], face.outline[(index + 1) % len(face.outline)]
    return np.asarray(first + (second - first) * rng.random())


def _scuff(task: Task, x: float, y: float, radius: float) -> None:
    face, rng = task.face, task.rng
    mask = face.blank()
    for _ in range(12):
        start = np.array([x, y]) + rng.normal(0, radius * 0.3, 2)
        stroke = np.stack([start, start + rng.normal(0, radius * 0.25, 2)])
        raster.stroke(mask, face.to_px(stroke), 0.15 * face.scale, int(rng.integers(60, 200)))
    face.scatter += unit(mask) * unit(face.alpha) * np.float32(0.3)
