"""Draw what lies behind and under a device: counters, mats, forms, cloth, rooms, a light box."""

from collections.abc import Callable
from enum import StrEnum

import numpy as np

from data.drawing.surface import raster
from data.drawing.surface.canvas import Colour, linear, unit
from data.drawing.surface.noise import fractal, grain, smooth
from data.drawing.surface.raster import Plane
from data.drawing.surface.shape import arc, rectangle, turned

_SIDE = 420


class Setting(StrEnum):
    """The places where a photo is taken."""

    COUNTER = "counter"
    HAND = "hand"
    LIGHT_BOX = "light_box"


def draw_background(rng: np.random.Generator, setting: Setting, width: int, height: int) -> Plane:
    """Return a background, (height, width, 3) linear."""
    shrink = min(1.0, _SIDE / max(width, height))
    shape = max(8, int(height * shrink)), max(8, int(width * shrink))
    picture = _GROUNDS[setting](rng, shape)
    softness = float(rng.uniform(0.8, 5.0)) if setting is Setting.HAND else float(rng.uniform(0, 1.4))
    picture = np.clip(raster.blur(picture, softness), 0, 1.5)
    return raster.stretch(picture, width, height)


def _light_box(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    kind = rng.random()
    if kind < 0.25:
        return np.ones((*shape, 3), np.float32)
    level = rng.uniform(0.5, 0.95) if kind < 0.8 else rng.uniform(0.02, 0.15)
    field = np.float32(level) * (1 + 0.12 * smooth(rng, shape, (2, 2)))
    noise = 1 + 0.05 * grain(rng, *shape)[..., :1] if kind > 0.8 else np.float32(1)
    return np.asarray(field[..., None] * noise * (1 + rng.normal(0, 0.02, 3)), dtype=np.float32)


def _counter(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    makers = (_wood, _wood, _plain, _plain, _speckle, _mat, _cloth, _tiles, _cardboard)
    picture = makers[int(rng.integers(len(makers)))](rng, shape)
    for _ in range(int(rng.integers(0, 3))):
        _clutter(rng, picture)
    return picture * (1 + 0.25 * smooth(rng, shape, (2, 2))[..., None])


def _room(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    if rng.random() < 0.35:
        return _counter(rng, shape)
    wall = linear(*(float(v) for v in rng.uniform(0.3, 0.95) + rng.normal(0, 0.08, 3)))
    picture = np.full((*shape, 3), np.clip(wall, 0.01, 1), np.float32)
    if rng.random() < 0.4:
        weave = smooth(rng, shape, (shape[0] // 3, 6))
        picture *= 1 + 0.05 * weave[..., None]
    for _ in range(int(rng.integers(2, 7))):
        size = rng.uniform(0.1, 0.9, 2) * (shape[1], shape[0])
        place = rng.uniform(-0.2, 1, 2) * (shape[1], shape[0])
        box = rectangle(0, 0, float(size[0]), float(size[1])) @ turned(float(rng.normal(0, 0.2))).T + place
        _lay(picture, box, _random_colour(rng), float(rng.uniform(0.5, 1)))
    return picture


_GROUNDS: dict[Setting, Callable[[np.random.Generator, tuple[int, int]], Plane]] = {
    Setting.COUNTER: _counter,
    Setting.HAND: _room,
    Setting.LIGHT_BOX: _light_box,
}


def _random_colour(rng: np.random.Generator) -> Colour:
    grey = float(rng.uniform(0.08, 0.95))
    spread = float(rng.choice([0.02, 0.06, 0.2], p=[0.5, 0.4, 0.1]))
    tint = rng.normal(0, 1, 3) * spread
    return linear(*(float(np.clip(grey + part, 0.02, 0.98)) for part in tint))


def _plain(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    base = np.asarray(_random_colour(rng), np.float32)
    return np.asarray(base * (1 + 0.06 * fractal(rng, shape, (5, 5))[..., None]), dtype=np.float32)


def _wood(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    tone = rng.uniform(0.25, 0.85)
    base = np.asarray(
        linear(tone, tone * rng.uniform(0.62, 0.85), tone * rng.uniform(0.35, 0.65)), np.float32
    )
    upright = rng.random() < 0.5
    cells = (4, 70) if upright else (70, 4)
    ring = fractal(rng, shape, cells, 2) * 0.22 + smooth(rng, shape, (3, 3)) * 0.1
    picture: Plane = np.asarray(base * (1 + ring[..., None]), dtype=np.float32)
    if rng.random() < 0.6:
        side = shape[1] if upright else shape[0]
        step = int(side * rng.uniform(0.15, 0.4)) + 4
        for start in range(int(rng.integers(0, step)), side, step):
            planks = picture if not upright else picture.swapaxes(0, 1)
            planks[start : start + 2] *= np.float32(0.5)
            planks[start : start + step] *= np.float32(rng.uniform(0.85, 1.15))
    return picture


def _speckle(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    base = np.asarray(_random_colour(rng), np.float32)
    spots = fractal(rng, shape, (60, 60), 3)
    vein = np.abs(fractal(rng, shape, (6, 6), 3))
    level = (1 + 0.5 * spots) * (0.75 + 0.4 * np.clip(vein * 5, 0, 1))
    return np.asarray(base * level[..., None], dtype=np.float32)


def _mat(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    tones = ((0.1, 0.3, 0.55), (0.1, 0.42, 0.3), (0.13, 0.13, 0.14), (0.5, 0.52, 0.55))
    base = np.asarray(linear(*tones[int(rng.integers(len(tones)))]), np.float32)
    picture = np.broadcast_to(base, (*shape, 3)).copy()
    if rng.random() < 0.6:
        step = int(max(10, shape[1] * rng.uniform(0.05, 0.12)))
        picture[::step] *= 1.8
        picture[:, ::step] *= 1.8
    return picture * (1 + 0.05 * grain(rng, *shape)[..., :1])


def _cloth(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    base = np.asarray(_random_colour(rng), np.float32)
    rows = np.sin(np.arange(shape[0], dtype=np.float32) * np.float32(rng.uniform(0.8, 2.4)))[:, None]
    columns = np.sin(np.arange(shape[1], dtype=np.float32) * np.float32(rng.uniform(0.8, 2.4)))[None, :]
    picture = base * (1 + 0.18 * (rows * columns)[..., None])
    if rng.random() < 0.5:
        flowers = fractal(rng, shape, (10, 10), 2) > 0.15
        picture[flowers] = np.asarray(_random_colour(rng), np.float32)
    return np.asarray(picture * (1 + 0.2 * smooth(rng, shape, (6, 6))[..., None]), dtype=np.float32)


def _tiles(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    picture = _plain(rng, shape)
    joint = np.asarray(_random_colour(rng), np.float32)
    turn = turned(float(rng.uniform(0, np.pi / 2)))
    mask = np.zeros(shape, np.uint8)
    step = shape[1] * float(rng.uniform(0.2, 0.5))
    for start in np.arange(-2 * shape[0], 2 * shape[0], step):
        for swap in (False, True):
            bar = rectangle(-3.0 * shape[0], float(start), 6.0 * shape[0], max(1.5, step * 0.03))
            bar = bar[:, ::-1] if swap else bar
            raster.fill(mask, [bar @ turn.T + (shape[1] / 2, shape[0] / 2)])
    return np.asarray(picture + (joint - picture) * unit(mask)[..., None], dtype=np.float32)


def _cardboard(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    base = np.asarray(linear(0.76, 0.6, 0.42), np.float32)
    ribs = smooth(rng, shape, (4, 120))
    return np.asarray(
        base * (1 + 0.08 * ribs[..., None]) * (1 + 0.04 * grain(rng, *shape)[..., :1]), dtype=np.float32
    )


def _clutter(rng: np.random.Generator, picture: Plane) -> None:
    height, width = picture.shape[:2]
    place = rng.uniform(-0.1, 0.9, 2) * (width, height)
    turn = turned(float(rng.uniform(-0.8, 0.8)))
    kind = rng.random()
    if kind < 0.4:
        _form(rng, picture, place, turn)
    elif kind < 0.7:
        ends = rng.uniform(-0.2, 1.2, (2, 2)) * (width, height)
        mask = np.zeros((height, width), np.uint8)
        raster.stroke(
            mask, arc(ends[0], ends[1], float(rng.normal(0, 0.3)), 24), float(rng.uniform(2, 7)), 255
        )
        picture += (np.asarray(_random_colour(rng), np.float32) - picture) * unit(mask)[..., None]
    else:
        size = rng.uniform(0.08, 0.5, 2) * (width, height)
        _lay(
            picture,
            rectangle(0, 0, float(size[0]), float(size[1])) @ turn.T + place,
            _random_colour(rng),
            1.0,
        )


def _form(rng: np.random.Generator, picture: Plane, place: raster.Points, turn: raster.Points) -> None:
    height, width = picture.shape[:2]
    sheet = rectangle(0, 0, width * 0.7, width * 0.95)
    _lay(picture, sheet @ turn.T + place, linear(0.92, 0.92, 0.9), 1.0)
    mask = np.zeros((height, width), np.uint8)
    for row in np.arange(0.05, 0.9, float(rng.uniform(0.03, 0.06))):
        line = rectangle(
            width * 0.05, width * float(row), width * float(rng.uniform(0.2, 0.6)), width * 0.012
        )
        raster.fill(mask, [line @ turn.T + place])
    picture += (np.asarray(linear(0.3, 0.3, 0.4), np.float32) - picture) * (unit(mask) * 0.7)[..., None]


def _lay(picture: Plane, polygon: raster.Points, colour: Colour, opacity: float) -> None:
    mask = np.zeros(picture.shape[:2], np.uint8)
    raster.fill(mask, [polygon])
    picture += (np.asarray(colour, np.float32) - picture) * (unit(mask) * np.float32(opacity))[..., None]
