"""Render one photo of a scene: background, body, faces with their defects, hand, camera."""

from dataclasses import dataclass, replace

import numpy as np

from data.defect import DefectKind
from data.device import View
from data.drawing.damage.drawable import paint_defect, panel_name
from data.drawing.damage.planned_defect import PlannedDefect
from data.drawing.damage.seen_through import seen_on
from data.drawing.device.body import Body, Panel, Shell, body_of
from data.drawing.device.paint import paint_panel
from data.drawing.optics.camera import take
from data.drawing.optics.light import irradiance, mirror_image, shade
from data.drawing.optics.lit import Lit
from data.drawing.optics.pose import Projector
from data.drawing.scene.background import Setting, draw_background
from data.drawing.scene.bent_body import Bent, aside_px, lift_px
from data.drawing.scene.drawn_photo import DrawnDefect, DrawnPhoto, seen_mask
from data.drawing.scene.hand import cast_shadow, paint_limbs
from data.drawing.scene.mask_size import box_of
from data.drawing.scene.scene import Scene, Shot
from data.drawing.scene.visibility import (
    Visibility,
    clutter_of,
    visibility_of,
    visibility_of_move,
    visible_change,
)
from data.drawing.surface import raster
from data.drawing.surface.bend_profile import Bend
from data.drawing.surface.canvas import Face, unit
from data.drawing.surface.raster import Mask, Plane, Points
from data.drawing.surface.shape import rectangle
from data.homography import carry

_MOST_PX_PER_MM = 48.0
_LEAST_MASK_PX = 10
# Where fingers cover more than this much of a defect, what peeps out must be plain to see.
_LEAST_SHARE = 0.25
_CLEAR_PX = 300
_THIN = 2
# A face seen so far aslant that it covers less is left plain.
_LEAST_ASIDE_PX2 = 400.0
_LINES = frozenset({DefectKind.CRACK})
# Kinds that fade out into what lies beneath: a busy picture hides them.
_BORDERLESS = frozenset({DefectKind.DISCOLOURATION})


@dataclass(frozen=True)
class _PaintedDefect:
    """A defect's mask in the photo and the homography from the photo to its face."""

    defect: PlannedDefect
    mask: Mask
    photo_to_mm: Points
    visibility: Visibility


def render(scene: Scene, shot: Shot) -> DrawnPhoto:
    """Render one photo of a scene; the same scene and shot give the same pixels."""
    width, height = shot.width_px, shot.height_px
    body = body_of(scene.device, shot.view)
    projector = Projector(shot.pose, _anchor(body, shot.view), width, height)
    picture = draw_background(np.random.default_rng(shot.seed), shot.setting, width, height)
    picture *= _ambient(shot, picture)
    first = _to_photo(body.panels[0], projector)
    if shot.hand is not None:
        paint_limbs(picture, shot.hand.behind, first, shot.hand, shot.lighting.towards)
    outlines = [(projector.project(shell.points), shell) for shell in body.shells]
    device = _silhouette(outlines, height, width)
    _drop_shadow(picture, device, shot)
    behind = picture.copy() if any(defect.kind is DefectKind.BENT for defect in scene.defects) else picture
    _paint_shells(picture, outlines, shot)
    found: list[_PaintedDefect] = []
    for panel in body.asides:
        if _is_turned_to_camera(panel, projector):
            found += _paint_panel(picture, device, scene, shot, panel, projector, is_aside=True)[0]
    for panel in body.panels:
        painted, bend = _paint_panel(picture, device, scene, shot, panel, projector)
        found += painted
        if bend is not None:
            found = _bend(picture, behind, device, found, bend, panel, projector)
    whole = device.copy()
    if shot.hand is not None:
        cast_shadow(picture, shot.hand.over, first, shot.lighting.towards)
        over = paint_limbs(picture, shot.hand.over, first, shot.hand, shot.lighting.towards)
        device[over > 127] = 0
    shown = _seen_masks(found, device)
    return DrawnPhoto(
        pixels=take(picture, shot.camera),
        device_mask=np.where(device > 127, 255, 0).astype(np.uint8),
        defects=tuple(
            DrawnDefect.of(item.defect, mask, item.photo_to_mm)
            for item, mask in shown
            if _is_listed(item, mask)
        ),
        faint=_faint(shown),
        device_class=scene.device.device_class,
        view=shot.view,
        light=shot.lighting.light,
        design=scene.device.design.name,
        box=box_of(np.where(whole > 127, 255, 0).astype(np.uint8)),
    )


def _anchor(body: Body, view: View) -> Points:
    panels = [panel.corners for panel in body.panels]
    is_close = view is View.LABEL or body.panels[0].name == "edge"
    return np.concatenate(panels if is_close else [*panels, *(shell.points for shell in body.shells)])


