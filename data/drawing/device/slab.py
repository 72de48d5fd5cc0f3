"""Paint the front and the back of phones and tablets."""

from collections.abc import Callable

import numpy as np

from data.device import DeviceClass
from data.drawing.device.design import BUTTONED, Device
from data.drawing.device.finish import paint_clear_case, paint_finish
from data.drawing.device.keypad import paint_keypad
from data.drawing.device.label import paint_imprint, paint_sticker
from data.drawing.surface import raster
from data.drawing.surface.canvas import Colour, Face, Material, ScreenFace, linear, mixed, scaled
from data.drawing.surface.noise import smooth
from data.drawing.surface.raster import Points
from data.drawing.surface.shape import circle, rectangle, rounded

_BLACK = linear(0.03, 0.03, 0.035)
_PROTECTED_SHARE = 0.15
_GLOSS = {Material.GLASS: 0.055, Material.PAINT: 0.045, Material.METAL: 0.16, Material.PLASTIC: 0.035}
_ROUGHNESS = {Material.GLASS: 0.0, Material.PAINT: 0.25, Material.METAL: 0.7, Material.PLASTIC: 0.6}


def paint_front(device: Device, scale: float) -> ScreenFace:
    """Paint the front: frame rim, border, switched-off screen, cameras and buttons."""
    design = device.design
    corner = design.corner_mm
    rim = 0.4 if design.name == "slab_curved" else 0.9
    plain = device.plain_face(scale, colour=device.frame, gloss=0.2, material=Material.GLASS)
    face = plain.with_screen(_screen_outline(device, rim))
    glass = rounded(rim, rim, device.width_mm - 2 * rim, device.height_mm - 2 * rim, corner - rim)
    face.paint(glass, device.bezel, gloss=0.05)
    dark = float(device.rng(1).uniform(0.03, 0.1))
    face.paint(face.screen, linear(dark, dark, dark * 1.1), gloss=0.045)
    _FRONTS[design.front](face, device)
    if device.rng(8).random() < _PROTECTED_SHARE:
        _screen_protector(face, device)
    return face


def paint_front_cutouts(face: ScreenFace, device: Device) -> None:
    """Paint again what lies over a lit screen: the camera hole or the notch."""
    window_free = {"punch", "notch", "drop"}
    if device.design.front in window_free:
        _FRONTS[device.design.front](face, device)


def paint_back(device: Device, scale: float) -> Face:
    """Paint the back: its finish, cameras, logo, imprint and perhaps a sticker."""
    material = device.back
    face = device.plain_face(scale, colour=device.body, gloss=_GLOSS[material], material=material)
    face.roughness = max(_ROUGHNESS[material], 0.6 * device.matte if material is Material.PAINT else 0.0)
    rng = device.rng(2)
    _tint(face, rng, device)
    _round_rim(face, float(rng.uniform(1.2, 3.5)), float(rng.uniform(0.15, 0.5)))
    paint_finish(face, device)
    if material is Material.METAL:
        _antenna_lines(face, device)
    _camera(face, device, rng)
    _logo(face, device, rng)
    paint_imprint(face, rng, device.width_mm * 0.3, device.height_mm * 0.88, device.width_mm * 0.4, 3)
    if device.has_sticker:
        width = device.width_mm * rng.uniform(0.3, 0.55)
        left = rng.uniform(4, device.width_mm - width - 4)
        paint_sticker(face, rng, left, device.height_mm * rng.uniform(0.45, 0.7), width, width * 0.42)
    paint_clear_case(face, device)
    return face


def _screen_outline(device: Device, rim_mm: float) -> Points:
    design = device.design
    top, side, bottom = design.bezel_mm
    has_square_corners = design.front in BUTTONED | {"notchless"}
    return rounded(
        rim_mm + side,
        rim_mm + top,
        device.width_mm - 2 * (rim_mm + side),
        device.height_mm - 2 * rim_mm - top - bottom,
        0.5 if has_square_corners else max(1.0, design.corner_mm - side),
    )


