"""Draw cracks: bright where a facet meets the light, dark beside it, nearly invisible elsewhere."""

import numpy as np

from data.defect import Severity
from data.drawing.damage.fracture import CrackLine, Fracture, grow_fracture, grow_split_housing
from data.drawing.damage.planned_defect import PaintTask
from data.drawing.surface import raster
from data.drawing.surface.canvas import Face, Material, unit
from data.drawing.surface.noise import smooth
from data.drawing.surface.raster import Mask, Plane, Points

_PIECE = 3


def paint_crack(task: PaintTask) -> Mask:
    """Paint a crack and return its mask."""
    face = task.face
    if face.material is Material.GLASS:
        fracture = grow_fracture(task.rng, face.width_mm, face.height_mm, task.defect.severity)
        return _paint_glass(task, fracture)
    fracture = grow_split_housing(task.rng, face.width_mm, face.height_mm, task.defect.severity)
    return _paint_housing(task, fracture)


def _paint_glass(task: PaintTask, fracture: Fracture) -> Mask:
    face, rng = task.face, task.rng
    if fracture.shards:
        _tilt_shards(face, rng, fracture.shards)
    bright, dark = raster.Strokes(), raster.Strokes()
    _add_splits(task, fracture.splits, bright, dark)
    lit, shaded = face.blank(), face.blank()
    bright.draw(lit)
    dark.draw(shaded)
    inside = unit(face.alpha)
    patches = np.clip(0.8 + 0.5 * smooth(rng, face.shape, (14, 8)), 0.3, 1.3)
    shine = unit(lit) * patches * inside
    if task.defect.severity is Severity.DEEP:
        # Powdered glass around an impact is white as a whole, not line by line.
        shine = np.maximum(shine, raster.blur(shine, 0.7 * face.scale) * np.float32(0.55))
    _break_light(face, rng, shine, unit(shaded) * inside, task.defect.severity)
    return face.marked(unit(np.maximum(lit, shaded)), 0.03)


def _add_splits(
    task: PaintTask, splits: tuple[CrackLine, ...], bright: raster.Strokes, dark: raster.Strokes
) -> None:
    face, rng = task.face, task.rng
    # All points at once: a shattered pane has thousands of short lines.
    points = face.to_px(np.concatenate([split.points for split in splits]))
    lit = raster.to_fixed(points)
    shaded = raster.to_fixed(points - task.lighting.towards * max(0.8, 0.1 * face.scale))
    rims = raster.to_fixed(points + rng.normal(0, 0.35, 2) * face.scale)
    start = 0
    for split in splits:
        end = start + len(split.points)
        width_px = split.width_mm * face.scale
        cover = min(1.0, 0.3 + 0.7 * width_px)
        dark.add(shaded[start:end], width_px, (0.8 * cover,), end - start)
        gleam = (_gleam(rng, split.points, task.lighting.towards_rad) * (cover * split.strength)).tolist()
        bright.add(lit[start:end], width_px, gleam, _PIECE)
        if end - start > 6 and rng.random() < 0.4:
            # The crack's other rim, through the thickness of the glass.
            bright.add(rims[start:end], 1.0, [0.3 * value for value in gleam], _PIECE)
        start = end


def _gleam(rng: np.random.Generator, points: Points, towards_rad: float) -> Plane:
    """Return how strongly each piece of a line gleams: by its facing, and by chance along it."""
    count = max(1, -(-(len(points) - 1) // _PIECE))
    if count == 1:
        return np.asarray([0.2 + 0.8 * rng.random() ** 2], dtype=np.float32)
    ways = np.diff(points[:: min(_PIECE, max(1, len(points) - 1))], axis=0)
    angles = np.resize(np.arctan2(ways[:, 1], ways[:, 0]), count)
    facing = np.sin(angles - towards_rad + float(rng.normal(0, 0.5))) ** 2
    glint = (rng.random(count) < 0.15 + 0.3 * facing) * rng.uniform(0.5, 1.0, count)
    return np.asarray(np.maximum(glint, 0.15 + 0.35 * facing * rng.random(count)), dtype=np.float32)


def _break_light(
    face: Face, rng: np.random.Generator, shine: Plane, depth: Plane, severity: Severity
) -> None:
    shade = 1 - np.float32(rng.uniform(0.55, 0.85)) * depth
    if face.emission.any():
        # A crack bends a lit display's light away and spreads the rest as pale, faintly coloured glints.
        spread = np.clip(0.4 + 0.25 * smooth(rng, face.shape, (50, 30)), 0.1, 0.8) * shine
        glow = face.emission.mean(axis=2) * spread
        face.emission *= (shade * (1 - np.float32(0.35) * shine))[..., None]
        tint = rng.uniform(0.75, 1.25, 3).astype(np.float32)
        face.emission += glow[..., None] * tint
    face.albedo *= shade[..., None]
    face.gloss *= 1 - np.float32(0.5) * np.maximum(shine, depth)
    power = {Severity.MICRO: 0.9, Severity.VISIBLE: 1.4, Severity.DEEP: 1.8}[severity]
    face.scatter += shine * np.float32(power)


def _tilt_shards(face: Face, rng: np.random.Generator, shards: tuple[Points, ...]) -> None:
    lean_x, lean_y = np.full(face.shape, 128, np.uint8), np.full(face.shape, 128, np.uint8)
    for shard in shards:
        outline = [face.to_px(shard)]
        raster.fill(lean_x, outline, int(rng.integers(70, 187)))
        raster.fill(lean_y, outline, int(rng.integers(70, 187)))
    strength = np.float32(rng.uniform(0.02, 0.12) / 128)
    face.tilt((lean_x.astype(np.float32) - 128) * strength, (lean_y.astype(np.float32) - 128) * strength)


def _paint_housing(task: PaintTask, fracture: Fracture) -> Mask:
    face = task.face
    dark, light = face.blank(), face.blank()
    for split in fracture.splits:
        points = face.to_px(split.points)
        width_px = split.width_mm * face.scale * task.pick(0.7, 1.0, 1.8)
        cover = int(255 * min(1.0, max(0.4, width_px)))
        raster.stroke(dark, points, width_px, cover)
        raster.stroke(light, points + task.lighting.towards * max(1.0, width_px), width_px * 0.6, cover // 2)
    inside = unit(face.alpha)
    face.albedo *= (1 - np.float32(0.85) * unit(dark) * inside)[..., None]
    face.gloss *= 1 - unit(dark) * inside
    face.scatter += np.float32(0.25) * unit(light) * inside
    return face.marked(unit(np.maximum(dark, light)), 0.08)
