"""Define a device with its defects, and the set-up of one photo of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from data.defect import DefectKind, Severity
from data.device import LARGE_SURFACES, NARROW_SURFACES, DeviceClass, Surface, View
from data.drawing.damage.drawable import can_lose_part, drawable, plan_defect
from data.drawing.damage.planned_defect import PlannedDefect, UndrawableDefect
from data.drawing.device.design import Design, Device, UnknownDesign, designs, draw_device, find_design
from data.drawing.optics.camera import Camera, draw_camera
from data.drawing.optics.light import Light, Lighting, draw_lighting
from data.drawing.optics.pose import Pose
from data.drawing.scene.background import Setting
from data.drawing.scene.hand import Hand, draw_hand

_Choice = TypeVar("_Choice")

_CLASS_SHARES = {
    DeviceClass.PHONE: 0.5,
    DeviceClass.TABLET: 0.12,
    DeviceClass.LAPTOP: 0.14,
    DeviceClass.ROUTER: 0.08,
    DeviceClass.MODEM: 0.05,
    DeviceClass.IOT_SENSOR: 0.05,
    DeviceClass.NETWORK_GEAR: 0.06,
}
_VIEW_SHARES = {
    View.FRONT_OFF: 0.26,
    View.FRONT_ON: 0.26,
    View.FRONT_RAKING: 0.08,
    View.BACK: 0.24,
    View.LEFT: 0.035,
    View.RIGHT: 0.035,
    View.TOP: 0.025,
    View.BOTTOM: 0.035,
    View.LABEL: 0.03,
}
_LIGHT_SHARES = {
    Light.DIFFUSE: 0.45,
    Light.HEAD_ON: 0.2,
    Light.RAKING: 0.08,
    Light.DIM: 0.11,
    Light.LIGHT_BOX: 0.16,
}
_KIND_SHARES = {
    DefectKind.CRACK: 0.26,
    DefectKind.SCRATCH: 0.2,
    DefectKind.COATING_LOSS: 0.12,
    DefectKind.DENT: 0.08,
    DefectKind.CHIP: 0.08,
    DefectKind.BENT: 0.05,
    DefectKind.DISCOLOURATION: 0.06,
    DefectKind.MISSING_PART: 0.07,
    DefectKind.DISPLAY_FAULT: 0.12,
    DefectKind.SWELLING: 0.06,
    DefectKind.OIL: 0.08,
    DefectKind.STAIN: 0.08,
    DefectKind.DUST: 0.08,
}
_INTACT_SHARE = 0.3
# What shows best from the side is looked at there so many times as often where it is asked for.
_ASIDE = {DefectKind.BENT: 6.0, DefectKind.SWELLING: 3.0}
_EDGE_VIEWS = tuple(View(surface.value) for surface in NARROW_SURFACES)
_ASPECTS = (0.75, 0.75, 0.5625, 1.0, 0.67)


@dataclass(frozen=True)
class Scene:
    """One device and its defects, apart from any photo of it."""

    device: Device
    defects: tuple[PlannedDefect, ...] = ()

    def with_defect(
        self,
        rng: np.random.Generator,
        kind: DefectKind,
        *,
        surface: Surface = Surface.FRONT,
        severity: Severity | None = None,
    ) -> "Scene":
        """Return the same device with one more defect."""
        return replace(self, defects=(*self.defects, plan_defect(rng, kind, surface, severity)))


@dataclass(frozen=True)
class Shot:
    """The set-up of one photo: the view, light, place, pose, hand and camera."""

    view: View
    lighting: Lighting
    setting: Setting
    pose: Pose
    hand: Hand | None
    camera: Camera
    width_px: int
    height_px: int
    seed: int


def draw_scene(
    rng: np.random.Generator,
    *,
    device_class: DeviceClass | None = None,
    view: View | None = None,
    kinds: Sequence[DefectKind] | None = None,
    design: str | None = None,
    without_designs: Collection[str] = (),
) -> tuple[Scene, View]:
    """Draw a device, its defects and a view that shows them; None is drawn at random, `edge` is any side.

    Raises UndrawableDefect if no view of the class shows all the kinds, UnknownDesign for a wrong name.
    """
    if view is View.EDGE:
        view = _EDGE_VIEWS[int(rng.integers(len(_EDGE_VIEWS)))]
    chosen = (
        find_design(design, device_class)
        if design is not None
        else _draw_design(rng, device_class or _draw_class(rng, view, kinds), view, kinds, without_designs)
    )
    shown = view or _draw_view(rng, chosen, kinds)
    possible = drawable(chosen.device_class, shown)
    wanted = _draw_kinds(rng, possible) if kinds is None else tuple(kinds)
    _require(wanted, possible, chosen.device_class, shown)
    scene = Scene(draw_device(rng, chosen))
    for kind in wanted:
        scene = scene.with_defect(rng, kind, surface=shown.surface)
    # A cracked edge has cracked faces beside it; the one that is turned to the camera shows it aslant.
    if shown in _EDGE_VIEWS and DefectKind.CRACK in wanted:
        for face in LARGE_SURFACES:
            scene = scene.with_defect(rng, DefectKind.CRACK, surface=face)
    return scene, shown


def draw_shot(
    rng: np.random.Generator,
    device: Device,
    view: View,
    *,
    light: Light | None = None,
    long_side_px: int = 1024,
    without_lights: Collection[Light] = (),
) -> Shot:
    """Draw how a photo of one view of a device is taken."""
    chosen = light or _draw_light(rng, view, without_lights)
    setting = _draw_setting(rng, device, chosen, view)
    width, height = _draw_frame(rng, device, view, long_side_px)
    hand = draw_hand(rng, *_face_size(device, view)) if setting is Setting.HAND else None
    brightness = 0.2 + 0.45 * float(np.sqrt(np.mean(device.body)))
    return Shot(
        view=view,
        lighting=draw_lighting(rng, chosen),
        setting=setting,
        pose=_draw_pose(rng, device, view, setting),
        hand=hand,
        camera=draw_camera(rng, chosen, brightness=brightness),
        width_px=width,
        height_px=height,
        seed=int(rng.integers(2**31)),
    )


def _draw_design(
    rng: np.random.Generator,
    device_class: DeviceClass,
    view: View | None,
    kinds: Sequence[DefectKind] | None,
    without: Collection[str],
) -> Design:
    known = tuple(design for design in designs(device_class) if design.name not in without)
    if not known:
        drawable(device_class, view or View.FRONT_OFF)
        raise UnknownDesign(f"no design of a {device_class} is left without {', '.join(sorted(without))}")
    if view is not None and DefectKind.MISSING_PART in (kinds or ()):
        known = tuple(design for design in known if can_lose_part(design, view)) or known
    weights = np.array([design.weight for design in known])
    return known[int(rng.choice(len(known), p=weights / weights.sum()))]


def _draw_class(
    rng: np.random.Generator, view: View | None, kinds: Sequence[DefectKind] | None
) -> DeviceClass:
    views = tuple(_VIEW_SHARES) if view is None else (view,)
    wanted = set(kinds or ())
    shares = {
        name: share
        for name, share in _CLASS_SHARES.items()
        if any(wanted <= set(drawable(name, shown)) for shown in views)
    }
    if not shares:
        raise UndrawableDefect(f"no device shows {_list(wanted)} in one view: ask for fewer kinds at once")
    return _draw(rng, shares)


def _draw_view(rng: np.random.Generator, design: Design, kinds: Sequence[DefectKind] | None) -> View:
    wanted = set(kinds or ())
    aside = max((_ASIDE.get(kind, 1.0) for kind in wanted), default=1.0)
    shares = {
        view: share * (aside if view in _EDGE_VIEWS else 1.0)
        for view, share in _VIEW_SHARES.items()
        if wanted <= set(drawable(design.device_class, view))
        and (DefectKind.MISSING_PART not in wanted or can_lose_part(design, view))
    }
    if not shares:
        raise UndrawableDefect(
            f"no view of a {design.device_class} shows {_list(wanted)} together: ask for fewer kinds at once"
        )
    return _draw(rng, shares)


def _draw_kinds(rng: np.random.Generator, possible: tuple[DefectKind, ...]) -> tuple[DefectKind, ...]:
    if rng.random() < _INTACT_SHARE:
        return ()
    shares = {kind: _KIND_SHARES[kind] for kind in possible}
    count = int(rng.choice([1, 2, 3, 4], p=[0.5, 0.28, 0.14, 0.08]))
    return tuple(_draw(rng, shares) for _ in range(count))


def _require(
    wanted: tuple[DefectKind, ...], possible: tuple[DefectKind, ...], device_class: DeviceClass, view: View
) -> None:
    wrong = set(wanted) - set(possible)
    if wrong:
        raise UndrawableDefect(
            f"{_list(wrong)} can't show on a {device_class} in view {view}; "
            f"draw {_list(set(possible))} there, or another view"
        )


def _list(kinds: set[DefectKind]) -> str:
    return ", ".join(sorted(kinds)) or "no defect"


def _draw(rng: np.random.Generator, shares: dict[_Choice, float]) -> _Choice:
    weights = np.array(list(shares.values()))
    return list(shares)[int(rng.choice(len(weights), p=weights / weights.sum()))]


def _draw_light(rng: np.random.Generator, view: View, without: Collection[Light]) -> Light:
    if view is View.FRONT_RAKING:
        return Light.RAKING
    return _draw(rng, {light: share for light, share in _LIGHT_SHARES.items() if light not in without})


def _draw_setting(rng: np.random.Generator, device: Device, light: Light, view: View) -> Setting:
    if light is Light.LIGHT_BOX:
        return Setting.LIGHT_BOX
    holds = {DeviceClass.PHONE: 0.55, DeviceClass.TABLET: 0.25, DeviceClass.IOT_SENSOR: 0.3}
    share = holds.get(device.device_class, 0.0)
    if view is View.LABEL:
        share = 0.0
    return Setting.HAND if rng.random() < share else Setting.COUNTER


def _face_size(device: Device, view: View) -> tuple[float, float]:
    if view.surface in {Surface.LEFT, Surface.RIGHT}:
        return device.height_mm, device.depth_mm
    if view.surface in {Surface.TOP, Surface.BOTTOM}:
        return device.width_mm, device.depth_mm
    return device.width_mm, device.height_mm


def _draw_frame(rng: np.random.Generator, device: Device, view: View, long_side_px: int) -> tuple[int, int]:
    short = max(16, round(long_side_px * _ASPECTS[int(rng.integers(len(_ASPECTS)))]))
    width, height = _face_size(device, view)
    upright = width <= height if view is not View.LABEL else False
    if rng.random() < 0.12:
        upright = not upright
    return (short, long_side_px) if upright else (long_side_px, short)


def _draw_pose(rng: np.random.Generator, device: Device, view: View, setting: Setting) -> Pose:
    tilt = 0.1 if setting is Setting.LIGHT_BOX else 0.28
    pitch, yaw = float(rng.normal(0, tilt)), float(rng.normal(0, tilt))
    if view.surface is Surface.FRONT and device.device_class is DeviceClass.LAPTOP:
        pitch, yaw = float(rng.uniform(-0.55, -0.1)), float(rng.normal(0, 0.2))
    if view.surface in {Surface.LEFT, Surface.RIGHT, Surface.TOP, Surface.BOTTOM}:
        pitch, yaw = float(rng.normal(0, 0.16)), float(rng.normal(0, 0.12))
    roll = float(rng.normal(0, 0.12)) if rng.random() < 0.8 else float(rng.uniform(-np.pi, np.pi))
    filling = float(rng.uniform(0.55, 0.98))
    if view is View.LABEL:
        filling = float(rng.uniform(0.85, 1.25))
    return Pose(
        roll_rad=roll,
        pitch_rad=float(np.clip(pitch, -0.75, 0.75)),
        yaw_rad=float(np.clip(yaw, -0.75, 0.75)),
        distance=float(rng.uniform(1.7, 4.0)),
        filling=filling,
        centre_x=float(rng.uniform(-0.7, 0.7)),
        centre_y=float(rng.uniform(-0.7, 0.7)),
    )
