"""Paint finishes of intact faces that look like wear and are none: polished edges, seams, patterns, cases."""

from collections.abc import Callable

import numpy as np

from data.drawing.device.design import Device
from data.drawing.surface import raster
from data.drawing.surface.canvas import Face, linear, mixed, scaled, unit
from data.drawing.surface.noise import fractal, smooth
from data.drawing.surface.raster import Plane
from data.drawing.surface.shape import circle, rounded

_CHAMFER_SHARE = 0.3
_SEAM_SHARE = 0.2
_PATTERN_SHARE = 0.3
_CLEAR_CASE_SHARE = 0.1


def paint_finish(face: Face, device: Device) -> None:
    """Paint the finish of a device's back, the same in every photo of it."""
    rng = device.rng(40)
    if rng.random() < _PATTERN_SHARE:
        _PATTERNS[int(rng.integers(len(_PATTERNS)))](face, rng)
    if rng.random() < _CHAMFER_SHARE:
        _chamfer(face, device, rng)
    if rng.random() < _SEAM_SHARE:
        _seam(face, device, rng)


def paint_clear_case(face: Face, device: Device) -> None:
    """Paint a clear case over the back of some devices: a bright rim, thick corners, a haze."""
    rng = device.rng(41)
    if device.case is not None or rng.random() > _CLEAR_CASE_SHARE:
        return
    inside = raster.distance(face.alpha) / np.float32(face.scale)
    wall = np.float32(rng.uniform(1.0, 2.4))
    rim = np.clip(1 - np.abs(inside - wall * 0.5) / (wall * 0.5), 0, 1) * unit(face.alpha)
    tone = linear(*(float(v) for v in rng.uniform(0.6, 0.95) * np.array([1.0, 1.0, rng.uniform(0.8, 1)])))
    face.blend(face.everywhere, np.asarray(rim * np.float32(0.35), np.float32), tone, gloss=0.12)
    haze = np.float32(rng.uniform(0.02, 0.1)) * unit(face.alpha)
    face.blend(face.everywhere, haze, tone)
    corners = [(x, y) for x in (1.5, face.width_mm - 1.5) for y in (1.5, face.height_mm - 1.5)]
    for x, y in corners:
        face.paint(circle(x, y, float(rng.uniform(2.5, 4.5))), tone, opacity=0.2)


def _chamfer(face: Face, device: Device, rng: np.random.Generator) -> None:
    """Polish a narrow band along the whole rim, as bright as bare metal but even all around."""
    width = float(rng.uniform(0.3, 0.9))
    inside = raster.distance(face.alpha) / np.float32(face.scale)
    band = np.clip((np.float32(width) - inside) * np.float32(face.scale) + np.float32(0.5), 0, 1)
    tone = mixed(device.frame, linear(0.9, 0.9, 0.88), float(rng.uniform(0.2, 0.9)))
    face.blend(face.everywhere, np.asarray(band * unit(face.alpha), np.float32), tone, gloss=0.3)


def _seam(face: Face, device: Device, rng: np.random.Generator) -> None:
    """Draw the joint between the frame and the cover."""
    inset = float(rng.uniform(0.8, 2.6))
    size = face.width_mm - 2 * inset, face.height_mm - 2 * inset
    ring = rounded(inset, inset, *size, max(0.5, device.design.corner_mm - inset))
    tone = scaled(device.body, 0.3) if rng.random() < 0.6 else mixed(device.body, linear(0.9, 0.9, 0.9), 0.5)
    face.line(np.concatenate([ring, ring[:1]]), float(rng.uniform(0.15, 0.4)), tone)


def _glitter(face: Face, rng: np.random.Generator) -> None:
    places = face.to_px(rng.random((1500, 2)) * (face.width_mm, face.height_mm)).astype(int)
    bright = rng.uniform(0.1, 0.5, len(places)) * (face.alpha[places[:, 1], places[:, 0]] > 127)
    face.scatter[places[:, 1], places[:, 0]] += bright.astype(np.float32)


def _marble(face: Face, rng: np.random.Generator) -> None:
    vein = np.abs(fractal(rng, face.shape, (5, 4), 3))
    share = np.clip(1 - vein * float(rng.uniform(8, 16)), 0, 1) * np.float32(rng.uniform(0.3, 0.7))
    _tone(face, rng, np.asarray(share, np.float32))


def _weave(face: Face, rng: np.random.Generator) -> None:
    across, down = face.grid()
    step = np.float32(2 * np.pi / rng.uniform(1.4, 4.0))
    weave = np.sin((across + down) * step) * np.sin((across - down) * step)
    _tone(face, rng, np.float32(0.2) + np.float32(0.2) * weave)


def _two_tone(face: Face, rng: np.random.Generator) -> None:
    """Split the back in two colours at a clean line."""
    across, down = face.grid()
    at = down - np.float32(face.height_mm * rng.uniform(0.15, 0.85)) + across * np.float32(rng.normal(0, 0.3))
    _tone(face, rng, np.clip(at * np.float32(face.scale), 0, 1).astype(np.float32))


def _sheen(face: Face, rng: np.random.Generator) -> None:
    _tone(face, rng, np.clip(0.5 + smooth(rng, face.shape, (2, 3)), 0, 1) * np.float32(0.6))


def _tone(face: Face, rng: np.random.Generator, share: Plane) -> None:
    tone = linear(*(float(v) for v in np.clip(rng.uniform(0.1, 0.95) + rng.normal(0, 0.1, 3), 0.03, 1)))
    face.blend(face.everywhere, np.broadcast_to(np.asarray(share, np.float32), face.shape), tone)


_PATTERNS: tuple[Callable[[Face, np.random.Generator], None], ...] = (
    _glitter,
    _marble,
    _weave,
    _two_tone,
    _sheen,
    _sheen,
)
