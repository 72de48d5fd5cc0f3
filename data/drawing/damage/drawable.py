"""List the defects that can be drawn on each view, and draw one onto a face."""

from collections.abc import Callable
from functools import cache

import numpy as np

from data.defect import DefectKind, Severity
from data.device import DeviceClass, Surface, View
from data.drawing.damage.coating import paint_coating_loss
from data.drawing.damage.crack import paint_crack
from data.drawing.damage.dent import paint_bent, paint_chip, paint_dent
from data.drawing.damage.dirt import paint_dust, paint_oil, paint_stain
from data.drawing.damage.display_fault import paint_display_fault
from data.drawing.damage.fading import paint_discolouration, paint_missing_part
from data.drawing.damage.planned_defect import PaintTask, PlannedDefect, UndrawableDefect
from data.drawing.damage.scratch import paint_scratch
from data.drawing.damage.swelling import paint_swelling
from data.drawing.device.design import BUTTONED, Design, Device
from data.drawing.optics.light import Lighting
from data.drawing.surface.canvas import Face
from data.drawing.surface.raster import Mask

_PAINTERS: dict[DefectKind, Callable[[PaintTask], Mask]] = {
    DefectKind.CRACK: paint_crack,
    DefectKind.SCRATCH: paint_scratch,
    DefectKind.DENT: paint_dent,
    DefectKind.CHIP: paint_chip,
    DefectKind.BENT: paint_bent,
    DefectKind.COATING_LOSS: paint_coating_loss,
    DefectKind.DISCOLOURATION: paint_discolouration,
    DefectKind.MISSING_PART: paint_missing_part,
    DefectKind.DISPLAY_FAULT: paint_display_fault,
    DefectKind.SWELLING: paint_swelling,
    DefectKind.OIL: paint_oil,
    DefectKind.STAIN: paint_stain,
    DefectKind.DUST: paint_dust,
}
_SLABS = frozenset({DeviceClass.PHONE, DeviceClass.TABLET})
_SCREENED = _SLABS | {DeviceClass.LAPTOP}
_ANYWHERE = frozenset(
    {DefectKind.SCRATCH, DefectKind.DISCOLOURATION, DefectKind.OIL, DefectKind.STAIN, DefectKind.DUST}
)
_HOUSING = frozenset(
    {DefectKind.CRACK, DefectKind.DENT, DefectKind.CHIP, DefectKind.COATING_LOSS, DefectKind.MISSING_PART}
)
_ON_DECK = frozenset(
    {
        DefectKind.MISSING_PART,
        DefectKind.COATING_LOSS,
        DefectKind.SWELLING,
        DefectKind.DENT,
        DefectKind.DISCOLOURATION,
    }
)
_DRAWN_CLASSES = tuple(name for name in DeviceClass if name is not DeviceClass.OTHER)
SEVERITY_SHARES = {Severity.MICRO: 0.3, Severity.VISIBLE: 0.4, Severity.DEEP: 0.3}
"""How often a defect is drawn with each severity where none is asked for."""


def drawable(device_class: DeviceClass, view: View) -> tuple[DefectKind, ...]:
    """Return the defects that can show in one view of a class, in the order of DefectKind.

    Raises UndrawableDefect for the class `other` and the views `unknown` and `edge` (name the side).
    """
    if device_class not in _DRAWN_CLASSES or view in {View.UNKNOWN, View.EDGE}:
        known = ", ".join(_DRAWN_CLASSES)
        raise UndrawableDefect(
            f"no photo of {device_class} in view {view} can be drawn; draw one of {known} in a known view"
        )
    return tuple(kind for kind in DefectKind if kind in _possible(device_class, view))


def can_lose_part(design: Design, view: View) -> bool:
    """Return whether a view of a design shows a part that can be missing.

    Most glass fronts have none.
    """
    if view.surface is Surface.FRONT and design.device_class in _SLABS:
        return design.front in BUTTONED
    return DefectKind.MISSING_PART in _possible(design.device_class, view)


def plan_defect(
    rng: np.random.Generator, kind: DefectKind, surface: Surface, severity: Severity | None
) -> PlannedDefect:
    """Choose a defect's severity and seed before it is painted; a severity of None is drawn at random."""
    chosen = severity or list(SEVERITY_SHARES)[int(rng.choice(3, p=list(SEVERITY_SHARES.values())))]
    return PlannedDefect(kind, surface, chosen, int(rng.integers(2**31)))


def paint_defect(face: Face, device: Device, lighting: Lighting, defect: PlannedDefect) -> Mask:
    """Paint one defect onto a face in place and return its mask on the face's canvas."""
    task = PaintTask(face, device, lighting, defect, np.random.default_rng(defect.seed))
    return _PAINTERS[defect.kind](task)


def panel_name(device: Device, defect: PlannedDefect) -> str | None:
    """Return which panel of an open laptop a defect lies on; None where the view has one panel only."""
    if device.device_class is not DeviceClass.LAPTOP or defect.surface is not Surface.FRONT:
        return None
    if defect.kind in {DefectKind.CRACK, DefectKind.DISPLAY_FAULT}:
        return "screen"
    if defect.kind in _ON_DECK:
        return "deck"
    return "screen" if defect.seed % 2 else "deck"


@cache
def _possible(device_class: DeviceClass, view: View) -> frozenset[DefectKind]:
    if view is View.LABEL:
        return _ANYWHERE
    front = view.surface is Surface.FRONT
    found = set(_ANYWHERE | _HOUSING)
    if device_class in _SLABS and front:
        found -= {DefectKind.DENT, DefectKind.COATING_LOSS}
    if device_class in _SLABS and front and view is not View.FRONT_ON:
        # Behind black glass nothing yellows that a person could see.
        found.discard(DefectKind.DISCOLOURATION)
    if view is View.FRONT_ON and device_class in _SCREENED:
        found.add(DefectKind.DISPLAY_FAULT)
    if device_class is DeviceClass.LAPTOP and view is View.BACK:
        found.discard(DefectKind.MISSING_PART)
    if _can_bend(device_class, view):
        found.add(DefectKind.BENT)
    if _can_swell(device_class, view):
        found.add(DefectKind.SWELLING)
    return frozenset(found)


def _can_bend(device_class: DeviceClass, view: View) -> bool:
    if device_class is DeviceClass.LAPTOP:
        return view.surface is not Surface.FRONT
    return device_class in _SLABS | {DeviceClass.NETWORK_GEAR}


def _can_swell(device_class: DeviceClass, view: View) -> bool:
    if device_class in _SLABS:
        return True
    if device_class is DeviceClass.LAPTOP:
        return view.surface is Surface.FRONT or view is View.BOTTOM
    return device_class is DeviceClass.IOT_SENSOR and view.surface in {Surface.FRONT, Surface.BACK}
