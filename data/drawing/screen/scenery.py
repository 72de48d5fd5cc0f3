"""Draw pictures of rock, contour lines and leaves for lit screens: real fine lines, none of them a crack."""

import numpy as np

from data.drawing.surface import raster
from data.drawing.surface.canvas import unit
from data.drawing.surface.noise import fractal, smooth
from data.drawing.surface.raster import Plane
from data.drawing.surface.shape import arc, turned


def tone(rng: np.random.Generator) -> Plane:
    """Return a linear colour, (3,), that is seldom fully saturated."""
    shown = rng.uniform(0, 1) + rng.normal(0, rng.choice([0.06, 0.15, 0.35]), 3)
    return (np.clip(shown, 0.01, 1) ** 2).astype(np.float32)


def rock(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    """Return a rough wall lit from one side, split by dark clefts that branch as cracks do."""
    cells = int(rng.integers(3, 9)), int(rng.integers(3, 9))
    height = fractal(rng, shape, cells, 5)
    down, across = np.gradient(height)
    angle = float(rng.uniform(0, 2 * np.pi))
    slope = across * np.float32(np.cos(angle)) + down * np.float32(np.sin(angle))
    lit = np.clip(0.5 + slope / max(float(slope.std()), 1e-6) * np.float32(rng.uniform(0.1, 0.4)), 0.02, 1)
    cleft = _isoline(fractal(rng, shape, cells, 4), float(rng.uniform(0.02, 0.1)))
    lit *= 1 - np.float32(rng.uniform(0.3, 0.9)) * cleft
    return np.asarray(lit[..., None] * (0.35 + 0.65 * tone(rng)), np.float32)


def contours(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    """Return thin curves of one height, as maps and marble have, over a soft ground."""
    ground, other, ink = tone(rng), tone(rng), tone(rng)
    share = (0.5 + 0.5 * smooth(rng, shape, (3, 2)))[..., None]
    picture = ground * share + other * (1 - share)
    field = fractal(rng, shape, (int(rng.integers(2, 6)), int(rng.integers(2, 5))), int(rng.integers(1, 4)))
    levels = float(rng.uniform(0.5, 4))
    wave = np.abs((field * np.float32(levels)) % 1 - 0.5)
    down, across = np.gradient(field * np.float32(levels))
    steep = np.hypot(across, down) + np.float32(1e-4)
    line = np.clip(np.float32(rng.uniform(0.8, 1.8)) - wave / steep, 0, 1) * np.float32(rng.uniform(0.2, 0.9))
    return np.asarray(picture + (ink - picture) * line[..., None], np.float32)


def leaves(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    """Return overlapping leaves or petals, each with a rim, a rib and veins."""
    rows, columns = shape
    picture = np.broadcast_to(tone(rng) * np.float32(0.4), (rows, columns, 3)).astype(np.float32)
    for _ in range(int(rng.integers(6, 16))):
        _leaf(rng, picture, float(min(shape)) * float(rng.uniform(0.3, 0.9)))
    return picture


def _leaf(rng: np.random.Generator, picture: Plane, length: float) -> None:
    rows, columns = picture.shape[:2]
    turn, place = turned(float(rng.uniform(0, 2 * np.pi))), rng.uniform(0, 1, 2) * (columns, rows)

    def laid(points: raster.Points) -> raster.Points:
        return np.asarray(points @ turn.T + place)

    root, tip = np.array([-length / 2, 0.0]), np.array([length / 2, 0.0])
    bow = float(rng.uniform(0.15, 0.4))
    outline = laid(np.concatenate([arc(root, tip, bow, 24), arc(tip, root, bow, 24)]))
    colour = tone(rng)
    lay(picture, [outline], None, colour, 1.0)
    veins = [laid(np.stack([root, tip]))]
    for step in np.linspace(-0.35, 0.35, int(rng.integers(0, 9))):
        along = step + 0.62
        end = np.array([0.12, 3.4 * bow * along * (1 - along)]) * length
        foot = np.array([step * length, 0.0])
        veins += [laid(np.stack([foot, foot + end * (1, side)])) for side in (-1, 1)]
    width_px = float(rng.uniform(0.8, 2.2))
    lay(picture, veins, width_px, colour * np.float32(rng.uniform(0.3, 2.2)), float(rng.uniform(0.2, 0.9)))
    rim = np.concatenate([outline, outline[:1]])
    lay(picture, [rim], width_px, colour * np.float32(rng.uniform(0.2, 1.8)), float(rng.uniform(0, 0.9)))


def lay(
    picture: Plane, shapes: list[raster.Points], width_px: float | None, colour: Plane, opacity: float
) -> None:
    """Draw filled shapes, or lines `width_px` wide, over an (H, W, 3) picture in place."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    for points in shapes:
        if width_px is None:
            raster.fill(mask, [points])
        else:
            raster.stroke(mask, points, width_px, 255)
    picture += (np.clip(colour, 0, 1) - picture) * (unit(mask) * np.float32(opacity))[..., None]


def _isoline(field: Plane, width: float) -> Plane:
    """Return 1 where a field passes zero, falling to 0 at `width` of its deviation."""
    return np.asarray(np.clip(1 - np.abs(field) / np.float32(width * max(float(field.std()), 1e-6)), 0, 1))