def _ambient(shot: Shot, picture: Plane) -> Plane:
    if shot.setting is Setting.LIGHT_BOX:
        return np.asarray(shot.lighting.colour, np.float32)
    return irradiance((picture.shape[0], picture.shape[1]), shot.lighting)


def _to_photo(panel: Panel, projector: Projector) -> Points:
    corners = rectangle(0, 0, panel.width_mm, panel.height_mm)
    return raster.homography(corners, projector.project(panel.corners))


def _silhouette(outlines: list[tuple[Points, Shell]], height: int, width: int) -> Mask:
    mask = np.zeros((height, width), np.uint8)
    for outline, shell in outlines:
        if _faces_camera(outline, shell):
            raster.fill(mask, [outline])
    return mask


def _faces_camera(outline: Points, shell: Shell) -> bool:
    return not shell.is_one_sided or _area(outline) > 0


def _is_turned_to_camera(panel: Panel, projector: Projector) -> bool:
    return _area(projector.project(panel.corners)) > _LEAST_ASIDE_PX2


def _area(outline: Points) -> float:
    """Return the area of a polygon, negative where it runs anticlockwise."""
    x, y = outline.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2


def _drop_shadow(picture: Plane, device: Mask, shot: Shot) -> None:
    if shot.setting is Setting.HAND:
        return
    height, width = device.shape
    small = raster.resize_mask(device, max(4, width // 4), max(4, height // 4))
    reach = 0.012 * max(height, width) / 4
    offset = np.eye(3)
    offset[:2, 2] = -shot.lighting.towards * reach * 1.5
    soft = raster.blur(unit(raster.warp_mask(small, offset, small.shape[1], small.shape[0])), reach)
    picture *= (1 - np.float32(0.6) * raster.stretch(soft, width, height))[..., None]


def _paint_shells(picture: Plane, outlines: list[tuple[Points, Shell]], shot: Shot) -> None:
    light = np.asarray(shot.lighting.colour, np.float32)
    points = np.concatenate([outline for outline, _ in outlines])
    window, low = _window(points, picture)
    layer = np.zeros((*picture[window].shape[:2], 3), np.uint8)
    cover = np.zeros(layer.shape[:2], np.uint8)
    if not cover.size:
        return
    for outline, shell in outlines:
        if _faces_camera(outline, shell):
            shown = np.sqrt(np.clip(np.asarray(shell.colour, np.float32) * light, 0, 1)) * 255
            raster.fill_colour(layer, outline - low, shown)
            raster.fill(cover, [outline - low])
    part = picture[window]
    part += ((layer.astype(np.float32) * np.float32(1 / 255)) ** 2 - part) * unit(cover)[..., None]


def _window(points: Points, picture: Plane) -> tuple[tuple[slice, slice], Points]:
    height, width = picture.shape[:2]
    low = np.clip(np.floor(points.min(axis=0)).astype(int) - 1, 0, (width, height))
    high = np.clip(np.ceil(points.max(axis=0)).astype(int) + 2, 0, (width, height))
    return (slice(low[1], high[1]), slice(low[0], high[0])), low.astype(np.float64)


def _paint_panel(
    picture: Plane,
    device: Mask,
    scene: Scene,
    shot: Shot,
    panel: Panel,
    projector: Projector,
    *,
    is_aside: bool = False,
) -> tuple[list[_PaintedDefect], Bend | None]:
    """Paint one face with its defects into the photo; return them, and how they bend the body.

    A face that is seen aslant beside the view is bent with it, not by itself.
    """
    to_photo = _to_photo(panel, projector)
    densities = _densities(panel, to_photo)
    scale = _scale(float(densities.max() if is_aside else np.sqrt(densities.prod())))
    face = paint_panel(scene.device, panel, scale, is_on=shot.view is View.FRONT_ON)
    mirrored = mirror_image(face, shot.lighting)
    planned = [
        defect for defect in _defects_on(scene, panel) if not (is_aside and defect.kind is DefectKind.BENT)
    ]
    before = face.thinned(_THIN) if planned else None
    masks = [paint_defect(face, scene.device, shot.lighting, defect) for defect in planned]
    lit = Lit(shade(face, shot.lighting, mirrored), face.alpha, masks, face.matrix())
    lit = lit.squeezed(*(densities / face.scale)) if is_aside else lit
    visibilities: list[Visibility] = []
    if before is not None:
        clean = shade(before, shot.lighting, mirrored[::_THIN, ::_THIN])
        moved = _moved(face, panel, projector)
        visibilities = _visibilities(face, shot, planned, lit, clean, moved)
    placed = lit.place(picture, device, to_photo)
    back = np.linalg.inv(to_photo).astype(np.float64)
    found = zip(planned, placed, visibilities, strict=True)
    return [_PaintedDefect(defect, mask, back, visibility) for defect, mask, visibility in found], face.bend


def _moved(face: Face, panel: Panel, projector: Projector) -> Plane | None:
    """Return by how many photo pixels bending moves each point aside, thinned; None if it does not."""
    if face.bend is None:
        return None
    across, down = face.grid()
    rise = face.bend.rise(down if face.bend.is_upright else across)
    farthest = np.float32(aside_px(face.bend, panel, projector))
    return np.broadcast_to(rise * farthest, face.shape)[::_THIN, ::_THIN]


def _visibilities(
    face: Face, shot: Shot, planned: list[PlannedDefect], lit: Lit, clean: Plane, moved: Plane | None
) -> list[Visibility]:
    """Judge each defect by what changed on the face, thinned by two, as bright as the camera shows it."""
    gain = np.float32(shot.camera.gain)
    light = lit.light[::_THIN, ::_THIN]
    if clean.shape != light.shape:
        clean = raster.average(clean, light.shape[1], light.shape[0])
    # Blurred as the camera does, since a line thinner than a pixel loses its contrast.
    blur_px = 0.8 + shot.camera.blur_px * max(shot.width_px, shot.height_px) / 1000
    change = raster.blur(visible_change(clean * gain, light * gain), blur_px / _THIN)
    length_px = max(face.width_mm, face.height_mm) * face.scale
    found = []
    for defect, mask in zip(planned, lit.masks, strict=True):
        thin = mask[::_THIN, ::_THIN]
        clutter = clutter_of(clean * gain, thin) if defect.kind in _BORDERLESS else 0.0
        is_line = defect.kind in _LINES
        visibility = visibility_of(
            change, thin, px=_THIN, noise=shot.camera.noise, is_line=is_line, clutter=clutter
        )
        if moved is not None and defect.kind is DefectKind.BENT:
            visibility = _visibility_of_bend(visibility, visibility_of_move(moved, thin, length_px=length_px))
        found.append(visibility)
    return found


def _visibility_of_bend(gleam: Visibility, outline: Visibility) -> Visibility:
    """Judge a bend: only its outline shows it for sure, since a band of light is what any lamp leaves."""
    if outline is Visibility.SEEN:
        return Visibility.SEEN
    return Visibility.HIDDEN if gleam is outline is Visibility.HIDDEN else Visibility.FAINT


def _defects_on(scene: Scene, panel: Panel) -> list[PlannedDefect]:
    seen = (seen_on(defect, panel.surface, scene.device) for defect in scene.defects)
    return [defect for defect in seen if defect and panel_name(scene.device, defect) in {None, panel.name}]


def _densities(panel: Panel, to_photo: Points) -> Points:
    """Return how many pixels of the photo a millimetre of the face takes, across and down, on average."""
    width, height = panel.width_mm, panel.height_mm
    corners = carry(rectangle(0, 0, width, height), to_photo)
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return np.array([sides[[0, 2]].mean() / width, sides[[1, 3]].mean() / height])


def _scale(density: float) -> float:
    return min(_MOST_PX_PER_MM, max(0.4, 1.05 * density))


def _bend(
    picture: Plane,
    behind: Plane,
    device: Mask,
    found: list[_PaintedDefect],
    bend: Bend,
    panel: Panel,
    projector: Projector,
) -> list[_PaintedDefect]:
    """Bend all that is painted of the device, in place, and return what was found as it lies then."""
    back = np.linalg.inv(_to_photo(panel, projector)).astype(np.float64)
    bent = Bent.around(device, bend, lift_px(bend, panel, projector), back)
    bent.paint(picture, behind, device)
    device[:] = bent.mask(device)
    return [replace(item, mask=bent.mask(item.mask)) for item in found]


def _seen_masks(found: list[_PaintedDefect], device: Mask) -> list[tuple[_PaintedDefect, Mask]]:
    """Return what fingers and the frame leave of each mask."""
    left = []
    for item in found:
        mask = seen_mask(item.mask, device)
        if np.count_nonzero(mask):
            left.append((item, mask))
    return left


def _faint(shown: list[tuple[_PaintedDefect, Mask]]) -> frozenset[DefectKind]:
    listed = {item.defect.kind for item, mask in shown if _is_listed(item, mask)}
    return (
        frozenset(item.defect.kind for item, _ in shown if item.visibility is not Visibility.HIDDEN) - listed
    )


def _is_listed(item: _PaintedDefect, mask: Mask) -> bool:
    count = int(np.count_nonzero(mask))
    whole = int(np.count_nonzero(item.mask > 90))
    return item.visibility is Visibility.SEEN and count >= min(
        max(_LEAST_MASK_PX, _LEAST_SHARE * whole), _CLEAR_PX
    )
