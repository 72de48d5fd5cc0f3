"""Paint the narrow sides of a device: buttons, ports, seams and vents."""

import numpy as np

from data.device import DeviceClass, Surface
from data.drawing.device.design import Device
from data.drawing.surface.canvas import Face, Material, linear, mixed, new_face, scaled
from data.drawing.surface.shape import circle, rectangle, rounded

_HOLE = linear(0.03, 0.03, 0.03)
_BRASS = linear(0.75, 0.62, 0.3)


def paint_edge(device: Device, surface: Surface, scale: float) -> Face:
    """Paint one edge, its length across and the device's front up."""
    is_side = surface in {Surface.LEFT, Surface.RIGHT}
    length = device.height_mm if is_side else device.width_mm
    depth = device.depth_mm
    slab = device.is_slab
    face = new_face(
        length,
        depth,
        depth * 0.42 if slab else min(2.0, depth * 0.1),
        scale=scale,
        colour=device.frame if slab else device.body,
        gloss=0.18 if slab else 0.04,
        material=Material.METAL if slab else Material.PLASTIC,
    )
    face.roughness = 0.4
    if slab or device.device_class is DeviceClass.LAPTOP:
        _round_over(face)
    _seams(face, device)
    _furnish(face, device, surface)
    return face


def _round_over(face: Face) -> None:
    _, down = face.grid()
    across = np.clip((down / np.float32(face.height_mm) - 0.5) * 2, -1.2, 1.2)
    curve = across * np.abs(across) * np.float32(0.9)
    face.tilt(np.float32(0) * curve, np.broadcast_to(curve, face.shape).astype(np.float32))


def _seams(face: Face, device: Device) -> None:
    if device.is_slab:
        strip = rectangle(0, 0, face.width_mm, face.height_mm * 0.13)
        face.paint(strip, linear(0.06, 0.06, 0.065), gloss=0.06)
        face.line(np.array([[0, face.height_mm * 0.88], [face.width_mm, face.height_mm * 0.88]]), 0.3, _HOLE)
        if device.back is Material.METAL:
            for x in (0.09, 0.91):
                band = rectangle(face.width_mm * x, 0, 1.1, face.height_mm)
                face.paint(band, scaled(device.frame, 0.55), gloss=0.04)
        return
    middle = face.height_mm * (0.42 if device.device_class is DeviceClass.LAPTOP else 0.3)
    face.line(np.array([[0, middle], [face.width_mm, middle]]), 0.6, scaled(device.body, 0.3))


def _furnish(face: Face, device: Device, surface: Surface) -> None:
    if device.is_slab:
        _furnish_slab(face, device, surface)
    elif device.device_class is DeviceClass.LAPTOP:
        _furnish_laptop(face, device, surface)
    elif surface in {Surface.TOP, Surface.BOTTOM}:
        _furnish_ports(face, device, surface)
    else:
        _furnish_vents(face, device)


def _furnish_slab(face: Face, device: Device, surface: Surface) -> None:
    middle = face.height_mm / 2
    if surface is Surface.RIGHT:
        _button(face, device, face.width_mm * 0.3, 13)
    elif surface is Surface.LEFT:
        _button(face, device, face.width_mm * 0.24, 17)
        _button(face, device, face.width_mm * 0.38, 17)
        _tray(face, face.width_mm * 0.6)
    elif surface is Surface.BOTTOM:
        _usb(face, face.width_mm / 2, middle)
        for side in (-1, 1):
            for index in range(6):
                x = face.width_mm / 2 + side * (9 + 2.3 * index)
                face.paint(circle(x, middle, 0.75, 12), _HOLE)
        for side in (-1, 1):
            _star_screw(face, face.width_mm / 2 + side * 6.2, middle)
    else:
        face.paint(circle(face.width_mm * 0.62, middle, 0.6, 10), _HOLE)
        _tray(face, face.width_mm * 0.25)


def _furnish_laptop(face: Face, device: Device, surface: Surface) -> None:
    middle = face.height_mm * 0.68
    if surface is Surface.TOP:
        hinge = rounded(
            face.width_mm * 0.15, face.height_mm * 0.1, face.width_mm * 0.7, face.height_mm * 0.4, 2
        )
        face.paint(hinge, scaled(device.body, 0.35))
        return
    if surface is Surface.BOTTOM:
        face.paint(
            rounded(face.width_mm * 0.44, middle - 2, face.width_mm * 0.12, 2.6, 1), _HOLE, opacity=0.6
        )
        return
    for index in range(2):
        _usb(face, face.width_mm * (0.18 + 0.12 * index), middle)
    _port(face, face.width_mm * 0.45, middle - 2.5, 13, 5)
    _port(face, face.width_mm * 0.6, middle - 2.5, 15, 5)
    face.paint(circle(face.width_mm * 0.74, middle, 1.9), _HOLE)
    for index in range(9):
        face.paint(rectangle(face.width_mm * 0.82 + index * 3, middle - 2, 1.8, 4), _HOLE)


