"""Draw lit displays: lock screens, menus, calls, IMEI codes, test pictures, pages of text."""

from collections.abc import Callable

import numpy as np

from data.drawing.screen.page import page_chat, page_map, page_pattern, page_touch_test, page_video
from data.drawing.screen.screen_layout import layout_of
from data.drawing.screen.wallpaper import show_picture
from data.drawing.surface.canvas import Colour, ScreenFace, linear, scaled
from data.drawing.surface.shape import circle, rectangle, rounded

_WHITE = linear(0.97, 0.97, 0.97)
_INK = linear(0.1, 0.1, 0.12)
_GREY = linear(0.55, 0.55, 0.58)
_PURE: tuple[Colour, ...] = (
    (1, 1, 1),
    (0.9, 0.02, 0.02),
    (0.02, 0.8, 0.05),
    (0.03, 0.05, 0.9),
    (0.2, 0.2, 0.2),
)
_LETTERS = list("abcdefghilmnoprstuvy   ")


def light_up(face: ScreenFace, rng: np.random.Generator) -> None:
    """Draw one random page on the screen, at a random brightness."""
    page = _PAGES[int(rng.choice(len(_PAGES), p=_SHARES))]
    page(face, rng)
    window = face.window(face.screen)
    inside = face.mask(face.screen)[window].astype(np.float32) * np.float32(1 / 255)
    bright = np.float32(rng.uniform(0.35, 1.25))
    face.emission[window] *= (inside * bright)[..., None]
    face.emission[: window[0].start] = 0
    face.emission[window[0].stop :] = 0
    face.emission[:, : window[1].start] = 0
    face.emission[:, window[1].stop :] = 0


def _status(face: ScreenFace, rng: np.random.Generator, colour: Colour) -> None:
    frame = layout_of(face)
    clock = f"{int(rng.integers(1, 24))}:{int(rng.integers(0, 60)):02d}"
    face.glow_text(clock, *frame.at(0.05, 0.035), 2.4 * frame.unit, colour)
    for index in range(3):
        face.glow(frame.box(0.84 + 0.04 * index, 0.02, 0.025, 0.012), colour)


