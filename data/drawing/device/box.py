"""Paint the large faces of routers, modems, sensors and network gear."""

from collections.abc import Callable

import numpy as np

from data.device import DeviceClass
from data.drawing.device.design import Device
from data.drawing.device.label import paint_sticker
from data.drawing.device.laptop import screw
from data.drawing.surface.canvas import Face, Material, linear, mixed, scaled
from data.drawing.surface.noise import smooth
from data.drawing.surface.shape import capsule, circle, rectangle

_DARK = linear(0.07, 0.07, 0.075)
_LED_COLOURS = (linear(0.2, 0.95, 0.3), linear(0.2, 0.95, 0.3), linear(0.95, 0.6, 0.1), linear(0.3, 0.6, 1.0))


def paint_box_front(device: Device, scale: float, *, is_on: bool) -> Face:
    """Paint the upper face: vents or a grille, a logo, and lamps that glow when it is on."""
    face = _housing(device, scale)
    rng = device.rng(10)
    _FRONTS[device.design.front](face, device)
    _lamps(face, device, is_on)
    word = "".join(rng.choice(list("aeiknortvx"), int(rng.integers(4, 7))))
    size = min(7.0, device.height_mm * 0.07)
    face.text(word, device.width_mm * 0.1, device.height_mm * 0.94, size, _print_colour(device))
    return face


def paint_box_back(device: Device, scale: float) -> Face:
    """Paint the underside: type label, feet, screws, keyholes and vents."""
    face = _housing(device, scale)
    rng = device.rng(11)
    width, height = device.width_mm, device.height_mm
    if device.device_class is not DeviceClass.IOT_SENSOR:
        _slots(face, device, height * 0.12, height * 0.3)
    paint_sticker(face, rng, width * 0.28, height * 0.4, width * 0.44, height * 0.28)
    inset = 0.13 if device.design.corner_mm < 0.3 * width else 0.24
    for x in (inset, 1 - inset):
        for y in (inset, 1 - inset):
            foot = circle(width * x, height * y, min(width, height) * 0.05)
            face.paint(foot, mixed(device.body, _DARK, 0.5))
            face.parts.append(foot)
    for x in (0.3, 0.7):
        screw(face, width * x, height * 0.84, min(2.5, height * 0.03))
        keyhole = circle(width * x, height * 0.76, min(3.5, height * 0.035))
        face.paint(keyhole, _DARK)
    return face


def _housing(device: Device, scale: float) -> Face:
    metal = (
        device.back in {Material.METAL, Material.PAINT} and device.device_class is DeviceClass.NETWORK_GEAR
    )
    face = device.plain_face(
        scale,
        colour=device.body,
        gloss=0.06 if device.matte < 0.3 else 0.025,
        material=Material.PAINT if metal else Material.PLASTIC,
    )
    face.roughness = 0.3 + 0.5 * device.matte
    face.albedo *= 1 + 0.015 * smooth(device.rng(12), face.shape, (80, 80))[..., None]
    return face


def _lamps(face: Face, device: Device, is_on: bool) -> None:
    rng = device.rng(13)
    count = (
        int(rng.integers(1, 4)) if device.device_class is DeviceClass.IOT_SENSOR else int(rng.integers(4, 9))
    )
    step = device.width_mm * 0.6 / count
    radius = min(1.2, device.width_mm * 0.014)
    y = device.height_mm * 0.86
    for index in range(count):
        lamp = circle(device.width_mm * 0.2 + step * index, y, radius, 12)
        colour = _LED_COLOURS[int(rng.integers(len(_LED_COLOURS)))]
        face.paint(lamp, scaled(colour, 0.3))
        if is_on and rng.random() < 0.8:
            window, cover = face.cover(lamp)
            face.emission[window] += cover[..., None] * np.asarray(colour, np.float32) * np.float32(1.4)


def _print_colour(device: Device) -> tuple[float, float, float]:
    return linear(0.75, 0.75, 0.75) if sum(device.body) < 0.6 else linear(0.3, 0.3, 0.32)


def _slots(face: Face, device: Device, top: float, bottom: float) -> None:
    tone = scaled(device.body, 0.18)
    pitch = 4.4 if device.width_mm > 90 else 3.0
    places = np.arange(device.width_mm * 0.15, device.width_mm * 0.85, pitch)
    slots = [capsule(np.array([x, top]), np.array([x, bottom]), pitch * 0.27) for x in places]
    face.paint_all(slots, tone)


