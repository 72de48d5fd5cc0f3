"""Say how damage of the whole body, a bend, looks from sides other than the one it was described on."""

from dataclasses import replace

from data.defect import DefectKind
from data.device import DeviceClass, Surface
from data.drawing.device import Device
from data.drawing.fault import Fault

WHOLE_BODY = frozenset({DefectKind.BENT})

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
    ways = _UPRIGHT if device.height_mm >= device.width_mm else _BROAD
    is_through = fault.kind in WHOLE_BODY and device.device_class is not DeviceClass.LAPTOP
    if not is_through or fault.surface not in ways or surface not in ways:
        return None
    (from_mirrored, from_sunk), (is_mirrored, is_sunk) = ways[fault.surface], ways[surface]
    return replace(
        fault,
        surface=surface,
        is_mirrored=fault.is_mirrored ^ from_mirrored ^ is_mirrored,
        is_sunk=fault.is_sunk ^ from_sunk ^ is_sunk,
    )
