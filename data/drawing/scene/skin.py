"""Paint skin: its roundness, blood and grain, the creases over joints, and nails."""

import numpy as np

from data.drawing.surface import raster
from data.drawing.surface.canvas import Colour, scaled, unit
from data.drawing.surface.noise import fractal, grain, smooth
from data.drawing.surface.raster import Mask, Plane, Points

# Where a finger's joints lie behind its tip, in radii, and how many creases run over each.
_JOINTS = ((2.1, 2), (5.2, 3))


def paint_skin(mask: Mask, radius: float, tone: Colour, light: Points, rng: np.random.Generator) -> Plane:
    """Return the colour of a round limb whose mask and radius in pixels are given."""
    inside = np.minimum(raster.distance(mask) / np.float32(max(radius, 1.0)), 1)
    height = np.sqrt(np.maximum(1 - (1 - inside) ** 2, 0))
    along_x, along_y = raster.gradient(raster.blur(height, max(0.5, radius * 0.12)))
    tilt = -(along_x * np.float32(light[0]) + along_y * np.float32(light[1])) * np.float32(radius)
    shape = (mask.shape[0], mask.shape[1])
    level = 0.5 + 0.42 * height + 0.2 * np.clip(tilt, -1, 1)
    cells = (_cells(shape[0], radius), _cells(shape[1], radius))
    lines = np.abs(fractal(rng, shape, cells, 2))
    patches = 0.97 + 0.1 * smooth(rng, shape, (5, 5)) + 0.02 * grain(rng, *shape)[..., 0] + 0.07 * lines
    base = np.asarray(tone, np.float32)
    blood = np.asarray((1.0, 0.8, 0.72), np.float32)
    rosy = np.clip(height * 1.2 + 0.35 * smooth(rng, shape, (4, 4)), 0, 1)
    flush = blood + (1 - blood) * rosy[..., None]
    return np.asarray(base * flush * (level * patches)[..., None], dtype=np.float32)


def paint_creases(colour: Plane, path: Points, radius: float, rng: np.random.Generator) -> None:
    """Fold the skin over the joints of a finger; `path` runs to its tip."""
    from_tip = path[::-1]
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(from_tip, axis=0), axis=1))])
    mask = np.zeros(colour.shape[:2], np.uint8)
    for joint, count in _JOINTS:
        for _ in range(count):
            at = (joint + float(rng.normal(0, 0.22))) * radius
            if at < lengths[-1]:
                raster.stroke(mask, _crease(from_tip, lengths, at, radius, rng), max(1.0, 0.09 * radius), 255)
    soft = raster.blur(unit(mask), max(0.5, 0.05 * radius))
    colour *= (1 - np.float32(rng.uniform(0.12, 0.3)) * soft)[..., None]


def paint_nail(colour: Plane, path: Points, radius: float, tone: Colour) -> None:
    """Lay a nail on the tip: a paler plate with a gloss, a darker fold around it, a white edge."""
    tip, before = path[-1], path[-2]
    way = (tip - before) / max(1e-6, float(np.linalg.norm(tip - before)))
    side = np.array([-way[1], way[0]])
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    # A rounded square: more like a nail than an ellipse is.
    along, across = (np.sign(v) * np.abs(v) ** 0.7 for v in (np.cos(angles), np.sin(angles)))
    rim = along[:, None] * way * 0.62 + across[:, None] * side * 0.52
    level = colour.mean(axis=2, keepdims=True) / max(1e-6, float(np.mean(tone)))
    pale = np.asarray(scaled(tone, 1.2), np.float32) * np.asarray((1.0, 0.9, 0.88), np.float32)
    middle = tip + way * radius * 0.15
    _lay(colour, middle + rim * radius * 1.12, colour * np.float32(0.72), 0.8)
    _lay(colour, middle + rim * radius, pale * np.minimum(level * 1.1, 1.3), 0.85)
    edge = middle + way * radius * 0.55 + rim * radius * (0.18, 0.18) + across[:, None] * side * radius * 0.3
    _lay(colour, edge, np.minimum(pale * 1.35, 0.95) * np.minimum(level, 1.2), 0.7)
    _lay(colour, middle + (side * 0.15 + rim * 0.3) * radius, np.minimum(pale * 1.5, 1.0), 0.35)


def _lay(colour: Plane, outline: Points, paint: Plane, opacity: float) -> None:
    mask = np.zeros(colour.shape[:2], np.uint8)
    raster.fill(mask, [outline])
    colour += (paint - colour) * (unit(mask) * np.float32(opacity))[..., None]


def _crease(from_tip: Points, lengths: Points, at: float, radius: float, rng: np.random.Generator) -> Points:
    """Return a short line across a finger, bent towards the tip."""
    middle = np.array([np.interp(at, lengths, from_tip[:, axis]) for axis in range(2)])
    ahead = np.array([np.interp(max(0.0, at - radius), lengths, from_tip[:, axis]) for axis in range(2)])
    way = (ahead - middle) / max(1e-6, float(np.linalg.norm(ahead - middle)))
    side = np.array([-way[1], way[0]]) * float(rng.uniform(0.45, 0.8))
    share = np.linspace(-1, 1, 7)[:, None]
    return np.asarray(middle + (share * side + (share**2) * way * -0.18) * radius, dtype=np.float64)


def _cells(length_px: int, radius: float) -> int:
    return max(3, min(120, round(length_px / max(2.0, 0.16 * radius))))
