"""Draw defects onto a real photo of an intact device, for training only.

The photo itself is taken as what the face sends to the camera; a defect changes it by the same physics as in
a drawn photo, and only the change is carried back, so untouched pixels keep their noise and detail.
"""

from collections.abc import Sequence

import numpy as np

from data.defect import DefectKind
from data.device import DeviceClass, Surface, View
from data.drawing.damage.drawable import paint_defect, plan_defect
from data.drawing.damage.planned_defect import PlannedDefect, UndrawableDefect
from data.drawing.device.design import designs, draw_device
from data.drawing.optics.light import Light, Lighting
from data.drawing.scene.drawn_photo import DrawnDefect, DrawnPhoto, seen_mask
from data.drawing.scene.mask_size import box_of
from data.drawing.scene.render import is_change_seen, visible_change
from data.drawing.surface import raster
from data.drawing.surface.canvas import Face, Material, ScreenFace, new_face, unit
from data.drawing.surface.raster import Mask, Plane, Points
from data.drawing.surface.shape import rectangle
from data.sizes import typical_dimensions

_PASTED = frozenset(DefectKind) - {DefectKind.MISSING_PART, DefectKind.BENT, DefectKind.SWELLING}
_MOST_PX_PER_MM = 30.0
_LEAST_MASK_PX = 5
_DISPLAYED = frozenset({DeviceClass.PHONE, DeviceClass.TABLET, DeviceClass.LAPTOP})


def draw_on_photo(
    rng: np.random.Generator,
    pixels: Mask,
    quad: Points | None,
    *,
    device_class: DeviceClass,
    kinds: Sequence[DefectKind],
    view: View = View.FRONT_ON,
) -> DrawnPhoto:
    """Return a (H, W, 3) uint8 photo with defects drawn onto the face that `quad` bounds.

    The quad holds the face's corners in pixels, clockwise from its top left, (4, 2); None means that the
    whole photo is the face. Sizes in mm stand on the typical size of the class. Raises UndrawableDefect for
    kinds that need the device's inside or outline: missing_part, bent, swelling.
    """
    wrong = set(kinds) - _PASTED
    if wrong:
        raise UndrawableDefect(
            f"{', '.join(sorted(wrong))} can't be drawn onto a photo; ask for {', '.join(sorted(_PASTED))}"
        )
    height, width = pixels.shape[:2]
    corners = rectangle(0, 0, width, height) if quad is None else np.asarray(quad, dtype=np.float64)
    light = (pixels.astype(np.float32) / np.float32(255)) ** 2
    face, to_photo = _lift_face(light, corners, device_class, view)
    lighting = _guess_lighting(rng, face)
    planned = [plan_defect(rng, kind, view.surface, None) for kind in kinds]
    masks, change = _paint(rng, face, lighting, planned, device_class)
    drawn, carried = _carry_back(rng, light, change, masks, to_photo @ np.linalg.inv(face.matrix()))
    outline = np.zeros((height, width), np.uint8)
    raster.fill(outline, [corners])
    device = np.where(outline > 127, 255, 0).astype(np.uint8)
    return DrawnPhoto(
        pixels=drawn,
        device_mask=device,
        defects=_listed(planned, carried, device, np.linalg.inv(to_photo).astype(np.float64)),
        device_class=device_class,
        view=view,
        light=lighting.light,
        design="photo",
        box=box_of(device),
    )


def _lift_face(
    light: Plane, corners: Points, device_class: DeviceClass, view: View
) -> tuple[ScreenFace, Points]:
    size = typical_dimensions(device_class)
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    across, along = float(sides[0] + sides[2]), float(sides[1] + sides[3])
    short, long = sorted((size.width_mm, size.height_mm))
    width_mm, height_mm = (long, short) if across > along else (short, long)
    scale = min(_MOST_PX_PER_MM, max(0.5, 0.5 * float(np.sqrt(across * along / (width_mm * height_mm)))))
    is_glass = device_class in _DISPLAYED and view.surface is Surface.FRONT
    face = new_face(
        width_mm,
        height_mm,
        0.06 * short,
        scale=scale,
        colour=(0.0, 0.0, 0.0),
        gloss=0.0,
        material=Material.GLASS if is_glass else Material.PAINT,
    )
    to_photo = raster.homography(rectangle(0, 0, width_mm, height_mm), corners)
    rows, columns = face.shape
    back = np.asarray(face.matrix() @ np.linalg.inv(to_photo), dtype=np.float64)
    face.albedo = raster.warp(light, back, columns, rows)
    inset = 0.05 * short
    screen = rectangle(inset, inset, width_mm - 2 * inset, height_mm - 2 * inset)
    return face.with_screen(screen), to_photo


def _guess_lighting(rng: np.random.Generator, face: Face) -> Lighting:
    """Take the light as bright as the photo's brighter parts, from any side."""
    bright = float(np.percentile(face.albedo, 90))
    level = float(np.clip(0.25 + bright, 0.3, 1.0) * rng.uniform(0.7, 1.3))
    return Lighting(
        light=Light.DIFFUSE,
        colour=(level, level, level),
        towards_rad=float(rng.uniform(0, 2 * np.pi)),
        scatter=float(rng.uniform(0.4, 0.9)),
        ramp=0.0,
        seed=0,
    )


def _paint(
    rng: np.random.Generator,
    face: Face,
    lighting: Lighting,
    planned: list[PlannedDefect],
    device_class: DeviceClass,
) -> tuple[list[Mask], Plane]:
    known = designs(device_class) or designs(DeviceClass.PHONE)
    device = draw_device(rng, known[0])
    before = face.albedo.copy()
    masks = [paint_defect(face, device, lighting, defect) for defect in planned]
    after = _sent(face, lighting)
    seen = visible_change(before[::2, ::2], after[::2, ::2])
    masks = [mask if is_change_seen(seen, mask) else np.zeros_like(mask) for mask in masks]
    return masks, (after - before) * unit(face.alpha)[..., None]


def _sent(face: Face, lighting: Lighting) -> Plane:
    """Return what the damaged face sends to the camera, the photo's own light unchanged elsewhere."""
    sent = face.albedo + face.emission
    if face.slope is not None:
        lean = face.slope @ lighting.towards.astype(np.float32)
        sent = sent * (1 + np.float32(0.6) * np.tanh(np.float32(1.5) * lean))[..., None]
    thrown = face.scatter * np.float32(lighting.scatter)
    return np.asarray(sent + thrown[..., None] * np.asarray(lighting.colour, np.float32), dtype=np.float32)


def _carry_back(
    rng: np.random.Generator, light: Plane, change: Plane, masks: list[Mask], to_photo: Points
) -> tuple[Mask, list[Mask]]:
    height, width = light.shape[:2]
    moved = raster.warp(raster.blur(change, float(rng.uniform(0.2, 0.8))), to_photo, width, height)
    shown = np.sqrt(np.clip(light + moved, 0, 1))
    pixels = (shown * 255 + np.float32(0.5)).astype(np.uint8)
    carried = [raster.warp_mask(mask, to_photo, width, height) for mask in masks]
    return raster.through_jpeg(pixels, int(rng.integers(70, 97))), carried


def _listed(
    planned: list[PlannedDefect], masks: list[Mask], device: Mask, photo_to_mm: Points
) -> tuple[DrawnDefect, ...]:
    shown = ((defect, seen_mask(mask, device)) for defect, mask in zip(planned, masks, strict=True))
    return tuple(
        DrawnDefect.of(defect, mask, photo_to_mm)
        for defect, mask in shown
        if np.count_nonzero(mask) >= _LEAST_MASK_PX
    )
