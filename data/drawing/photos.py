"""Draw photos of devices with exact defect masks; simulated pictures, and always called so."""

from collections.abc import Sequence

import numpy as np

from data.defect import DefectKind
from data.device import DeviceClass, View
from data.drawing.optics.light import Light
from data.drawing.scene.drawn_photo import DrawnDefect, DrawnPhoto
from data.drawing.scene.held_out import HELD_OUT_DESIGNS, HELD_OUT_LIGHT, draw_held_out, is_held_out
from data.drawing.scene.render import render
from data.drawing.scene.scene import Scene, Shot, draw_scene, draw_shot

__all__ = [
    "HELD_OUT_DESIGNS",
    "HELD_OUT_LIGHT",
    "DrawnDefect",
    "DrawnPhoto",
    "Light",
    "Scene",
    "Shot",
    "draw_photo",
    "draw_scene",
    "draw_shot",
    "is_held_out",
    "render",
]

_ATTEMPTS = 6


def draw_photo(
    rng: np.random.Generator,
    *,
    device_class: DeviceClass | None = None,
    view: View | None = None,
    kinds: Sequence[DefectKind] | None = None,
    light: Light | None = None,
    design: str | None = None,
    long_side_px: int = 1024,
    held_out: bool = False,
) -> DrawnPhoto:
    """Draw one photo; None is drawn at random and kinds=() draws an intact device.

    One seed gives the same pixels. Defects that can't be seen in the photo are not listed; where kinds are
    asked for, up to six photos are tried until each kind shows. Raises UndrawableDefect if the kinds can't
    show together, UnknownDesign for a wrong design. The designs and the light of data.drawing.scene.held_out
    are drawn only by name, or where `held_out` asks for one of them.
    """
    for _ in range(_ATTEMPTS):
        if held_out:
            asked = draw_held_out(rng, device_class=device_class, view=view, kinds=kinds)
            design, light = (design, asked) if isinstance(asked, Light) else (asked, light)
        scene, shown = draw_scene(
            rng,
            device_class=device_class,
            view=view,
            kinds=kinds,
            design=design,
            without_designs=HELD_OUT_DESIGNS,
        )
        shot = draw_shot(
            rng,
            scene.device,
            shown,
            light=light,
            long_side_px=long_side_px,
            without_lights=(HELD_OUT_LIGHT,),
        )
        photo = render(scene, shot)
        if {defect.kind for defect in photo.defects} >= set(kinds or ()):
            break
    return photo