def _screen_protector(face: Face, device: Device) -> None:
    """Stick on a glass protector: its edge is a long fine line that is no crack."""
    rng = device.rng(8)
    left, top = rng.uniform(1.2, 2.4, 2)
    width, height = (
        device.width_mm - left - rng.uniform(1.2, 2.4),
        device.height_mm - top - rng.uniform(1.2, 2.4),
    )
    edge = rounded(left, top, width, height, max(1.0, device.design.corner_mm - 2))
    tone = float(rng.uniform(0.25, 0.6))
    face.line(np.concatenate([edge, edge[:1]]), 0.22, linear(tone, tone, tone), gloss=0.2)


def _round_rim(face: Face, width_mm: float, strength: float) -> None:
    """Curve the rim away, so that it catches or loses the light as real backs do."""
    inside = raster.distance(face.alpha) / np.float32(face.scale * width_mm)
    fall = np.clip(1 - inside, 0, 1)
    along_x, along_y = raster.gradient(raster.blur(np.minimum(inside, 1), max(0.6, 0.2 * face.scale)))
    steep = fall * np.float32(strength * width_mm * face.scale)
    face.tilt(-along_x * steep, -along_y * steep)


def _tint(face: Face, rng: np.random.Generator, device: Device) -> None:
    across, down = face.grid()
    ramp = (down / face.height_mm - 0.5) * np.float32(rng.uniform(-0.5, 0.5))
    other = mixed(device.body, linear(*(float(v) for v in rng.uniform(0.2, 0.9, 3))), 0.25)
    share = np.clip(0.5 + ramp + (across / face.width_mm - 0.5) * np.float32(rng.uniform(-0.4, 0.4)), 0, 1)
    second = np.asarray(other, dtype=np.float32)
    weight = share[..., None] * np.float32(0.6 if device.back is Material.GLASS else 0.15)
    face.albedo += (second - face.albedo) * weight
    if device.back in {Material.METAL, Material.PLASTIC}:
        face.albedo *= 1 + 0.015 * smooth(rng, face.shape, (90, 40))[..., None]


def _antenna_lines(face: Face, device: Device) -> None:
    colour = scaled(device.body, 0.7)
    for y in (0.06, 0.94):
        line = np.array([[0, device.height_mm * y], [device.width_mm, device.height_mm * y]])
        face.line(line, 0.9, colour, gloss=0.03)


def _logo(face: Face, device: Device, rng: np.random.Generator) -> None:
    x, y = device.width_mm / 2, device.height_mm * rng.uniform(0.4, 0.6)
    colour = mixed(device.body, linear(*((0.9,) * 3 if sum(device.body) < 0.6 else (0.2,) * 3)), 0.5)
    style = int(rng.integers(4))
    if style == 0:
        face.paint(circle(x, y, device.width_mm * 0.075), colour, gloss=0.15)
        face.paint(circle(x + 2, y - 2, device.width_mm * 0.045), device.body)
    elif style == 1:
        word = "".join(rng.choice(list("aeimnorstuvxz"), int(rng.integers(4, 8))))
        face.text(word, x - len(word) * 2.3, y, device.width_mm * 0.07, colour)
    elif style == 2:
        size = device.width_mm * 0.11
        face.paint(rounded(x - size / 2, y - size / 2, size, size, size / 4), colour, gloss=0.15)


def _lens(face: Face, x: float, y: float, radius: float, ring: Colour) -> None:
    face.paint(circle(x, y, radius), ring, gloss=0.3)
    face.paint(circle(x, y, radius * 0.84), _BLACK, gloss=0.06)
    face.paint(circle(x, y, radius * 0.5), linear(0.09, 0.1, 0.16), gloss=0.08)
    face.paint(circle(x, y, radius * 0.25), _BLACK, gloss=0.1)
    face.paint(circle(x - radius * 0.2, y - radius * 0.25, radius * 0.1), linear(0.5, 0.5, 0.6))
    face.parts.append(circle(x, y, radius))
    face.keep_out.append(circle(x, y, radius * 1.1))


def _island(
    face: Face, left: float, top: float, width: float, height: float, radius: float, tone: Colour
) -> None:
    face.paint(rounded(left - 0.4, top - 0.4, width + 0.8, height + 0.8, radius + 0.4), scaled(tone, 0.45))
    face.paint(rounded(left, top, width, height, radius), tone, gloss=0.08)
    face.keep_out.append(rounded(left, top, width, height, radius))


