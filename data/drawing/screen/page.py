"""Draw pages whose thin bright lines are no cracks: maps, touch tests, unlock patterns, chats, video."""

import numpy as np

from data.drawing.screen.screen_layout import ScreenLayout, layout_of
from data.drawing.screen.wallpaper import show_picture
from data.drawing.surface import raster
from data.drawing.surface.canvas import Colour, ScreenFace, linear, unit
from data.drawing.surface.raster import Points
from data.drawing.surface.shape import arc, circle, rounded

_WHITE = linear(0.97, 0.97, 0.97)
_INK = linear(0.12, 0.12, 0.14)
_ACCENTS = (linear(0.1, 0.5, 0.95), linear(0.15, 0.75, 0.4), linear(0.9, 0.35, 0.2), linear(0.5, 0.3, 0.85))


def page_chat(face: ScreenFace, rng: np.random.Generator) -> None:
    """Draw message bubbles on both sides and sometimes the keyboard."""
    is_dark = rng.random() < 0.4
    face.fill_screen(linear(0.08, 0.09, 0.1) if is_dark else linear(0.92, 0.93, 0.95))
    frame, accent = layout_of(face), _accent(rng)
    face.glow(frame.box(0, 0, 1, 0.09), accent if rng.random() < 0.5 else _WHITE)
    bottom = 0.62 if rng.random() < 0.5 else 0.94
    y = 0.12
    while y < bottom - 0.08:
        height, width = float(rng.uniform(0.04, 0.11)), float(rng.uniform(0.25, 0.7))
        is_mine = rng.random() < 0.5
        left = 0.97 - width if is_mine else 0.03
        face.glow(frame.box(left, y, width, height, 3), accent if is_mine else _grey(rng))
        for row in range(max(1, int(height / 0.03))):
            line = frame.box(left + 0.03, y + 0.012 + 0.028 * row, width * 0.8, 0.009)
            face.glow(line, _INK, opacity=0.8)
        y += height + 0.02
    if bottom < 0.9:
        _keyboard(face, frame, is_dark=is_dark)


def page_map(face: ScreenFace, rng: np.random.Generator) -> None:
    """Draw a map: roads that branch and cross as cracks do, a river, a route."""
    face.fill_screen(linear(0.93, 0.92, 0.88) if rng.random() < 0.7 else linear(0.13, 0.15, 0.19))
    frame = layout_of(face)
    _road(face, frame, rng, linear(0.55, 0.75, 0.92), 4.0)
    for _ in range(int(rng.integers(8, 22))):
        tone = linear(*(float(v) for v in rng.uniform(0.6, 1.0, 3)))
        _road(face, frame, rng, tone, float(rng.choice([0.35, 0.6, 1.3])))
    _road(face, frame, rng, _accent(rng), 0.9)
    face.glow(frame.box(0.05, 0.04, 0.9, 0.06, 3), _WHITE)
    face.glow(circle(*frame.at(*rng.uniform(0.3, 0.7, 2)), 1.8 * frame.unit), linear(0.9, 0.2, 0.2))


def page_touch_test(face: ScreenFace, rng: np.random.Generator) -> None:
    """Draw a technician's touch test: a grid, and the line that a finger has drawn over it."""
    dark = rng.random() < 0.5
    face.fill_screen((0.0, 0.0, 0.0) if dark else _WHITE)
    frame = layout_of(face)
    ink = _WHITE if dark else _INK
    columns = int(rng.integers(5, 12))
    rows = max(2, round(columns * frame.height / frame.width))
    for column in range(columns + 1):
        _trace(face, np.array([frame.at(column / columns, 0), frame.at(column / columns, 1)]), 0.25, ink)
    for row in range(rows + 1):
        _trace(face, np.array([frame.at(0, row / rows), frame.at(1, row / rows)]), 0.25, ink)
    for _ in range(int(rng.integers(0, 4))):
        places = np.cumsum(rng.normal(0, 0.12, (14, 2)), axis=0) + rng.uniform(0.2, 0.8, 2)
        line = np.array([frame.at(*place) for place in np.clip(places, 0.01, 0.99)])
        _trace(face, line, float(rng.uniform(0.3, 1.2)), _accent(rng))


def page_pattern(face: ScreenFace, rng: np.random.Generator) -> None:
    """Draw an unlock pattern: nine dots and the line through some of them."""
    show_picture(face, rng, face.screen)
    frame = layout_of(face)
    dots = [frame.at(0.25 + 0.25 * column, 0.5 + 0.14 * row) for row in range(3) for column in range(3)]
    for x, y in dots:
        face.glow(circle(x, y, 0.9 * frame.unit), _WHITE)
    way = rng.permutation(9)[: int(rng.integers(3, 8))]
    _trace(face, np.array([dots[index] for index in way]), 0.5 * frame.unit, _WHITE)


def page_video(face: ScreenFace, rng: np.random.Generator) -> None:
    """Draw a picture between black bars, with a progress bar."""
    face.fill_screen((0.0, 0.0, 0.0))
    frame = layout_of(face)
    picture = frame.box(0, 0.3, 1, 0.36) if frame.height > frame.width else frame.box(0.05, 0, 0.9, 1)
    show_picture(face, rng, picture)
    face.glow(frame.box(0.06, 0.7, 0.88, 0.006), linear(0.5, 0.5, 0.5))
    face.glow(frame.box(0.06, 0.7, float(rng.uniform(0.1, 0.8)), 0.006), linear(0.9, 0.1, 0.1))


def _accent(rng: np.random.Generator) -> Colour:
    return _ACCENTS[int(rng.integers(len(_ACCENTS)))]


def _grey(rng: np.random.Generator) -> Colour:
    level = float(rng.uniform(0.6, 1.0))
    return linear(level, level, level)


def _keyboard(face: ScreenFace, frame: ScreenLayout, *, is_dark: bool) -> None:
    face.glow(frame.box(0, 0.64, 1, 0.36), linear(0.15, 0.15, 0.16) if is_dark else linear(0.8, 0.82, 0.85))
    key = linear(0.35, 0.35, 0.37) if is_dark else _WHITE
    for row, count in enumerate((10, 9, 8, 4)):
        for column in range(count):
            left = 0.02 + (column + (10 - count) * 0.5 * (count > 4)) * (0.096 if count > 4 else 0.24)
            width = 0.08 if count > 4 else 0.22
            left_mm, top_mm = frame.at(left, 0.67 + 0.078 * row)
            size = width * frame.width, 0.06 * frame.height
            face.glow(rounded(left_mm, top_mm, *size, 0.8 * frame.unit, 3), key)


def _road(
    face: ScreenFace, frame: ScreenLayout, rng: np.random.Generator, colour: Colour, width_units: float
) -> None:
    ends = np.array([frame.at(*place) for place in rng.uniform(-0.2, 1.2, (2, 2))])
    _trace(face, arc(ends[0], ends[1], float(rng.normal(0, 0.12)), 16), width_units * frame.unit, colour)


def _trace(face: ScreenFace, points: Points, width_mm: float, colour: Colour) -> None:
    """Make a line of the display shine; one thinner than a pixel fades instead of vanishing."""
    mask = face.blank()
    width_px = width_mm * face.scale
    raster.stroke(mask, face.to_px(points), width_px, int(255 * min(1.0, width_px)))
    face.emission += (np.asarray(colour, np.float32) - face.emission) * unit(mask)[..., None]