def _furnish_ports(face: Face, device: Device, surface: Surface) -> None:
    sensor = device.device_class is DeviceClass.IOT_SENSOR
    if surface is Surface.TOP and not sensor:
        _button(face, device, face.width_mm * 0.2, 10)
        _vent_row(face)
        return
    middle = face.height_mm * 0.55
    if sensor:
        _usb(face, face.width_mm / 2, middle)
        _button(face, device, face.width_mm * 0.2, 7)
        return
    size = min(13.0, face.height_mm * 0.5)
    count = int(min(24, (face.width_mm * 0.8) // (size * 1.25)))
    count = count if device.device_class is DeviceClass.NETWORK_GEAR else min(count, 5)
    for index in range(count):
        _socket(face, face.width_mm * 0.08 + index * size * 1.25, middle - size / 2, size, index)
    face.paint(circle(face.width_mm * 0.95, middle, min(3.2, face.height_mm * 0.15)), _HOLE)


def _furnish_vents(face: Face, device: Device) -> None:
    _vent_row(face)
    if device.device_class is not DeviceClass.NETWORK_GEAR:
        _button(face, device, face.width_mm * 0.85, 7)


def _vent_row(face: Face) -> None:
    height = face.height_mm
    for x in np.arange(face.width_mm * 0.3, face.width_mm * 0.75, 4.2):
        face.paint(rounded(float(x), height * 0.45, 2.0, height * 0.35, 1), _HOLE, opacity=0.9)


def _button(face: Face, device: Device, left: float, length: float) -> None:
    height = min(2.6, face.height_mm * 0.36)
    top = (face.height_mm - height) / 2
    key = rounded(left, top, length, height, height / 2)
    face.paint(rounded(left - 0.3, top - 0.3, length + 0.6, height + 0.6, height / 2), _HOLE)
    tone = mixed(device.frame if device.is_slab else device.body, linear(0.8, 0.8, 0.8), 0.12)
    face.paint(key, tone, gloss=0.22)
    face.parts.append(key)


def _tray(face: Face, left: float) -> None:
    height = min(3.2, face.height_mm * 0.42)
    tray = rounded(left, (face.height_mm - height) / 2, 14, height, height / 2)
    face.line(np.concatenate([tray, tray[:1]]), 0.25, _HOLE)
    face.paint(circle(left + 11.5, face.height_mm / 2, 0.5, 10), _HOLE)
    face.parts.append(tray)


def _usb(face: Face, x: float, y: float) -> None:
    slot = rounded(x - 4.4, y - 1.5, 8.8, 3.0, 1.5)
    face.paint(rounded(x - 4.8, y - 1.9, 9.6, 3.8, 1.9), linear(0.6, 0.6, 0.6), gloss=0.2)
    face.paint(slot, _HOLE, gloss=0.0)
    face.paint(rectangle(x - 3, y - 0.4, 6, 0.8), linear(0.2, 0.2, 0.2))


def _port(face: Face, left: float, top: float, width: float, height: float) -> None:
    face.paint(
        rounded(left - 0.4, top - 0.4, width + 0.8, height + 0.8, 0.6), linear(0.6, 0.6, 0.6), gloss=0.2
    )
    face.paint(rectangle(left, top, width, height), _HOLE)
    face.paint(rectangle(left + 1, top + height * 0.25, width - 2, height * 0.3), linear(0.12, 0.2, 0.5))


def _socket(face: Face, left: float, top: float, size: float, index: int) -> None:
    colour = linear(0.2, 0.4, 0.9) if index == 0 else linear(0.85, 0.75, 0.2)
    face.paint(rectangle(left - 0.7, top - 0.7, size + 1.4, size + 1.4), colour if index < 5 else _HOLE)
    socket = rectangle(left, top, size, size)
    face.paint(socket, _HOLE, gloss=0.0)
    face.paint(rectangle(left + size * 0.3, top - 0.2, size * 0.4, size * 0.2), _HOLE)
    for pin in range(8):
        x = left + size * (0.14 + 0.1 * pin)
        face.line(np.array([[x, top + size * 0.55], [x, top + size * 0.9]]), 0.4, _BRASS)
    face.parts.append(socket)


def _star_screw(face: Face, x: float, y: float) -> None:
    face.paint(circle(x, y, 0.8, 10), linear(0.5, 0.5, 0.5), gloss=0.2)
    face.paint(circle(x, y, 0.35, 6), _HOLE)
    face.parts.append(circle(x, y, 0.8, 10))
