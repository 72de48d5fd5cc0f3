"""Compute the light on a face: what falls on it, and what it mirrors."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from data.drawing.surface import raster
from data.drawing.surface.canvas import Colour, Face, linear, unit
from data.drawing.surface.noise import fractal, smooth
from data.drawing.surface.raster import Plane, Points
from data.drawing.surface.shape import arc, blob, circle, rectangle, rounded, turned

_MIRROR_PX = 240
_SLOPE_MM = 60.0
_SKY_SHARE = 0.3
_BLINDS_SHARE = 0.12


class Light(StrEnum):
    """The light a photo is taken in."""

    DIFFUSE = "diffuse"
    HEAD_ON = "head_on"
    RAKING = "raking"
    DIM = "dim"
    LIGHT_BOX = "light_box"


@dataclass(frozen=True)
class Lighting:
    """One light as it was set up, with the direction it comes from in the picture."""

    light: Light
    colour: Colour
    towards_rad: float
    scatter: float
    ramp: float
    seed: int

    @property
    def towards(self) -> Points:
        """Return the unit vector (x, y) towards the light."""
        return np.array([np.cos(self.towards_rad), np.sin(self.towards_rad)])


# Light -> (share of light that a broken spot throws to the camera, how uneven the light is).
_SET_UP: dict[Light, tuple[float, float]] = {
    Light.DIFFUSE: (0.55, 0.25),
    Light.HEAD_ON: (0.5, 0.35),
    Light.RAKING: (1.15, 1.1),
    Light.DIM: (0.4, 0.5),
    Light.LIGHT_BOX: (0.75, 0.12),
}


def draw_lighting(rng: np.random.Generator, light: Light) -> Lighting:
    """Draw one lighting of a kind: its colour, direction and evenness."""
    scatter, ramp = _SET_UP[light]
    warmth = float(rng.normal(0, 0.05 if light is Light.LIGHT_BOX else 0.12))
    level = 1.0 + float(rng.normal(0, 0.08))
    return Lighting(
        light=light,
        colour=(level * (1 + warmth), level, level * (1 - warmth)),
        towards_rad=float(rng.uniform(0, 2 * np.pi)),
        scatter=scatter * float(rng.uniform(0.7, 1.3)),
        ramp=ramp * float(rng.uniform(0.5, 1.3)),
        seed=int(rng.integers(2**31)),
    )


def shade(face: Face, lighting: Lighting, mirrored: Plane) -> Plane:
    """Return the light that leaves a face towards the camera, (H, W, 3) linear."""
    light = irradiance(face.shape, lighting)
    if face.slope is not None:
        toward = lighting.towards.astype(np.float32)
        # Bounded, since a face that turns away still gets light from the rest of the room.
        lift = 1 + np.float32(0.8) * np.tanh(np.float32(1.5) * (face.slope @ toward))
        light *= lift[..., None]
        mirrored = _bent_mirror(mirrored, face.slope, face.scale)
    light *= face.albedo
    light += mirrored * face.gloss[..., None]
    light += face.emission
    if face.scatter.any():
        thrown = face.scatter * np.float32(lighting.scatter)
        light += thrown[..., None] * np.asarray(lighting.colour, np.float32)
    return light


def irradiance(shape: tuple[int, int], lighting: Lighting) -> Plane:
    """Return the light that falls on a face, (H, W, 3), about 1 on average."""
    rows, columns = 24, 24
    across = np.linspace(-1, 1, columns, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    x, y = lighting.towards.astype(np.float32)
    ramp = 1 + np.float32(lighting.ramp) * np.float32(0.5) * (x * across + y * down)
    ramp = np.maximum(ramp, 0.12) * (
        1 + 0.06 * smooth(np.random.default_rng(lighting.seed), (rows, columns), (4, 4))
    )
    grid = ramp[..., None] * np.asarray(lighting.colour, np.float32)
    return raster.stretch(grid, shape[1], shape[0])


def mirror_image(face: Face, lighting: Lighting) -> Plane:
    """Return what a flat mirror in the face's place would show the camera, (H, W, 3) linear.

    Windows, lamps, the operator's phone and hands: bright bars and dark outlines that are no defects.
    """
    rows, columns = face.shape
    shrink = min(1.0, _MIRROR_PX / max(rows, columns))
    shape = max(8, int(rows * shrink)), max(8, int(columns * shrink))
    rng = np.random.default_rng([lighting.seed, 1])
    room = _ROOMS[lighting.light](rng, shape)
    _add_outdoors(np.random.default_rng([lighting.seed, 2]), room, lighting.light)
    if rng.random() < (0.2 if lighting.light is Light.LIGHT_BOX else 0.4):
        _add_operator(rng, room)
    softness = float(rng.uniform(0.3, 3.0)) + face.roughness * shape[0] * 0.25
    return raster.stretch(raster.blur(room, softness), columns, rows)


def _add_outdoors(rng: np.random.Generator, room: Plane, light: Light) -> None:
    """Let some rooms mirror a sky, perhaps through twigs, or blinds: thin soft lines that are no cracks."""
    has_sky = light is Light.DIFFUSE and rng.random() < _SKY_SHARE
    if has_sky:
        _add_sky(rng, room)
    if has_sky and rng.random() < 0.4:
        _add_twigs(rng, room)
    elif light in {Light.DIFFUSE, Light.HEAD_ON} and rng.random() < _BLINDS_SHARE:
        _add_blinds(rng, room, float(rng.uniform(0.6, 3.0)))


def _bent_mirror(mirrored: Plane, slope: Plane, scale: float) -> Plane:
    reach = np.float32(_SLOPE_MM * scale)
    rows, columns = slope.shape[:2]
    x = np.arange(columns, dtype=np.float32)[None, :] + slope[..., 0] * reach
    y = np.arange(rows, dtype=np.float32)[:, None] + slope[..., 1] * reach
    return raster.sample(mirrored, x, y)


def _base(rng: np.random.Generator, shape: tuple[int, int], low: float, high: float) -> Plane:
    level = float(rng.uniform(low, high))
    field = level * (1 + 0.5 * smooth(rng, shape, (3, 2)))
    tint = 1 + rng.normal(0, 0.08, 3)
    return (field[..., None] * tint).astype(np.float32)


def _room_diffuse(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    room = _base(rng, shape, 0.15, 0.8)
    for _ in range(int(rng.integers(0, 3))):
        _add_window(rng, room, float(rng.uniform(1.0, 4.5)))
    if rng.random() < 0.35:
        _add_bars(rng, room, float(rng.uniform(0.3, 2.0)))
    return room


def _room_head_on(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    room = _base(rng, shape, 0.08, 0.5)
    for _ in range(int(rng.integers(1, 3))):
        _add_lamp(rng, room, float(rng.uniform(12, 45)))
    if rng.random() < 0.4:
        _add_bars(rng, room, float(rng.uniform(0.3, 1.5)))
    return room


def _room_raking(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    room = _base(rng, shape, 0.03, 0.25)
    if rng.random() < 0.4:
        _add_window(rng, room, float(rng.uniform(0.5, 2.0)))
    return room


def _room_dim(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    room = _base(rng, shape, 0.05, 0.4)
    for _ in range(int(rng.integers(0, 3))):
        _add_lamp(rng, room, float(rng.uniform(3, 15)))
    return room


def _room_light_box(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    room = _base(rng, shape, 0.08, 0.35) if rng.random() < 0.5 else _base(rng, shape, 0.5, 1.0)
    if rng.random() < 0.7:
        _dim_patch(rng, room, rectangle(0, 0, shape[1] * 0.3, shape[0] * 0.12), 0.6)
    if rng.random() < 0.5:
        side = shape[1] * float(rng.uniform(0.02, 0.06))
        left = 0.0 if rng.random() < 0.5 else shape[1] - side
        _add(room, rectangle(left, 0, side, shape[0]), linear(1.8, 1.8, 1.9))
    return room


_ROOMS = {
    Light.DIFFUSE: _room_diffuse,
    Light.HEAD_ON: _room_head_on,
    Light.RAKING: _room_raking,
    Light.DIM: _room_dim,
    Light.LIGHT_BOX: _room_light_box,
}


def _add(room: Plane, polygon: Points, light: Colour, opacity: float = 1.0) -> None:
    mask = np.zeros(room.shape[:2], np.uint8)
    raster.fill(mask, [polygon])
    room += (np.asarray(light, np.float32) - room) * (unit(mask) * np.float32(opacity))[..., None]


def _dim_patch(rng: np.random.Generator, room: Plane, polygon: Points, factor: float) -> None:
    height, width = room.shape[:2]
    place = np.array([rng.uniform(0, 0.7) * width, rng.uniform(0.1, 0.8) * height])
    mask = np.zeros((height, width), np.uint8)
    raster.fill(mask, [polygon + place])
    room *= 1 - np.float32(1 - factor) * unit(mask)[..., None]


def _add_window(rng: np.random.Generator, room: Plane, level: float) -> None:
    height, width = room.shape[:2]
    size = np.array([rng.uniform(0.3, 1.2) * width, rng.uniform(0.15, 0.6) * height])
    place = np.array([rng.uniform(-0.2, 1.0) * width, rng.uniform(-0.1, 1.0) * height])
    turn = turned(float(rng.normal(0, 0.25)))
    colour = (level * 0.95, level, level * float(rng.uniform(1.0, 1.15)))
    panes = int(rng.integers(1, 4))
    for index in range(panes):
        pane = rectangle(size[0] * index / panes, 0, size[0] / panes * 0.94, size[1]) - size / 2
        _add(room, pane @ turn.T + place, colour, float(rng.uniform(0.5, 1.0)))


def _add_sky(rng: np.random.Generator, room: Plane) -> None:
    """Let a sky with clouds stand over a dark, uneven skyline, as a back held near a window mirrors it."""
    height, width = room.shape[:2]
    cloud = np.clip(0.4 + 0.6 * fractal(rng, (height, width), (4, 3), 3), 0, 1)[..., None]
    blue = np.asarray(linear(0.55, 0.72, 0.95), np.float32)
    sky = np.float32(rng.uniform(1.5, 6.0)) * (blue + (np.float32(1) - blue) * cloud)
    steps = int(rng.integers(4, 14))
    level = height * float(rng.uniform(0.15, 1.1))
    line = np.interp(np.arange(width), np.linspace(0, width, steps), rng.normal(level, height * 0.06, steps))
    above = np.clip(line[None, :] - np.arange(height)[:, None], 0, 1).astype(np.float32)
    if rng.random() < 0.5:
        above = above[::-1]
    room += (sky - room) * (above * np.float32(rng.uniform(0.6, 1.0)))[..., None]


def _add_twigs(rng: np.random.Generator, room: Plane) -> None:
    height, width = room.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    ends = [(rng.uniform(0, 1, 2) * (width, height), float(rng.uniform(0, 2 * np.pi)), height * 0.35)]
    while ends and len(ends) < 40:
        start, heading, length = ends.pop(0)
        stop = start + length * np.array([np.cos(heading), np.sin(heading)])
        raster.stroke(mask, arc(start, stop, float(rng.normal(0, 0.1)), 8), max(1.0, length * 0.04), 255)
        if length > height * 0.06:
            for _ in range(int(rng.integers(1, 4))):
                fork = start + (stop - start) * float(rng.uniform(0.3, 1.0))
                ends.append(
                    (fork, heading + float(rng.normal(0, 0.6)), length * float(rng.uniform(0.4, 0.8)))
                )
    room *= 1 - np.float32(rng.uniform(0.5, 0.95)) * unit(mask)[..., None]


def _add_blinds(rng: np.random.Generator, room: Plane, level: float) -> None:
    """Add a window with slats: many thin parallel stripes of light."""
    height, width = room.shape[:2]
    size = np.array([rng.uniform(0.3, 0.9) * width, rng.uniform(0.15, 0.5) * height])
    place = np.array([rng.uniform(0, 1) * width, rng.uniform(0, 1) * height])
    turn = turned(float(rng.normal(0, 0.3)))
    mask = np.zeros((height, width), np.uint8)
    count = int(rng.integers(5, 18))
    for index in range(count):
        slat = rectangle(0, size[1] * index / count, size[0], size[1] / count * float(rng.uniform(0.3, 0.6)))
        raster.fill(mask, [(slat - size / 2) @ turn.T + place])
    room += (np.float32(level) - room) * (unit(mask) * np.float32(rng.uniform(0.5, 1.0)))[..., None]


def _add_lamp(rng: np.random.Generator, room: Plane, level: float) -> None:
    height, width = room.shape[:2]
    x, y = rng.uniform(0, 1) * width, rng.uniform(0, 1) * height
    warm = float(rng.uniform(0.75, 1.0))
    radius = float(rng.uniform(0.02, 0.07)) * width
    _add(room, circle(x, y, radius * 3.0), (level * 0.03, level * 0.03, level * 0.03 * warm), 0.5)
    if rng.random() < 0.3:
        tube = rectangle(-width * 0.3, -radius * 0.7, width * 0.6, radius * 1.4)
        _add(room, tube @ turned(float(rng.uniform(0, np.pi))).T + (x, y), (level, level, level * warm))
    else:
        _add(room, circle(x, y, radius), (level, level, level * warm))


def _add_bars(rng: np.random.Generator, room: Plane, level: float) -> None:
    """Add straight joints of a floor or a ceiling, which a model must not take for cracks."""
    height, width = room.shape[:2]
    turn = turned(float(rng.uniform(0, np.pi)))
    for start in np.arange(-1.0, 1.0, float(rng.uniform(0.3, 0.7))):
        for axis in range(2):
            bar = rectangle(-2.0 * height, start * height, 4.0 * height, max(1.2, width * 0.02))
            bar = bar if axis == 0 else bar[:, ::-1]
            _add(room, bar @ turn.T + (width / 2, height / 2), (level, level * 0.92, level * 0.8), 0.7)


def _add_operator(rng: np.random.Generator, room: Plane) -> None:
    height, width = room.shape[:2]
    size = width * float(rng.uniform(0.35, 0.6))
    x, y = rng.uniform(0.1, 0.6) * width, rng.uniform(0.2, 0.7) * height
    dark = float(rng.uniform(0.01, 0.06))
    phone = rounded(x, y, size, size * 1.9, size * 0.14)
    skin = (0.3, 0.2, 0.15)
    _add(room, blob(rng, x + size * 0.9, y + size * 1.6, size * 0.6), skin, 0.7)
    _add(room, phone, (dark, dark, dark * 1.1), 0.9)
    for row in range(2):
        _add(room, circle(x + size * 0.25, y + size * (0.3 + 0.32 * row), size * 0.11), (0.12, 0.12, 0.15))
    for finger in range(3):
        tip = rounded(x + size * 0.5, y + size * (0.9 + 0.27 * finger), size * 0.6, size * 0.22, size * 0.1)
        _add(room, tip, skin, 0.8)
