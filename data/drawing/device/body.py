"""Place a device's faces in space for one view, and the plain sides that show beside them.

Coordinates are millimetres: x right, y down, z towards the camera; the viewed face lies near z = 0.
"""

from dataclasses import dataclass

import numpy as np

from data.device import DeviceClass, Surface, View
from data.drawing.device.design import Device
from data.drawing.surface.canvas import Colour, scaled
from data.drawing.surface.raster import Points
from data.drawing.surface.shape import capsule, rectangle, rounded

_LAYERS = 6
# By how many quarter turns the front lies beside each edge, from where its left side is near.
_QUARTER_TURNS = {Surface.LEFT: 0, Surface.BOTTOM: 1, Surface.RIGHT: 2, Surface.TOP: 3}


@dataclass(frozen=True)
class Panel:
    """One painted face in space; corners are (4, 3), clockwise from its own top left."""

    surface: Surface
    name: str
    width_mm: float
    height_mm: float
    corners: Points


@dataclass(frozen=True)
class Shell:
    """A plain flat piece of the body, (N, 3); a one-sided one is left out when seen from behind."""

    points: Points
    colour: Colour
    is_one_sided: bool = False


@dataclass(frozen=True)
class Body:
    """All that is drawn of a device: shells first, in order, then the faces beside the view, then panels.

    An edge view shows the front or the back aslant; which of the `asides` faces the camera, the pose says.
    """

    shells: tuple[Shell, ...]
    panels: tuple[Panel, ...]
    asides: tuple[Panel, ...] = ()


def body_of(device: Device, view: View) -> Body:
    """Return the faces and sides of a device as one view shows them."""
    if view is View.LABEL:
        return _label(device)
    if view.surface in {Surface.LEFT, Surface.RIGHT, Surface.TOP, Surface.BOTTOM}:
        if device.device_class is DeviceClass.LAPTOP and view is View.BOTTOM:
            return _flat(device, Surface.BOTTOM, "underside")
        return _edge(device, view.surface)
    if view.surface is Surface.BACK:
        return _flat(device, Surface.BACK, "back")
    if device.device_class is DeviceClass.LAPTOP:
        return _open_laptop(device)
    return _flat(device, Surface.FRONT, "front")


def _flat(device: Device, surface: Surface, name: str) -> Body:
    outline = rounded(0, 0, device.width_mm, device.height_mm, device.design.corner_mm)
    centre = np.array([device.width_mm / 2, device.height_mm / 2])
    flat = outline - centre
    colour = device.frame if device.is_slab else device.body
    shells = [*_antennas(device, surface), *_stack(flat, device.depth_mm, colour)]
    if device.case is not None:
        grown = flat * (1 + 3.2 / np.abs(flat).max(axis=0))
        shells = [*_stack(grown, device.depth_mm + 1.5, device.case), *shells]
    panel = Panel(
        surface, name, device.width_mm, device.height_mm, _corners(device.width_mm, device.height_mm)
    )
    return Body(tuple(shells), (panel,))


def _stack(outline: Points, depth_mm: float, colour: Colour) -> list[Shell]:
    """Pile up the outline from back to front, with the shading of a rounded rim."""
    shells = []
    for share in np.linspace(0, 1, _LAYERS):
        bright = 0.45 + 0.75 * float(np.sin(np.pi * (0.15 + 0.75 * share)))
        shells.append(Shell(_raised(outline, -depth_mm * (1 - float(share))), scaled(colour, bright)))
    return shells


def _antennas(device: Device, surface: Surface) -> list[Shell]:
    if device.design.camera != "antennas" or surface not in {Surface.FRONT, Surface.BACK}:
        return []
    rng = device.rng(20)
    rods = []
    for x in (-0.42, -0.14, 0.14, 0.42)[: int(rng.integers(2, 5))]:
        foot = np.array([device.width_mm * x, -device.height_mm * 0.46])
        lean = float(rng.normal(0, 0.12))
        tip = foot + np.array([np.sin(lean), -np.cos(lean)]) * 120
        for radius, bright in ((6.0, 0.55), (4.6, 0.8), (2.4, 1.1)):
            rods.append(
                Shell(_raised(capsule(foot, tip, radius), -device.depth_mm / 2), scaled(device.body, bright))
            )
    return rods


