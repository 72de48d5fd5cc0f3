"""Keep some designs and one light out of training, to measure how a model does on new ones."""

from collections.abc import Sequence

import numpy as np

from data.defect import DefectKind
from data.device import DeviceClass, View
from data.drawing.damage.drawable import drawable
from data.drawing.device.design import Design, find_design
from data.drawing.optics.light import Light
from data.drawing.scene.drawn_photo import DrawnPhoto

HELD_OUT_DESIGNS = ("slab_bar", "tablet_small", "laptop_school")
HELD_OUT_LIGHT = Light.DIM


def is_held_out(photo: DrawnPhoto) -> bool:
    """Return whether a drawn photo shows a design or a light that training must not see."""
    return photo.design in HELD_OUT_DESIGNS or photo.light is HELD_OUT_LIGHT


def draw_held_out(
    rng: np.random.Generator,
    *,
    device_class: DeviceClass | None,
    view: View | None,
    kinds: Sequence[DefectKind] | None,
) -> str | Light:
    """Return the name of a held-out design that can show what is asked, or as often the held-out light."""
    designs = [find_design(name) for name in HELD_OUT_DESIGNS]
    fitting = [design.name for design in designs if _fits(design, device_class, view, kinds)]
    if not fitting or (view is not View.FRONT_RAKING and rng.random() < 0.5):
        return HELD_OUT_LIGHT
    return fitting[int(rng.integers(len(fitting)))]


def _fits(
    design: Design, device_class: DeviceClass | None, view: View | None, kinds: Sequence[DefectKind] | None
) -> bool:
    if device_class not in {None, design.device_class}:
        return False
    return view in {None, View.EDGE} or set(kinds or ()) <= set(
        drawable(design.device_class, view or View.BACK)
    )
