"""Draw whole devices with several photos each, and compute their true grade from exact defects."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy import ndimage

from data.defect import DefectKind, Severity
from data.device import DeviceClass, Surface, View
from data.drawing.damage.drawable import drawable
from data.drawing.damage.planned_defect import PlannedDefect
from data.drawing.damage.seen_through import ALL_ROUND
from data.drawing.optics.light import Light
from data.drawing.optics.pose import Pose
from data.drawing.photos import DrawnDefect, DrawnPhoto, Scene, draw_scene, draw_shot, render
from data.drawing.scene.held_out import HELD_OUT_DESIGNS, HELD_OUT_LIGHT
from data.drawing.surface import raster
from data.drawing.surface.shape import extent
from serving.condition.criteria import House, PackGrade, PossibleDefect, apply_pack
from serving.condition.measuring import read_measuring

_REFERENCE_SIDE_PX = 768
# An inspector turns the device under the lamp: what shows in one of these lights is there.
_REFERENCE_LIGHTS = (Light.RAKING, Light.LIGHT_BOX)
_STRAIGHT = Pose(0.0, 0.0, 0.0, distance=3.0, filling=0.95, centre_x=0.0, centre_y=0.0)
_OPEN_LAPTOP = replace(_STRAIGHT, pitch_rad=-0.3)
# Who looks for a bent frame looks along the device.
_ASLANT = replace(_STRAIGHT, pitch_rad=0.6, yaw_rad=0.6)
_LARGE_SIDES = (View.FRONT_OFF, View.BACK)
_DIRT = tuple(kind for kind in DefectKind if kind.is_dirt)


class Exact(Protocol):
    """The interface of a defect that is there without doubt; a DrawnDefect is one."""

    @property
    def kind(self) -> DefectKind:
        """Return the kind of defect."""

    @property
    def surface(self) -> Surface:
        """Return the side it lies on."""

    @property
    def length_mm(self) -> float:
        """Return its largest extent on the device in mm."""


@dataclass(frozen=True)
class TrueDefect:
    """One defect of a drawn device, if it can be seen by a person who looks straight at it."""

    kind: DefectKind
    surface: Surface
    length_mm: float


@dataclass(frozen=True)
class DrawnDevice:
    """One drawn device: its photos, the view each was taken for, and every defect that can be seen on it."""

    photos: tuple[DrawnPhoto, ...]
    views: tuple[View, ...]
    device_class: DeviceClass
    defects: tuple[TrueDefect, ...]

    @property
    def shown(self) -> tuple[TrueDefect, ...]:
        """Return the defects that can be seen in at least one of the photos, matched by kind and side.

        What is wrong with the whole body counts whichever side shows it.
        """
        listed = {_place_of(defect) for photo in self.photos for defect in photo.defects}
        return tuple(defect for defect in self.defects if _place_of(defect) in listed)


@dataclass(frozen=True)
class DamageMix:
    """The shares of sides with each kind of damage and of dirt, up to how many of a kind, and how bad."""

    damage: dict[DefectKind, float]
    dirt: float
    most_of_a_kind: int
    severity_share: dict[Severity, float]
    specks_below_mm: float = 0.0


def true_pack_grade(house: House, defects: Iterable[Exact], seen: Iterable[Surface]) -> PackGrade:
    """Return the grade that the pack gives to certain defects, with the limit that decides it.

    `seen` are the sides looked at: that of one photo for what a photo can carry, front and back for a device.
    """
    certain = [PossibleDefect(item.kind, item.surface, 1.0, item.length_mm) for item in defects]
    return apply_pack(house, certain, frozenset(seen))


def draw_devices(
    count: int, mix: DamageMix, views: Sequence[View], *, seed: int, long_side_px: int
) -> Iterator[DrawnDevice]:
    """Draw devices, each by its own seed, of no design and in no light that is held out of training."""
    for index in range(count):
        yield draw_photographed(np.random.default_rng((seed, index, 0xDE71CE)), mix, views, long_side_px)


def draw_photographed(
    rng: np.random.Generator, mix: DamageMix, views: Sequence[View], long_side_px: int
) -> DrawnDevice:
    """Draw one device and its photos."""
    scene, _ = draw_scene(rng, kinds=(), view=View.FRONT_OFF, without_designs=HELD_OUT_DESIGNS)
    for side in _LARGE_SIDES:
        for kind in _kinds_on(rng, scene, side, mix):
            scene = scene.with_defect(rng, kind, surface=side.surface, severity=_severity(rng, mix))
    shots = [
        draw_shot(rng, scene.device, view, long_side_px=long_side_px, without_lights=(HELD_OUT_LIGHT,))
        for view in views
    ]
    photos = tuple(render(scene, shot) for shot in shots)
    looked_at = tuple(_true_defects(scene, mix.specks_below_mm))
    return DrawnDevice(
        photos=photos,
        views=tuple(views),
        device_class=scene.device.device_class,
        defects=looked_at + _only_in_photos(photos, looked_at),
    )


def _only_in_photos(photos: Sequence[DrawnPhoto], looked_at: Sequence[TrueDefect]) -> tuple[TrueDefect, ...]:
    """Return what a photo shows of a kind and side on which the straight look found nothing, the longest."""
    known = {_place_of(defect) for defect in looked_at}
    shown = [defect for photo in photos for defect in photo.defects if not defect.kind.is_dirt]
    longest = {_place_of(defect): defect for defect in sorted(shown, key=lambda defect: defect.length_mm)}
    left = [defect for place, defect in longest.items() if place not in known]
    return tuple(TrueDefect(defect.kind, defect.surface, defect.length_mm) for defect in left)


def _place_of(defect: Exact) -> tuple[DefectKind, Surface | None]:
    return defect.kind, None if defect.kind in ALL_ROUND else defect.surface


def _kinds_on(rng: np.random.Generator, scene: Scene, side: View, mix: DamageMix) -> list[DefectKind]:
    """Return what one side carries; what only a lit screen shows counts for the front as well."""
    possible = set(drawable(scene.device.device_class, side))
    if side.surface is Surface.FRONT:
        possible |= set(drawable(scene.device.device_class, View.FRONT_ON))
    shares = {**mix.damage, **dict.fromkeys(_DIRT, mix.dirt)}
    kinds: list[DefectKind] = []
    for kind in (kind for kind in DefectKind if kind in possible):
        if rng.random() < shares.get(kind, 0.0):
            kinds += [kind] * int(rng.integers(1, mix.most_of_a_kind + 1))
    return kinds


def _severity(rng: np.random.Generator, mix: DamageMix) -> Severity:
    shares = np.array(list(mix.severity_share.values()))
    return list(mix.severity_share)[int(rng.choice(len(shares), p=shares / shares.sum()))]


def _true_defects(scene: Scene, specks_below_mm: float) -> Iterator[TrueDefect]:
    """Yield each defect by itself, seen straight on in the first light that shows it; dirt is none.

    Pieces apart from each other are counted each, by the same gaps as serving joins them over.
    """
    measuring = read_measuring()
    for planned in (planned for planned in scene.defects if not planned.kind.is_dirt):
        shown = (_shown_alone(scene, planned, light) for light in _REFERENCE_LIGHTS)
        for defect in next((defects for defects in shown if defects), ()):
            lengths = piece_lengths(defect, measuring.joined_within(planned.kind))
            counted = [length for length in lengths if length >= specks_below_mm] or [max(lengths)]
            yield from (TrueDefect(planned.kind, planned.surface, length) for length in counted)


def piece_lengths(defect: DrawnDefect, within_mm: float) -> list[float]:
    """Return the length in mm of each piece of a defect that is seen straight on."""
    inside = defect.mask > 127
    mm_per_px = defect.length_mm / max(extent(raster.hull(raster.filled_points(defect.mask))), 1.0)
    reach = int(within_mm / 2.0 / max(mm_per_px, 1e-6))
    linked = ndimage.binary_dilation(inside, np.ones((3, 3)), iterations=reach) if reach else inside
    labels, count = ndimage.label(linked, structure=np.ones((3, 3)))
    labels[~inside] = 0
    pieces = [np.where(labels == number, 255, 0).astype(np.uint8) for number in range(1, count + 1)]
    rims = [raster.hull(raster.filled_points(piece)) for piece in pieces]
    # Pixels have a size: a piece of one is as long as it.
    return [max(extent(rim), 1.0) * mm_per_px for rim in rims]


def _shown_alone(scene: Scene, defect: PlannedDefect, light: Light) -> tuple[DrawnDefect, ...]:
    alone = replace(scene, defects=(defect,))
    rng = np.random.default_rng(defect.seed)
    view = _reference_view(defect)
    shot = draw_shot(rng, scene.device, view, light=light, long_side_px=_REFERENCE_SIDE_PX)
    return render(alone, replace(shot, pose=_reference_pose(scene, defect), hand=None)).defects


def _reference_pose(scene: Scene, defect: PlannedDefect) -> Pose:
    if defect.kind is DefectKind.BENT:
        return _ASLANT
    is_open = scene.device.device_class is DeviceClass.LAPTOP and defect.surface is Surface.FRONT
    return _OPEN_LAPTOP if is_open else _STRAIGHT


def _reference_view(defect: PlannedDefect) -> View:
    if defect.kind is DefectKind.DISPLAY_FAULT:
        return View.FRONT_ON
    return View.FRONT_OFF if defect.surface is Surface.FRONT else View(defect.surface.value)