def _camera(face: Face, device: Device, rng: np.random.Generator) -> None:
    tone = mixed(device.body, _BLACK, float(rng.uniform(0, 0.9)))
    unit = device.width_mm / 72 if device.device_class is DeviceClass.PHONE else 1.0
    painter = _CAMERAS.get(device.design.camera)
    if painter is not None:
        painter(face, unit, tone, device)


def _camera_stack(face: Face, unit: float, tone: Colour, device: Device) -> None:
    _island(face, 5 * unit, 5 * unit, 15 * unit, 42 * unit, 7.5 * unit, tone)
    for row in range(3):
        _lens(face, 12.5 * unit, (13 + 13 * row) * unit, 5 * unit, device.frame)
    _flash(face, 26 * unit, 12 * unit, 2.2 * unit)


def _camera_square(face: Face, unit: float, tone: Colour, device: Device) -> None:
    _island(face, 4 * unit, 4 * unit, 33 * unit, 34 * unit, 8 * unit, tone)
    for x, y in ((13, 13), (13, 29), (28, 21)):
        _lens(face, x * unit, y * unit, 6 * unit, device.frame)
    _flash(face, 29 * unit, 9 * unit, 2.4 * unit)


def _camera_pill(face: Face, unit: float, tone: Colour, device: Device) -> None:
    _island(face, 6 * unit, 6 * unit, 14 * unit, 28 * unit, 5 * unit, tone)
    _lens(face, 13 * unit, 13 * unit, 4.6 * unit, device.frame)
    _lens(face, 13 * unit, 25 * unit, 3.6 * unit, device.frame)
    _flash(face, 13 * unit, 31.5 * unit, 1.5 * unit)


def _camera_rings(face: Face, unit: float, tone: Colour, device: Device) -> None:
    for row in range(3):
        _lens(face, 13 * unit, (14 + 17 * row) * unit, 6.5 * unit, mixed(tone, device.frame, 0.5))
    _flash(face, 28 * unit, 14 * unit, 2.2 * unit)
    _lens(face, 28 * unit, 28 * unit, 3.4 * unit, device.frame)


def _camera_bar(face: Face, unit: float, tone: Colour, device: Device) -> None:
    _island(face, 3 * unit, 16 * unit, device.width_mm - 6 * unit, 15 * unit, 7 * unit, tone)
    for column in range(2):
        _lens(face, (14 + 13 * column) * unit, 23.5 * unit, 5 * unit, device.frame)
    _flash(face, device.width_mm - 14 * unit, 23.5 * unit, 2 * unit)


def _camera_disc(face: Face, unit: float, tone: Colour, device: Device) -> None:
    x, y = device.width_mm / 2, 26 * unit
    face.paint(circle(x, y, 20 * unit, 48), device.frame, gloss=0.25)
    face.paint(circle(x, y, 18.5 * unit, 48), tone, gloss=0.06)
    for dx, dy in ((-7, -7), (7, -7), (-7, 7), (7, 7)):
        _lens(face, x + dx * unit, y + dy * unit, 4.6 * unit, device.frame)
    face.keep_out.append(circle(x, y, 20 * unit))


def _camera_single(face: Face, unit: float, tone: Colour, device: Device) -> None:
    _lens(face, 10 * unit, 10 * unit, 4 * unit, mixed(tone, device.frame, 0.7))
    _flash(face, 19 * unit, 10 * unit, 1.8 * unit)


def _flash(face: Face, x: float, y: float, radius: float) -> None:
    face.paint(circle(x, y, radius), linear(0.85, 0.8, 0.62), gloss=0.05)
    face.paint(circle(x, y, radius * 0.5), linear(0.95, 0.9, 0.7))


def _front_punch(face: Face, device: Device) -> None:
    x = device.width_mm * (0.5 if device.rng(3).random() < 0.7 else 0.12)
    y = device.design.bezel_mm[0] + 5.0
    face.paint(circle(x, y, 2.0), _BLACK, gloss=0.06)
    face.paint(circle(x, y, 0.9), linear(0.1, 0.11, 0.18), gloss=0.08)
    _darken_emission(face, circle(x, y, 2.0))
    _earpiece(face, device, 1.9, 12)