def _edge(device: Device, surface: Surface) -> Body:
    is_side = surface in {Surface.LEFT, Surface.RIGHT}
    length = device.height_mm if is_side else device.width_mm
    reach = device.width_mm if is_side else device.height_mm
    depth = device.depth_mm
    inset = 0.0 if not device.is_slab else 0.6
    x, y = length / 2 - inset, depth / 2
    side = device.frame if device.is_slab else device.body
    shells = (
        _wall([(-x, -y), (x, -y)], reach, scaled(side, 0.8)),
        _wall([(x, y), (-x, y)], reach, scaled(side, 0.6)),
        _wall([(x, -y), (x, y)], reach, scaled(side, 0.7)),
        _wall([(-x, y), (-x, -y)], reach, scaled(side, 0.7)),
        Shell(_raised(rounded(-length / 2, -y, length, depth, depth * 0.4), -0.3), scaled(side, 0.4)),
    )
    panel = Panel(surface, "edge", length, depth, _corners(length, depth))
    asides = () if device.device_class is DeviceClass.LAPTOP else _asides(device, surface, x, y, reach)
    return Body(shells, (panel,), asides)


def _asides(device: Device, surface: Surface, x: float, y: float, reach_mm: float) -> tuple[Panel, ...]:
    """Return the front, which is up in an edge view, and the back below it, as they recede from the edge."""
    turns = _QUARTER_TURNS[surface]

    def ring(level: float) -> Points:
        near_and_far = rectangle(-x, -reach_mm, 2 * x, reach_mm)
        return np.insert(near_and_far, 1, level, axis=1)[[3, 0, 1, 2]]

    corners = np.roll(ring(-y), -turns, axis=0), np.roll(ring(y)[::-1], turns - 2, axis=0)
    size = device.width_mm, device.height_mm
    return Panel(Surface.FRONT, "front", *size, corners[0]), Panel(Surface.BACK, "back", *size, corners[1])


def _wall(edge: list[tuple[float, float]], reach_mm: float, colour: Colour) -> Shell:
    (x0, y0), (x1, y1) = edge
    points = np.array([[x0, y0, 0], [x0, y0, -reach_mm], [x1, y1, -reach_mm], [x1, y1, 0]], dtype=np.float64)
    return Shell(points, colour, is_one_sided=True)


def _open_laptop(device: Device) -> Body:
    width, height = device.width_mm, device.height_mm
    opening = np.radians(device.rng(21).uniform(98, 125))
    forward = np.array([0.0, -np.cos(opening), np.sin(opening)])
    screen = _corners(width, height) - (0, height / 2, 0)
    hinge = np.array([0.0, 5.0, -2.0])
    left, right = np.array([-width / 2, 0, 0]) + hinge, np.array([width / 2, 0, 0]) + hinge
    deck = np.stack([left, right, right + forward * height, left + forward * height])
    down = np.array([0.0, device.depth_mm * 0.6, 0.0])
    lip = np.stack([deck[3], deck[2], deck[2] + down, deck[3] + down])
    lid = rounded(-width / 2, -height, width, height, device.design.corner_mm)
    rod = rectangle(-width * 0.4, -3, width * 0.8, 10)
    shells = (
        Shell(_raised(lid, -4.0), scaled(device.body, 0.7)),
        Shell(_raised(rod, -2.0), scaled(device.body, 0.3)),
        Shell(lip, scaled(device.body, 0.6)),
    )
    panels = (
        Panel(Surface.FRONT, "screen", width, height, screen),
        Panel(Surface.FRONT, "deck", width, height, deck),
    )
    return Body(shells, panels)


def _label(device: Device) -> Body:
    rng = device.rng(22)
    width = min(device.width_mm, 96.0)
    height = width * 0.62
    shift = np.array([rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.5)]) * (
        max(0.0, device.width_mm - width),
        max(0.0, device.height_mm - height),
    )
    back = rounded(0, 0, device.width_mm, device.height_mm, device.design.corner_mm)
    back = back - (device.width_mm / 2, device.height_mm / 2) + shift
    shells = _stack(back, device.depth_mm, device.body)
    panel = Panel(Surface.LABEL, "label", width, height, _corners(width, height))
    return Body((*shells, Shell(_raised(back, -0.1), device.body)), (panel,))


def _corners(width: float, height: float) -> Points:
    return _raised(rectangle(-width / 2, -height / 2, width, height), 0.0)


def _raised(points: Points, z: float) -> Points:
    return np.concatenate([points, np.full((len(points), 1), z)], axis=1)
