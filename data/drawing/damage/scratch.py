"""Draw scratches: grooves, alone or in fine bundles, that are brightest across the light."""

import numpy as np

from data.drawing.damage.planned_defect import PaintTask
from data.drawing.optics.light import Light
from data.drawing.surface import raster
from data.drawing.surface.canvas import Material, unit
from data.drawing.surface.raster import Mask, Points
from data.drawing.surface.shape import arc

# Share of a scratch's light that reaches the camera: head-on light hides scratches, raking shows them.
_SHOWN = {Light.DIFFUSE: 0.75, Light.HEAD_ON: 0.4, Light.RAKING: 1.25, Light.DIM: 0.6, Light.LIGHT_BOX: 0.8}


def paint_scratch(task: PaintTask) -> Mask:
    """Paint a scratch or a bundle of them and return their mask."""
    face, rng = task.face, task.rng
    light, dark = face.blank(), face.blank()
    for line in _lines(task):
        _draw_groove(task, line, light, dark)
    inside = unit(face.alpha)
    groove, shadow = unit(light) * inside, unit(dark) * inside
    shown = np.float32(_SHOWN[task.lighting.light] * task.pick(0.7, 1.15, 1.4) * rng.uniform(0.85, 1.15))
    face.scatter += groove * shown
    face.albedo *= (1 - np.float32(0.45) * shadow)[..., None]
    face.emission *= (1 - np.float32(0.3) * np.maximum(shadow, groove))[..., None]
    if face.material in {Material.PAINT, Material.PLASTIC}:
        bare = np.float32(0.3) * groove[..., None]
        face.albedo += (np.float32(0.5) - face.albedo) * bare
    return face.marked(unit(np.maximum(light, dark)), 0.03)


def _lines(task: PaintTask) -> list[Points]:
    """Return one scratch, or a bundle of nearly parallel ones."""
    face, rng = task.face, task.rng
    size = np.array([face.width_mm, face.height_mm])
    reach = float(min(task.pick(14, 40, 70), 0.8 * max(size)))
    length = float(rng.uniform(0.2, 1.0)) * reach + 2
    middle = rng.uniform(0.12, 0.88, 2) * size
    angle = float(rng.uniform(0, np.pi)) if size.min() > 30 else float(rng.normal(0, 0.3))
    bow = float(rng.normal(0, 0.06))
    count = 1 if rng.random() < 0.7 else int(rng.integers(3, 9))
    lines = []
    for _ in range(count):
        share = 1.0 if count == 1 else float(rng.uniform(0.3, 1.0))
        turn = angle + (0 if count == 1 else float(rng.normal(0, 0.07)))
        way = np.array([np.cos(turn), np.sin(turn)]) * length * share / 2
        aside = np.zeros(2) if count == 1 else rng.normal(0, 1.8, 2)
        centre = middle + aside
        lines.append(np.clip(arc(centre - way, centre + way, bow), 0.3, size - 0.3))
    return lines


def _draw_groove(task: PaintTask, line: Points, light: Mask, dark: Mask) -> None:
    face, rng = task.face, task.rng
    width = task.pick(0.06, 0.13, 0.3) * float(rng.uniform(0.7, 1.3))
    width_px = width * face.scale
    cover = min(1.0, 0.25 + 0.75 * width_px)
    points = face.to_px(line)
    way = points[-1] - points[0]
    across = np.abs(np.sin(np.arctan2(way[1], way[0]) - task.lighting.towards_rad))
    facing = 0.55 + 0.45 * float(across)
    aside = task.lighting.towards * max(0.7, 0.7 * width_px)
    raster.stroke(dark, points - aside, width_px * 0.8, int(200 * cover))
    pieces = len(points) - 1
    ends = np.clip(
        4 * np.minimum(np.arange(pieces) + 0.6, pieces - np.arange(pieces) - 0.4) / pieces, 0.35, 1
    )
    for index in range(pieces):
        value = cover * facing * float(ends[index]) * float(rng.uniform(0.55, 1.0))
        raster.stroke(
            light, points[index : index + 2], width_px * float(rng.uniform(0.7, 1.3)), int(255 * value)
        )
