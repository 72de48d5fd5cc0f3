"""Paint the faces of laptops: screen, keyboard deck, lid and underside."""

import numpy as np

from data.drawing.device.design import Device
from data.drawing.device.finish import paint_finish
from data.drawing.device.label import paint_sticker
from data.drawing.surface.canvas import Colour, Face, Material, ScreenFace, linear, mixed, scaled
from data.drawing.surface.noise import smooth
from data.drawing.surface.shape import circle, rectangle, rounded

_BLACK = linear(0.05, 0.05, 0.055)
_ROWS = (14, 14, 13, 12, 11)


def paint_laptop_screen(device: Device, scale: float) -> ScreenFace:
    """Paint the inside of the lid: border, webcam and the switched-off display."""
    top, side, bottom = device.design.bezel_mm
    screen = rectangle(side, top, device.width_mm - 2 * side, device.height_mm - top - bottom)
    plain = device.plain_face(scale, colour=_BLACK, gloss=0.04, material=Material.GLASS)
    face = plain.with_screen(screen)
    is_matte = device.matte > 0.5
    tone = 0.09 if is_matte else 0.05
    face.paint(face.screen, linear(tone, tone, tone), gloss=0.012 if is_matte else 0.05)
    face.roughness = 0.5 if is_matte else 0.0
    face.paint(circle(device.width_mm / 2, top / 2, 1.2), linear(0.1, 0.1, 0.15), gloss=0.08)
    return face


def paint_laptop_deck(device: Device, scale: float) -> Face:
    """Paint the keyboard deck: keys, trackpad, maker's stickers."""
    rng = device.rng(4)
    depth = device.height_mm
    face = _housing(device, scale)
    key_colour = _BLACK if rng.random() < 0.75 else scaled(device.body, 0.9)
    well = rounded(device.width_mm * 0.06, depth * 0.07, device.width_mm * 0.88, depth * 0.5, 2)
    face.paint(well, scaled(device.body, 0.6))
    _keys(face, device, key_colour)
    pad = rounded(device.width_mm * 0.34, depth * 0.63, device.width_mm * 0.32, depth * 0.31, 2)
    face.paint(pad, scaled(device.body, 0.92), gloss=0.06)
    outline = np.concatenate([pad, pad[:1]])
    face.line(outline, 0.4, scaled(device.body, 0.45))
    if rng.random() < 0.6:
        paint_sticker(face, rng, device.width_mm * 0.06, depth * 0.78, 16, 16)
    return face


def paint_laptop_lid(device: Device, scale: float) -> Face:
    """Paint the closed lid with a logo."""
    face = _housing(device, scale)
    paint_finish(face, device)
    rng = device.rng(5)
    x, y = device.width_mm / 2, device.height_mm * rng.uniform(0.4, 0.55)
    tone = mixed(device.body, linear(0.8, 0.8, 0.8) if sum(device.body) < 0.7 else linear(0.2, 0.2, 0.2), 0.6)
    if rng.random() < 0.6:
        word = "".join(rng.choice(list("aceilmnorsv"), 5))
        face.text(word, x - 18, y, 9.0, tone)
    else:
        face.paint(circle(x, y, 11), tone, gloss=0.25)
    if device.has_sticker:
        paint_sticker(face, rng, device.width_mm * rng.uniform(0.05, 0.6), device.height_mm * 0.7, 60, 26)
    return face


def paint_laptop_underside(device: Device, scale: float) -> Face:
    """Paint the underside: vents, feet, screws, and the type label."""
    face = _housing(device, scale)
    rng = device.rng(6)
    width, depth = device.width_mm, device.height_mm
    places = [(x, y) for y in (0.2, 0.24, 0.28) for x in np.arange(width * 0.3, width * 0.7, 5.0)]
    face.paint_all([rounded(float(x), depth * y, 3.4, 1.4, 0.7, steps=3) for x, y in places], _BLACK)
    for x, y in ((0.08, 0.08), (0.82, 0.08), (0.08, 0.9), (0.82, 0.9)):
        foot = rounded(width * x, depth * y, width * 0.1, 5, 2.5)
        face.paint(foot, linear(0.12, 0.12, 0.12), gloss=0.01)
        face.parts.append(foot)
    for x, y in ((0.05, 0.05), (0.5, 0.05), (0.95, 0.05), (0.05, 0.95), (0.5, 0.95), (0.95, 0.95)):
        screw(face, width * x, depth * y, 2.2)
    paint_sticker(face, rng, width * 0.34, depth * 0.55, width * 0.32, depth * 0.2)
    return face


def screw(face: Face, x: float, y: float, radius: float) -> None:
    """Paint a screw in its hole, which a missing-part defect may take out."""
    face.paint(circle(x, y, radius), _BLACK)
    face.paint(circle(x, y, radius * 0.8), linear(0.55, 0.55, 0.56), gloss=0.2)
    face.line(np.array([[x - radius * 0.5, y], [x + radius * 0.5, y]]), 0.5, _BLACK)
    face.line(np.array([[x, y - radius * 0.5], [x, y + radius * 0.5]]), 0.5, _BLACK)
    face.parts.append(circle(x, y, radius))


def _housing(device: Device, scale: float) -> Face:
    metal = device.back is Material.METAL
    gloss = 0.12 if metal else 0.035
    face = device.plain_face(scale, colour=device.body, gloss=gloss, material=device.back)
    face.roughness = 0.7 if metal else 0.5
    face.albedo *= 1 + 0.015 * smooth(device.rng(7), face.shape, (60, 60))[..., None]
    return face


def _keys(face: Face, device: Device, colour: Colour) -> None:
    places = _key_places(device)
    gap = 1.1
    keys = [
        rounded(left + gap, top + gap, width - 2 * gap, height - 2 * gap, 1.6, steps=3)
        for left, top, width, height in places
    ]
    face.paint_all(keys, colour)
    ink = linear(0.75, 0.75, 0.75) if sum(colour) < 0.5 else linear(0.15, 0.15, 0.15)
    letters = [
        rectangle(left + width * 0.42, top + height * 0.36, 2.2, 2.6) for left, top, width, height in places
    ]
    face.paint_all(letters, ink, opacity=0.75)
    face.parts.extend(keys)


def _key_places(device: Device) -> list[tuple[float, float, float, float]]:
    """Return left, top, width and height of every key."""
    left, top = device.width_mm * 0.07, device.height_mm * 0.08
    width, pitch = device.width_mm * 0.86, device.height_mm * 0.079
    places = []
    for row, count in enumerate(_ROWS):
        step = width / count
        places += [(left + column * step, top + row * pitch, step, pitch) for column in range(count)]
    step = width / 10
    for start, span in ((0, 1), (1, 1), (2, 1), (3, 4), (7, 1), (8, 1), (9, 1)):
        places.append((left + start * step, top + 5 * pitch, step * span, pitch))
    return places
