"""Compute how a bend or a swelling looks from the sides on which it does not lie."""

from dataclasses import replace

from data.defect import DefectKind
from data.device import NARROW_SURFACES, DeviceClass, Surface
from data.drawing.damage.planned_defect import PlannedDefect
from data.drawing.device.design import Device

ALL_ROUND = frozenset({DefectKind.BENT, DefectKind.SWELLING})

# Whether a face is passed the other way than the front, and whether what rises from the front sinks there.
# Edges are seen with the front upwards; only the two along the device's length show that it is bent.
_UPRIGHT = {
    Surface.FRONT: (False, False),
    Surface.BACK: (False, True),
    Surface.LEFT: (False, True),
    Surface.RIGHT: (True, True),
}
_BROAD = {
    Surface.FRONT: (False, False),
    Surface.BACK: (True, True),
    Surface.BOTTOM: (False, True),
    Surface.TOP: (True, True),
}


def seen_on(defect: PlannedDefect, surface: Surface, device: Device) -> PlannedDefect | None:
    """Return a defect as one surface of its device shows it, None where it does not reach that side."""
    if defect.surface is surface:
        return defect
    if device.device_class is DeviceClass.LAPTOP:
        return None
    if defect.kind is DefectKind.SWELLING:
        return _swelling_on(defect, surface, device)
    return _bend_on(defect, surface, device) if defect.kind is DefectKind.BENT else None


def _swelling_on(defect: PlannedDefect, surface: Surface, device: Device) -> PlannedDefect | None:
    """Return a swelling as an edge shows it, or as the side that it lifts does."""
    lifted = _lifts(defect)
    is_shown = surface in NARROW_SURFACES or (defect.surface in NARROW_SURFACES and surface is lifted)
    if not device.is_slab or not is_shown:
        return None
    return replace(
        defect, surface=surface, is_mirrored=surface in NARROW_SURFACES and lifted is Surface.FRONT
    )


def _lifts(defect: PlannedDefect) -> Surface:
    is_front = defect.is_mirrored if defect.surface in NARROW_SURFACES else defect.surface is Surface.FRONT
    return Surface.FRONT if is_front else Surface.BACK


def _bend_on(defect: PlannedDefect, surface: Surface, device: Device) -> PlannedDefect | None:
    ways = _UPRIGHT if device.height_mm >= device.width_mm else _BROAD
    if defect.surface not in ways or surface not in ways:
        return None
    (from_mirrored, from_sunk), (is_mirrored, is_sunk) = ways[defect.surface], ways[surface]
    return replace(
        defect,
        surface=surface,
        is_mirrored=defect.is_mirrored ^ from_mirrored ^ is_mirrored,
        is_sunk=defect.is_sunk ^ from_sunk ^ is_sunk,
    )
