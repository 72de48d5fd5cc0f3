"""Say how damage of the whole body, a bend or a swelling, looks from sides other than its own."""

from dataclasses import replace

from data.defect import DefectKind
from data.device import NARROW_SURFACES, DeviceClass, Surface
from data.drawing.damage.planned_defect import Fault
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


def seen_on(fault: Fault, surface: Surface, device: Device) -> Fault | None:
    """Return a fault as it lies on one surface of its device, None where it does not reach that side."""
    if fault.surface is surface:
        return fault
    if device.device_class is DeviceClass.LAPTOP:
        return None
    if fault.kind is DefectKind.SWELLING:
        return _swelling_on(fault, surface, device)
    return _bend_on(fault, surface, device) if fault.kind is DefectKind.BENT else None


def _swelling_on(fault: Fault, surface: Surface, device: Device) -> Fault | None:
    """Return it on an edge, all of which show what a cell lifts, or on the side that one on an edge lifts."""
    lifted = _lifts(fault)
    is_shown = surface in NARROW_SURFACES or (fault.surface in NARROW_SURFACES and surface is lifted)
    if not device.is_slab or not is_shown:
        return None
    return replace(fault, surface=surface, is_mirrored=surface in NARROW_SURFACES and lifted is Surface.FRONT)


def _lifts(fault: Fault) -> Surface:
    is_front = fault.is_mirrored if fault.surface in NARROW_SURFACES else fault.surface is Surface.FRONT
    return Surface.FRONT if is_front else Surface.BACK


def _bend_on(fault: Fault, surface: Surface, device: Device) -> Fault | None:
    ways = _UPRIGHT if device.height_mm >= device.width_mm else _BROAD
    if fault.surface not in ways or surface not in ways:
        return None
    (from_mirrored, from_sunk), (is_mirrored, is_sunk) = ways[fault.surface], ways[surface]
    return replace(
        fault,
        surface=surface,
        is_mirrored=fault.is_mirrored ^ from_mirrored ^ is_mirrored,
        is_sunk=fault.is_sunk ^ from_sunk ^ is_sunk,
    )
