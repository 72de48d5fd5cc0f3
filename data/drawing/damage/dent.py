"""Draw dents by shading, chips at the rim, and bent frames."""

import numpy as np

from data.drawing.damage.planned_defect import PaintTask
from data.drawing.surface import raster
from data.drawing.surface.bend_profile import Bend
from data.drawing.surface.canvas import Colour, Material, ScreenFace, bounds, linear, unit
from data.drawing.surface.raster import Mask, Plane, Points
from data.drawing.surface.shape import blob, turned


def paint_dent(task: PaintTask) -> Mask:
    """Paint a dent and return its mask."""
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
    depth = np.float32(task.pick(0.9, 1.3, 1.8) * radius * face.scale * 0.55)
    inside = unit(face.alpha)
    face.tilt(along_x * depth * inside, along_y * depth * inside)
    face.albedo *= (1 - np.float32(0.22) * bowl * inside)[..., None]
    if task.defect.severity.value == "deep":
        _scuff(task, x, y, radius)
    return face.marked(bowl, 0.04)


def paint_chip(task: PaintTask) -> Mask:
    """Paint a chip at the rim and return its mask.

    The broken face is a shell of rough facets, lighter or darker than what surrounds it; the outermost part
    is gone, so the outline has a notch.
    """
    face, rng = task.face, task.rng
    radius = task.pick(0.8, 1.8, 3.4) * float(rng.uniform(0.85, 1.2))
    anchor = _rim_point(task)
    bite = blob(rng, float(anchor[0]), float(anchor[1]), radius, 0.45, 18)
    notch = blob(rng, float(anchor[0]), float(anchor[1]), radius * task.pick(0.25, 0.4, 0.55), 0.5, 14)
    mask = face.mask(bite)
    cover = unit(mask) * unit(face.alpha)
    window = face.window(bite)
    face.blend(window, cover[window] * np.float32(0.92), _broken(task), gloss=0.03)
    face.emission *= (1 - cover)[..., None]
    _facets(task, anchor, radius, cover)
    found = np.where((cover > 0.3) & (face.alpha > 127), 255, 0).astype(np.uint8)
    face.alpha[face.mask(notch) > 127] = 0
    return found


def _broken(task: PaintTask) -> Colour:
    """Return the tone of freshly broken material: white for dark things, shaded for light ones."""
    face, rng = task.face, task.rng
    if face.material is Material.GLASS and isinstance(face, ScreenFace):
        near = float(np.sqrt(np.mean(task.device.bezel)))
    else:
        near = float(np.sqrt(max(0.0, face.mean_albedo())))
    level = float(rng.uniform(0.7, 0.95) if near < 0.6 else rng.uniform(0.15, 0.4))
    return linear(level, level, level)


def _facets(task: PaintTask, anchor: Points, radius: float, cover: Plane) -> None:
    """Shade the shell: ridges fan out from where it was hit, and its lip glints against the light."""
    face, rng = task.face, task.rng
    dark, bright = face.blank(), face.blank()
    for _ in range(int(rng.integers(4, 9))):
        angle = float(rng.uniform(0, 2 * np.pi))
        end = anchor + radius * float(rng.uniform(0.5, 1.1)) * np.array([np.cos(angle), np.sin(angle)])
        ridge = face.to_px(np.stack([anchor, end]))
        width_px = float(rng.uniform(0.1, 0.25)) * radius * face.scale
        raster.stroke(dark if rng.random() < 0.5 else bright, ridge, width_px, 200)
    face.albedo *= (1 - np.float32(0.6) * unit(dark) * cover)[..., None]
    face.scatter += unit(bright) * cover * np.float32(0.35)


def paint_bent(task: PaintTask) -> Mask:
    """Bend the body over part of its length and return the mask of the part that moved.

    A bent body has a kink: two nearly straight halves that lean apart and mirror different things.
    """
    face, rng = task.face, task.rng
    upright = face.height_mm >= face.width_mm
    length = face.height_mm if upright else face.width_mm
    middle = float(rng.uniform(0.32, 0.68)) * length
    middle = length - middle if task.defect.is_mirrored else middle
    half = float(rng.uniform(0.26, 0.42)) * length
    amount = task.pick(0.012, 0.019, 0.03) * length
    amount *= float(rng.uniform(0.85, 1.0)) * float(rng.choice([-1, 1]))
    amount = -amount if task.defect.is_sunk else amount
    across, down = face.grid()
    along = ((down if upright else across) - np.float32(middle)) / np.float32(half)
    face.bend = Bend(upright, middle, half, float(rng.uniform(0.1, 0.3)), amount)
    bow = np.broadcast_to(face.bend.rise(down if upright else across), face.shape)
    lean = np.float32(task.pick(0.12, 0.22, 0.34)) * np.clip(along * 5, -1, 1) * (np.abs(along) < 1)
    fold = np.broadcast_to(lean * (1 - np.abs(along)), face.shape).astype(np.float32)
    flat = np.zeros(face.shape, np.float32)
    face.tilt(flat if upright else fold, fold if upright else flat)
    return face.marked(bow, 0.05)


def _place(task: PaintTask, radius: float) -> tuple[float, float]:
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


def _rim_point(task: PaintTask) -> Points:
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


def _scuff(task: PaintTask, x: float, y: float, radius: float) -> None:
    face, rng = task.face, task.rng
    mask = face.blank()
    for _ in range(12):
        start = np.array([x, y]) + rng.normal(0, radius * 0.3, 2)
        stroke = np.stack([start, start + rng.normal(0, radius * 0.25, 2)])
        raster.stroke(mask, face.to_px(stroke), 0.15 * face.scale, int(rng.integers(60, 200)))
    face.scatter += unit(mask) * unit(face.alpha) * np.float32(0.3)
