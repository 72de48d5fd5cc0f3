"""Paint stickers, type labels with barcodes, and small print."""

import numpy as np

from data.drawing.device.design import Device
from data.drawing.surface.canvas import Colour, Face, Material, linear, mixed, new_face
from data.drawing.surface.raster import Points
from data.drawing.surface.shape import rectangle, rounded

_INK = linear(0.08, 0.08, 0.09)
_WORDS = ("MODEL", "S/N", "IMEI", "MAC", "INPUT 12V 1A", "SSID", "MADE FOR TEST", "P/N", "HW V2.1", "PIN")
_DIGITS = list("0123456789ABCDEF")


def paint_label_face(device: Device, scale: float) -> Face:
    """Paint a close look at the type label, glued onto its housing."""
    rng = device.rng(9)
    width = min(device.width_mm, 96.0)
    height = width * 0.62
    face = new_face(width, height, 3.0, scale=scale, colour=device.body, gloss=0.035, material=Material.PAPER)
    face.roughness = 0.6
    inset = width * 0.07
    paint_sticker(face, rng, inset, inset, width - 2 * inset, height - 2 * inset)
    return face


def paint_sticker(
    face: Face, rng: np.random.Generator, left: float, top: float, width: float, height: float
) -> None:
    """Paint a paper label with a few lines of text, a barcode and perhaps a logo box."""
    paper = linear(*(float(v) for v in rng.uniform(0.86, 0.97) + rng.normal(0, 0.02, 3)))
    face.paint(rounded(left + 0.3, top + 0.4, width, height, 1.0), linear(0.1, 0.1, 0.1), opacity=0.35)
    face.paint(rounded(left, top, width, height, 0.8), paper, gloss=0.02)
    pad = height * 0.1
    rows = int(rng.integers(3, 6))
    step = (height * 0.5 - pad) / rows
    for row in range(rows):
        text = f"{_WORDS[int(rng.integers(len(_WORDS)))]} {''.join(rng.choice(_DIGITS, 8))}"
        face.text(text, left + pad, top + pad + step * (row + 0.8), step * 0.55, _INK)
    paint_barcode(face, rng, rectangle(left + pad, top + height * 0.6, width - 2 * pad, height * 0.28))
    if rng.random() < 0.4:
        size = height * 0.24
        paint_code_square(face, rng, left + width - pad - size, top + pad, size)


def paint_barcode(face: Face, rng: np.random.Generator, area: Points) -> None:
    """Paint a linear barcode into a rectangle."""
    left, top = area[0]
    right, bottom = area[2]
    bars = rng.random(int(rng.integers(40, 80))) < 0.5
    step = (right - left) / len(bars)
    lines = [rectangle(left + column * step, top, step, bottom - top) for column in np.flatnonzero(bars)]
    face.paint_all(lines, _INK)


def paint_code_square(face: Face, rng: np.random.Generator, left: float, top: float, side: float) -> None:
    """Paint a square two-dimensional code."""
    count = 13
    step = side / count
    dots = np.argwhere(rng.random((count, count)) < 0.5)
    face.paint_all([rectangle(left + x * step, top + y * step, step, step) for y, x in dots], _INK)


def paint_imprint(
    face: Face, rng: np.random.Generator, left: float, top: float, width: float, rows: int
) -> None:
    """Print a few rows of tiny grey type straight onto the housing."""
    dark = float(face.albedo[face.shape[0] // 2, face.shape[1] // 2].mean()) < 0.15
    ink: Colour = linear(0.6, 0.6, 0.6) if dark else linear(0.35, 0.35, 0.35)
    base = tuple(float(v) for v in face.albedo[face.shape[0] // 2, face.shape[1] // 2])
    tone = mixed((base[0], base[1], base[2]), ink, 0.5)
    letters = []
    for row in range(rows):
        used = width * rng.uniform(0.5, 1.0)
        start = left + (width - used) / 2
        places = np.arange(start, start + used, 1.1)
        kept = places[rng.random(len(places)) < 0.82]
        letters += [rectangle(float(x), top + row * 1.9, 0.75, 0.9) for x in kept]
    face.paint_all(letters, tone, opacity=0.8)