def _page_home(face: ScreenFace, rng: np.random.Generator) -> None:
    show_picture(face, rng, face.screen)
    frame = layout_of(face)
    columns = 4 if frame.height > frame.width else 7
    step = frame.width / columns
    size = min(step * 0.62, 13 * frame.unit)
    rows = int((frame.height * 0.9) // (size * 1.75))
    for row in range(rows):
        for column in range(columns):
            if rng.random() < 0.75:
                left = frame.left + step * (column + 0.5) - size / 2
                _icon(face, rng, left, frame.top + frame.height * 0.06 + row * size * 1.75, size)
    _status(face, rng, _WHITE)


def _icon(face: ScreenFace, rng: np.random.Generator, left: float, top: float, size: float) -> None:
    colour = linear(*(float(v) for v in rng.uniform(0.05, 1, 3)))
    face.glow(rounded(left, top, size, size, size * 0.24, steps=4), colour)
    inner = linear(*(float(v) for v in rng.uniform(0.4, 1, 3)))
    if rng.random() < 0.5:
        face.glow(circle(left + size / 2, top + size / 2, size * 0.26, 14), inner)
    else:
        face.glow(rectangle(left + size * 0.25, top + size * 0.3, size * 0.5, size * 0.4), inner)
    face.glow(rectangle(left + size * 0.15, top + size * 1.12, size * 0.7, size * 0.1), _WHITE, opacity=0.8)


def _page_lock(face: ScreenFace, rng: np.random.Generator) -> None:
    show_picture(face, rng, face.screen)
    frame = layout_of(face)
    clock = f"{int(rng.integers(1, 24)):02d}:{int(rng.integers(0, 60)):02d}"
    face.glow_text(clock, *frame.at(0.27, 0.25), 8 * frame.unit, _WHITE)
    face.glow_text("Tuesday 12", *frame.at(0.33, 0.3), 2.6 * frame.unit, _WHITE)
    for row in range(int(rng.integers(0, 4))):
        face.glow(frame.box(0.05, 0.42 + row * 0.1, 0.9, 0.085, 3), _WHITE, opacity=0.7)
        face.glow(frame.box(0.09, 0.45 + row * 0.1, 0.5, 0.012), _INK)


def _page_list(face: ScreenFace, rng: np.random.Generator) -> None:
    is_dark = rng.random() < 0.35
    ground, ink = (linear(0.06, 0.06, 0.07), _WHITE) if is_dark else (_WHITE, _INK)
    face.fill_screen(ground)
    frame = layout_of(face)
    _status(face, rng, ink)
    face.glow_text("Settings", *frame.at(0.06, 0.11), 4.4 * frame.unit, ink)
    for row in range(9):
        y = 0.15 + row * 0.092
        _icon(face, rng, *frame.at(0.05, y + 0.015), min(6 * frame.unit, frame.height * 0.05))
        text = "".join(rng.choice(_LETTERS, int(rng.integers(6, 18))))
        face.glow_text(text, *frame.at(0.2, y + 0.045), 2.5 * frame.unit, ink)
        face.glow(frame.box(0.2, y + 0.085, 0.78, 0.0015), _GREY, opacity=0.5)
        if rng.random() < 0.4:
            face.glow(frame.box(0.84, y + 0.02, 0.1, 0.03, 3), linear(0.2, 0.75, 0.4))


def _page_call(face: ScreenFace, rng: np.random.Generator) -> None:
    dark = rng.random() < 0.6
    face.fill_screen(linear(*(float(v) for v in rng.uniform(0, 0.3, 3))) if dark else _WHITE)
    ink = _WHITE if dark else _INK
    frame = layout_of(face)
    digits = "".join(rng.choice(list("0123456789"), 10))
    face.glow_text(digits, *frame.at(0.15, 0.16), 4.2 * frame.unit, ink)
    for row in range(4):
        for column in range(3):
            x, y = frame.at(0.22 + 0.28 * column, 0.36 + 0.12 * row)
            face.glow(circle(x, y, 6.5 * frame.unit), _GREY, opacity=0.3)
            face.glow_text("123456789*0#"[row * 3 + column], x - 1.6, y + 1.8, 3.6 * frame.unit, ink)
    x, y = frame.at(0.5, 0.88)
    face.glow(
        circle(x, y, 7 * frame.unit), linear(0.15, 0.8, 0.3) if rng.random() < 0.5 else linear(0.9, 0.2, 0.2)
    )


def _page_imei(face: ScreenFace, rng: np.random.Generator) -> None:
    face.fill_screen(linear(0.35, 0.35, 0.36) if rng.random() < 0.5 else _WHITE)
    frame = layout_of(face)
    face.glow(frame.box(0.06, 0.28, 0.88, 0.44, 2), _WHITE)
    for index in range(2):
        y = 0.34 + 0.17 * index
        face.glow_text("IMEI", *frame.at(0.1, y), 2.4 * frame.unit, _INK)
        bars = rng.random(60) < 0.5
        for column in np.flatnonzero(bars):
            face.glow(frame.box(0.12 + 0.76 * float(column) / 60, y + 0.015, 0.76 / 60, 0.055), (0, 0, 0))
        digits = "".join(rng.choice(list("0123456789"), 15))
        face.glow_text(digits, *frame.at(0.2, y + 0.1), 2.4 * frame.unit, _INK)


def _page_text(face: ScreenFace, rng: np.random.Generator) -> None:
    face.fill_screen(_WHITE)
    frame = layout_of(face)
    _status(face, rng, _INK)
    face.glow(frame.box(0, 0.05, 1, 0.07), linear(*(float(v) for v in rng.uniform(0.1, 0.9, 3))))
    if rng.random() < 0.6:
        picture = frame.box(0.05, 0.15, 0.9, 0.25)
        show_picture(face, rng, picture)
    for row in range(16):
        width = float(rng.uniform(0.4, 0.88))
        face.glow(frame.box(0.06, 0.44 + row * 0.034, width, 0.013), _INK, opacity=0.75)


def _page_test(face: ScreenFace, rng: np.random.Generator) -> None:
    face.fill_screen(_PURE[int(rng.integers(len(_PURE)))])


def _page_boot(face: ScreenFace, rng: np.random.Generator) -> None:
    ground = (0.0, 0.0, 0.0) if rng.random() < 0.6 else _WHITE
    ink = _WHITE if sum(ground) < 1 else _INK
    face.fill_screen(ground)
    frame = layout_of(face)
    face.glow_text("hello", *frame.at(0.3, 0.5), 7 * frame.unit, scaled(ink, float(rng.uniform(0.4, 1))))


def _page_photo(face: ScreenFace, rng: np.random.Generator) -> None:
    show_picture(face, rng, face.screen)


_PAGES: tuple[Callable[[ScreenFace, np.random.Generator], None], ...] = (
    _page_home,
    _page_lock,
    _page_list,
    _page_call,
    _page_imei,
    _page_text,
    _page_test,
    _page_boot,
    _page_photo,
    page_chat,
    page_map,
    page_touch_test,
    page_pattern,
    page_video,
)
_SHARES = (0.19, 0.12, 0.12, 0.08, 0.08, 0.08, 0.06, 0.04, 0.05, 0.05, 0.04, 0.04, 0.02, 0.03)
