"""Draw a swollen battery: a bulging back or deck, a lifted screen with a gap, a strip that bows out."""

import numpy as np

from data.drawing.damage.planned_defect import PaintTask
from data.drawing.surface import raster
from data.drawing.surface.canvas import linear, mixed, unit
from data.drawing.surface.raster import Mask, Plane

_GAP = linear(0.05, 0.05, 0.055)


def paint_swelling(task: PaintTask) -> Mask:
    """Paint a face that swells over a gassing cell and return the mask of what moved."""
    face = task.face
    if min(face.width_mm, face.height_mm) < 45 and max(face.width_mm, face.height_mm) > 3 * min(
        face.width_mm, face.height_mm
    ):
        return _bow_strip(task)
    return _bulge(task)


def _bulge(task: PaintTask) -> Mask:
    """Raise a dome: it bends what the face mirrors, shades one flank, and opens a gap at one side."""
    face, rng = task.face, task.rng
    across, down = face.grid()
    x = face.width_mm * np.float32(rng.uniform(0.4, 0.6))
    y = face.height_mm * np.float32(rng.uniform(0.4, 0.65))
    reach_x = face.width_mm * np.float32(rng.uniform(0.42, 0.52))
    reach_y = face.height_mm * np.float32(rng.uniform(0.3, 0.42))
    u, v = (across - x) / reach_x, (down - y) / reach_y
    reach = u * u + v * v
    dome = np.where(reach < 1, (1 - np.minimum(reach, 1)) ** 2, 0).astype(np.float32)
    along_x, along_y = raster.gradient(dome)
    lift = np.float32(task.pick(0.16, 0.28, 0.4) * min(face.width_mm, face.height_mm) * face.scale * 0.5)
    inside = unit(face.alpha)
    face.tilt(-along_x * lift * inside, -along_y * lift * inside)
    gleam = _gleam(task, dome)
    face.scatter += gleam * inside
    gap = _gap(task, y, reach_y)
    return np.maximum(face.marked(dome, 0.03), face.marked(gap, 0.2))


def _gleam(task: PaintTask, dome: Plane) -> Plane:
    """Add the broad highlight that a curved face catches and a flat one doesn't."""
    towards = task.lighting.towards.astype(np.float32)
    along_x, along_y = raster.gradient(dome)
    steep = max(1e-6, float(np.abs(along_x).max()), float(np.abs(along_y).max()))
    flank = -(along_x * towards[0] + along_y * towards[1]) / np.float32(steep)
    gleam = np.clip(flank - 0.35, 0, 1) ** 2 * np.float32(task.pick(0.1, 0.2, 0.32))
    return np.asarray(gleam, dtype=np.float32)


def _gap(task: PaintTask, y: np.float32, reach_y: np.float32) -> Plane:
    """Open a dark gap with a bright lip along one long side, widest beside the dome."""
    face, rng = task.face, task.rng
    across, down = face.grid()
    from_left = rng.random() < 0.5
    off = across - np.float32(0.6) if from_left else np.float32(face.width_mm - 0.6) - across
    width = np.float32(task.pick(0.45, 0.9, 1.7)) * np.exp(-(((down - y) / reach_y) ** 2))
    gap = np.clip((width - np.abs(off - width)) * np.float32(face.scale) + 0.5, 0, 1) * (width > 0.1)
    lip = np.clip((np.float32(0.35) - np.abs(off - 2 * width - 0.2)) * np.float32(face.scale), 0, 1) * (
        width > 0.1
    )
    gap = (gap * unit(face.alpha)).astype(np.float32)
    lip = (lip * unit(face.alpha) * (1 - gap)).astype(np.float32)
    face.blend(face.everywhere, gap, _GAP, gloss=0.0)
    face.emission *= (1 - gap)[..., None]
    face.scatter += lip * np.float32(0.35)
    return np.asarray(np.maximum(gap, lip), dtype=np.float32)


def _bow_strip(task: PaintTask) -> Mask:
    """Bow one long side of an edge view outwards, with a gap between frame and cover.

    With the front up that is the lower side, the back; a swelling that is mirrored lifts the front.
    """
    face, rng = task.face, task.rng
    across, down = face.grid()
    bottom = np.float32(face.height_mm)
    is_front = task.defect.is_mirrored
    deep = bottom - down if is_front else down
    middle = face.width_mm * np.float32(rng.uniform(0.35, 0.65))
    half = face.width_mm * np.float32(rng.uniform(0.3, 0.42))
    along = (across - middle) / half
    swell = np.where(np.abs(along) < 1, np.cos(along * np.float32(np.pi / 2)) ** 2, 0).astype(np.float32)
    height = np.float32(min(task.pick(0.9, 1.8, 3.2), face.margin_mm * 0.85))
    belly = np.clip((bottom + height * swell - deep) * np.float32(face.scale), 0, 1) * (deep > bottom * 0.6)
    belly = (belly * (swell > 0.02)).astype(np.float32)
    seam = np.float32(0.82) * bottom
    gap = np.clip(
        (height * np.float32(0.3) * swell - np.abs(deep - seam)) * np.float32(face.scale) + 0.5, 0, 1
    )
    gap = (gap * (swell > 0.12)).astype(np.float32)
    cover = task.device.bezel if is_front else task.device.body
    under = belly * (deep > seam)
    face.blend(face.everywhere, under.astype(np.float32), mixed(cover, task.device.frame, 0.2), gloss=0.08)
    face.blend(face.everywhere, gap, _GAP, gloss=0.0)
    face.alpha = np.maximum(face.alpha, (belly * 255).astype(np.uint8))
    return face.marked(np.maximum(under, gap), 0.3)