def _front_notch(face: Face, device: Device) -> None:
    width, top = device.width_mm * 0.46, 0.9
    notch = rounded((device.width_mm - width) / 2, top, width, 6.0, 3.0)
    # Square at the top, where the notch grows out of the border.
    notch[:12, 1] = top
    face.paint(notch, device.bezel, gloss=0.05)
    _darken_emission(face, notch)
    _earpiece(face, device, 3.6, 11)
    face.paint(circle(device.width_mm / 2 + width * 0.34, 3.4, 1.3), linear(0.1, 0.1, 0.16), gloss=0.08)


def _front_drop(face: Face, device: Device) -> None:
    x = device.width_mm / 2
    drop = np.concatenate([circle(x, 6.0, 3.2)[0:13], rectangle(x - 5, 1, 10, 2.5)[0:2]])
    face.paint(drop, device.bezel, gloss=0.05)
    _darken_emission(face, drop)
    face.paint(circle(x, 6.0, 1.5), linear(0.09, 0.1, 0.16), gloss=0.08)
    _earpiece(face, device, 1.7, 12)


def _front_home(face: Face, device: Device) -> None:
    x, y = device.width_mm / 2, device.height_mm - device.design.bezel_mm[2] / 2 - 0.6
    radius = min(5.6, device.design.bezel_mm[2] * 0.36)
    face.paint(circle(x, y, radius), mixed(device.frame, device.bezel, 0.4), gloss=0.15)
    face.paint(circle(x, y, radius * 0.86), scaled(device.bezel, 0.9), gloss=0.05)
    face.parts.append(circle(x, y, radius))
    _earpiece(face, device, device.design.bezel_mm[0] / 2, 10)
    face.paint(circle(x - 10, device.design.bezel_mm[0] / 2, 1.3), _BLACK, gloss=0.06)


def _front_oval(face: Face, device: Device) -> None:
    x, y = device.width_mm / 2, device.height_mm - device.design.bezel_mm[2] / 2 - 0.6
    oval = rounded(x - 9, y - 3, 18, 6, 3)
    face.paint(rounded(x - 9.5, y - 3.5, 19, 7, 3.5), device.frame, gloss=0.2)
    face.paint(oval, scaled(device.bezel, 0.95), gloss=0.05)
    face.parts.append(oval)
    _earpiece(face, device, device.design.bezel_mm[0] / 2, 14)
    face.paint(circle(x + 18, device.design.bezel_mm[0] / 2, 1.6), _BLACK, gloss=0.06)


def _front_sensor(face: Face, device: Device) -> None:
    face.paint(circle(device.width_mm / 2, device.design.bezel_mm[0] / 2 + 0.5, 1.4), _BLACK, gloss=0.07)
    _earpiece(face, device, 1.9, 8)


def _front_notchless(face: Face, device: Device) -> None:
    _earpiece(face, device, device.design.bezel_mm[0] * 0.55, 18)
    face.paint(circle(device.width_mm * 0.74, device.design.bezel_mm[0] * 0.6, 1.5), _BLACK, gloss=0.06)


def _front_keypad(face: ScreenFace, device: Device) -> None:
    paint_keypad(face, device)
    _earpiece(face, device, device.design.bezel_mm[0] / 2, 9)


def _earpiece(face: Face, device: Device, y: float, width: float) -> None:
    slot = rounded((device.width_mm - width) / 2, y - 0.6, width, 1.3, 0.6)
    face.paint(slot, linear(0.16, 0.16, 0.17), gloss=0.0)


def _darken_emission(face: Face, polygon: Points) -> None:
    window, cover = face.cover(polygon)
    part = face.emission[window]
    part *= 1 - cover[..., None]


_FRONTS: dict[str, Callable[[ScreenFace, Device], None]] = {
    "punch": _front_punch,
    "notch": _front_notch,
    "drop": _front_drop,
    "home": _front_home,
    "oval": _front_oval,
    "sensor": _front_sensor,
    "notchless": _front_notchless,
    "keypad": _front_keypad,
}
_CAMERAS: dict[str, Callable[[Face, float, Colour, Device], None]] = {
    "stack": _camera_stack,
    "square": _camera_square,
    "pill": _camera_pill,
    "rings": _camera_rings,
    "bar": _camera_bar,
    "disc": _camera_disc,
    "single": _camera_single,
}
