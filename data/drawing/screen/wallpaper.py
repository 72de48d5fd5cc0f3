"""Draw the pictures behind a lit screen, some of them full of lines that are no cracks."""

import numpy as np

from data.drawing.screen.scenery import contours, lay, leaves, rock, tone
from data.drawing.surface import raster
from data.drawing.surface.canvas import Face
from data.drawing.surface.noise import fractal, smooth
from data.drawing.surface.raster import Plane, Points
from data.drawing.surface.shape import arc, blob, rectangle, turned

_SIDE = 360
# What has fine lines of its own is made larger, so that they come out as fine as a hairline.
_FINE_SIDE = 800


def draw_wallpaper(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    """Return a random wallpaper, (H, W, 3) linear, 0 to 1."""
    rows, columns = shape
    maker = _MAKERS[int(rng.integers(len(_MAKERS)))]
    shrink = min(1.0, (_FINE_SIDE if maker in _FINE else _SIDE) / max(rows, columns))
    small = max(8, int(rows * shrink)), max(8, int(columns * shrink))
    return np.clip(raster.stretch(maker(rng, small), columns, rows), 0, 1)


def show_picture(face: Face, rng: np.random.Generator, outline: Points) -> None:
    """Draw a random wallpaper in the bounding rectangle of an outline in millimetres."""
    window = face.window(outline)
    rows, columns = window
    face.emission[window] = draw_wallpaper(rng, (rows.stop - rows.start, columns.stop - columns.start))


def _pair(rng: np.random.Generator) -> tuple[Plane, Plane]:
    return tone(rng), tone(rng)


def _plain(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    colour, _ = _pair(rng)
    return np.broadcast_to(colour, (*shape, 3)).astype(np.float32)


def _wash(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    first, second = _pair(rng)
    share = (0.5 + 0.5 * fractal(rng, shape, (3, 2), 2))[..., None]
    return np.asarray(first * share + second * (1 - share), dtype=np.float32)


def _bubbles(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    picture = _wash(rng, shape).copy()
    for _ in range(int(rng.integers(3, 9))):
        x, y = rng.uniform(0, shape[1]), rng.uniform(0, shape[0])
        _lay(picture, blob(rng, x, y, shape[1] * rng.uniform(0.1, 0.5), 0.15), rng)
    return picture


def _stripes(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    picture = _wash(rng, shape).copy()
    turn = turned(float(rng.uniform(0, np.pi)))
    reach = float(max(shape))
    for start in np.arange(-1, 1, float(rng.uniform(0.08, 0.35))):
        stripe = rectangle(-reach, start * reach, 2 * reach, reach * float(rng.uniform(0.01, 0.1)))
        _lay(picture, stripe @ turn.T + (shape[1] / 2, shape[0] / 2), rng)
    return picture


def _hills(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    picture = _wash(rng, shape).copy()
    across = np.linspace(0, shape[1], 40)
    for layer in range(int(rng.integers(2, 5))):
        ridge = shape[0] * (0.4 + 0.15 * layer) + shape[0] * 0.1 * np.interp(
            across, np.linspace(0, shape[1], 9), rng.normal(0, 1, 9)
        )
        outline = np.concatenate([np.stack([across, ridge], axis=1), [[shape[1], shape[0]], [0, shape[0]]]])
        _lay(picture, outline, rng)
    return picture


def _strands(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    """Draw bright thin curves on a dark ground: twigs, wires, flares."""
    picture = (_wash(rng, shape) * np.float32(rng.uniform(0.1, 0.7))).astype(np.float32)
    for _ in range(int(rng.integers(5, 25))):
        ends = rng.uniform(-0.2, 1.2, (2, 2)) * (shape[1], shape[0])
        curve, width_px = arc(ends[0], ends[1], float(rng.normal(0, 0.2))), float(rng.uniform(1, 4))
        colour = rng.uniform(0.1, 1, 3).astype(np.float32)
        lay(picture, [curve], width_px, colour, float(rng.uniform(0.3, 1)))
    return picture


def _scenery(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    base = np.stack([0.4 + 0.4 * fractal(rng, shape, (6, 4), 4) for _ in range(3)], axis=2)
    picture = np.clip(base * (0.7 + 0.4 * smooth(rng, shape, (3, 2))[..., None]), 0, 1)
    return np.asarray(picture**2, dtype=np.float32)


def _lay(picture: Plane, polygon: raster.Points, rng: np.random.Generator) -> None:
    lay(picture, [polygon], None, tone(rng), float(rng.uniform(0.3, 1)))


_FINE = (rock, contours, leaves)
_MAKERS = (_plain, _wash, _wash, _bubbles, _stripes, _hills, _strands, _scenery, *_FINE)