def _front_vents(face: Face, device: Device) -> None:
    _slots(face, device, device.height_mm * 0.1, device.height_mm * 0.36)
    ridge = np.array([[0, device.height_mm * 0.72], [device.width_mm, device.height_mm * 0.72]])
    face.line(ridge, 0.7, scaled(device.body, 0.5))


def _front_grille(face: Face, device: Device) -> None:
    tone = scaled(device.body, 0.5)
    for y in np.arange(device.height_mm * 0.08, device.height_mm * 0.6, 5.0):
        face.line(np.array([[device.width_mm * 0.08, y], [device.width_mm * 0.92, y]]), 1.4, tone)


def _front_grille_small(face: Face, device: Device) -> None:
    tone = scaled(device.body, 0.3)
    for y in np.arange(device.height_mm * 0.15, device.height_mm * 0.4, 3.2):
        face.line(np.array([[device.width_mm * 0.25, y], [device.width_mm * 0.75, y]]), 1.2, tone)
    button = circle(device.width_mm / 2, device.height_mm * 0.6, device.width_mm * 0.14)
    face.paint(button, scaled(device.body, 0.85))
    face.line(np.concatenate([button, button[:1]]), 0.4, scaled(device.body, 0.4))
    face.parts.append(button)


def _front_dots(face: Face, device: Device) -> None:
    tone = scaled(device.body, 0.2)
    rows = np.arange(device.height_mm * 0.12, device.height_mm * 0.5, 4.6)
    columns = np.arange(device.width_mm * 0.12, device.width_mm * 0.88, 4.6)
    face.paint_all([circle(float(x), float(y), 1.05, 8) for y in rows for x in columns], tone)


def _front_bare(face: Face, device: Device) -> None:
    size = min(device.width_mm, device.height_mm)
    ring = circle(device.width_mm / 2, device.height_mm / 2, size * 0.3, 48)
    face.line(np.concatenate([ring, ring[:1]]), 0.6, scaled(device.body, 0.72))
    button = circle(device.width_mm / 2, device.height_mm / 2, size * 0.06)
    face.paint(button, scaled(device.body, 0.8))
    face.parts.append(button)


def _front_eye(face: Face, device: Device) -> None:
    x, y, size = device.width_mm / 2, device.height_mm * 0.42, device.width_mm * 0.26
    dome = circle(x, y, size, 40)
    face.paint(dome, linear(0.95, 0.95, 0.93) if device.matte < 0.6 else _DARK, gloss=0.09)
    face.line(np.concatenate([dome, dome[:1]]), 0.6, scaled(device.body, 0.4))
    for radius in (0.45, 0.72):
        ring = circle(x, y, size * radius, 32)
        face.line(np.concatenate([ring, ring[:1]]), 0.4, scaled(device.body, 0.7))
    face.parts.append(dome)


def _front_ring(face: Face, device: Device) -> None:
    x, y, size = device.width_mm / 2, device.height_mm / 2, device.width_mm * 0.36
    ring = circle(x, y, size, 48)
    face.line(np.concatenate([ring, ring[:1]]), 1.4, scaled(device.body, 0.45))
    button = circle(x, y, size * 0.4)
    face.paint(button, scaled(device.body, 0.88))
    face.parts.append(button)


def _front_plate(face: Face, device: Device) -> None:
    if device.width_mm > 300:
        for x in (0.04, 0.96):
            for y in (0.2, 0.8):
                screw(face, device.width_mm * x, device.height_mm * y, 3)
    else:
        for x in (0.08, 0.92):
            screw(face, device.width_mm * x, device.height_mm * 0.12, 2)
    _slots(face, device, device.height_mm * 0.2, device.height_mm * 0.32)
    seam = rectangle(2, 2, device.width_mm - 4, device.height_mm - 4)
    face.line(np.concatenate([seam, seam[:1]]), 0.4, scaled(device.body, 0.7))


_FRONTS: dict[str, Callable[[Face, Device], None]] = {
    "vents": _front_vents,
    "grille": _front_grille,
    "grille_small": _front_grille_small,
    "dots": _front_dots,
    "bare": _front_bare,
    "eye": _front_eye,
    "ring": _front_ring,
    "plate": _front_plate,
}
