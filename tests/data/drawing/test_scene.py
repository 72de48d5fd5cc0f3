"""The same device with and without a defect differs where the mask says, and sizes follow the geometry."""

from dataclasses import replace

import numpy as np
import pytest

from data.defect import DefectKind, Severity
from data.device import DeviceClass, Surface, View
from data.drawing.damage.drawable import drawable
from data.drawing.device.body import body_of
from data.drawing.optics.pose import Pose
from data.drawing.photos import Light, draw_scene, draw_shot, render
from data.drawing.scene.mask_size import size_of
from data.drawing.scene.scene import _CLASS_SHARES
from data.drawing.surface import raster
from data.drawing.surface.raster import grow

PLACES = {
    DefectKind.CRACK: (DeviceClass.PHONE, View.FRONT_OFF),
    DefectKind.SCRATCH: (DeviceClass.PHONE, View.FRONT_OFF),
    DefectKind.DENT: (DeviceClass.TABLET, View.BACK),
    DefectKind.CHIP: (DeviceClass.PHONE, View.FRONT_OFF),
    DefectKind.BENT: (DeviceClass.PHONE, View.LEFT),
    DefectKind.COATING_LOSS: (DeviceClass.PHONE, View.BACK),
    DefectKind.DISCOLOURATION: (DeviceClass.ROUTER, View.FRONT_OFF),
    DefectKind.MISSING_PART: (DeviceClass.LAPTOP, View.FRONT_OFF),
    DefectKind.DISPLAY_FAULT: (DeviceClass.PHONE, View.FRONT_ON),
    DefectKind.SWELLING: (DeviceClass.PHONE, View.BACK),
    DefectKind.OIL: (DeviceClass.PHONE, View.FRONT_OFF),
    DefectKind.STAIN: (DeviceClass.PHONE, View.FRONT_OFF),
    DefectKind.DUST: (DeviceClass.PHONE, View.FRONT_OFF),
}
STRAIGHT_ON = Pose(0.0, 0.0, 0.0, 3.0, 0.9, 0.0, 0.0)


def shot_of(scene, view, *, seed=2, px=480):
    """Return a shot by a sharp, quiet camera with nothing in front of the device."""
    shot = draw_shot(np.random.default_rng(seed), scene.device, view, light=Light.DIFFUSE, long_side_px=px)
    camera = replace(
        shot.camera, noise=0.0, blur_px=0.0, shake_px=0.0, sharpening=0.0, jpeg_quality=96, glare=0.0
    )
    return replace(shot, camera=camera, hand=None)


@pytest.mark.parametrize("kind", DefectKind)
def test_a_defect_changes_the_photo_inside_its_mask_and_hardly_outside(kind):
    device_class, view = PLACES[kind]
    inside, outside, seen = [], [], 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        intact, _ = draw_scene(rng, device_class=device_class, view=view, kinds=())
        damaged = intact.with_defect(rng, kind, surface=view.surface, severity=Severity.DEEP)
        shot = shot_of(intact, view, seed=seed)
        clean, dirty = render(intact, shot), render(damaged, shot)
        mask = dirty.mask(kind)
        seen += bool(mask.any())
        change = np.abs(clean.pixels.astype(int) - dirty.pixels.astype(int)).max(axis=2)
        inside.append(change[mask > 0].mean() if mask.any() else 0)
        # Where a bent body was before, the background shows.
        outside.append(change[grow(mask, 25 if kind is DefectKind.BENT else 5) == 0].mean())

    assert seen >= 4
    assert np.mean(inside) > 6
    assert np.mean(outside) < 0.8
    assert np.mean(inside) > 12 * np.mean(outside)


@pytest.mark.parametrize("device_class", [name for name in DeviceClass if name is not DeviceClass.OTHER])
def test_everything_that_is_called_drawable_draws(device_class):
    for view in (View.FRONT_ON, View.BACK, View.BOTTOM, View.LABEL):
        kinds = drawable(device_class, view)
        rng = np.random.default_rng(3)
        scene, _ = draw_scene(rng, device_class=device_class, view=view, kinds=kinds)
        shown = {defect.kind for defect in render(scene, shot_of(scene, view)).defects}
        assert shown <= set(kinds)
        assert len(shown) >= len(kinds) / 2


def test_every_class_that_can_be_drawn_has_its_share():
    assert set(_CLASS_SHARES) == set(DeviceClass) - {DeviceClass.OTHER}


def test_more_damage_keeps_what_was_there():
    rng = np.random.default_rng(4)
    scene, view = draw_scene(
        rng, device_class=DeviceClass.PHONE, view=View.FRONT_OFF, kinds=(DefectKind.CRACK,)
    )
    shot = shot_of(scene, view)
    before = render(scene, shot)
    after = render(scene.with_defect(rng, DefectKind.SCRATCH, severity=Severity.DEEP), shot)

    assert [d.kind for d in before.defects] == [DefectKind.CRACK]
    assert {d.kind for d in after.defects} == {DefectKind.CRACK, DefectKind.SCRATCH}
    assert np.array_equal(before.mask(DefectKind.CRACK), after.mask(DefectKind.CRACK))


def test_a_defect_shows_only_from_its_own_side():
    rng = np.random.default_rng(5)
    scene, _ = draw_scene(rng, device_class=DeviceClass.PHONE, view=View.BACK, kinds=(DefectKind.CRACK,))

    assert render(scene, shot_of(scene, View.FRONT_OFF)).defects == ()
    assert render(scene, shot_of(scene, View.BACK)).defects[0].surface is Surface.BACK


def test_one_defect_has_the_same_size_at_any_resolution():
    rng = np.random.default_rng(6)
    scene, view = draw_scene(rng, device_class=DeviceClass.TABLET, view=View.BACK, kinds=())
    scene = scene.with_defect(rng, DefectKind.DENT, surface=Surface.BACK, severity=Severity.DEEP)
    small, large = (render(scene, shot_of(scene, view, px=px)).defects[0] for px in (500, 1000))

    assert small.length_mm == pytest.approx(large.length_mm, rel=0.08)
    assert small.area_mm2 == pytest.approx(large.area_mm2, rel=0.12)


def test_a_tilted_camera_does_not_change_the_size_of_a_defect():
    rng = np.random.default_rng(7)
    scene, view = draw_scene(rng, device_class=DeviceClass.TABLET, view=View.BACK, kinds=())
    scene = scene.with_defect(rng, DefectKind.DENT, surface=Surface.BACK, severity=Severity.DEEP)
    shot = replace(shot_of(scene, view, px=900), pose=STRAIGHT_ON)
    tilted = replace(shot, pose=replace(STRAIGHT_ON, pitch_rad=0.5, yaw_rad=-0.4, roll_rad=0.7))
    flat, turned = render(scene, shot).defects[0], render(scene, tilted).defects[0]

    assert turned.length_mm == pytest.approx(flat.length_mm, rel=0.08)
    assert turned.area_mm2 == pytest.approx(flat.area_mm2, rel=0.12)


def test_a_mask_as_large_as_the_face_measures_as_the_face():
    scene, view = draw_scene(
        np.random.default_rng(8), device_class=DeviceClass.PHONE, view=View.BACK, kinds=()
    )
    panel = body_of(scene.device, view).panels[0]
    corners = np.array([[40.0, 30.0], [260, 50], [240, 560], [60, 540]])
    face = np.array([[0, 0], [panel.width_mm, 0], [panel.width_mm, panel.height_mm], [0, panel.height_mm]])
    mask = np.zeros((600, 300), np.uint8)
    raster.fill(mask, [corners])
    size = size_of(mask, np.linalg.inv(raster.homography(face, corners)).astype(np.float64))

    assert size.area_mm2 == pytest.approx(panel.width_mm * panel.height_mm, rel=0.03)
    assert size.length_mm == pytest.approx(np.hypot(panel.width_mm, panel.height_mm), rel=0.03)


def test_a_finger_over_a_defect_takes_it_out_of_the_mask():
    rng = np.random.default_rng(9)
    scene, view = draw_scene(
        rng, device_class=DeviceClass.PHONE, view=View.FRONT_OFF, kinds=(DefectKind.DUST,)
    )
    shots = (
        draw_shot(np.random.default_rng(seed), scene.device, view, light=Light.DIFFUSE, long_side_px=400)
        for seed in range(20)
    )
    held = next(shot for shot in shots if shot.hand is not None)
    free = render(scene, replace(held, hand=None))
    covered = render(scene, held)

    assert (covered.device_mask > 0).sum() < (free.device_mask > 0).sum()
    assert not ((covered.mask(DefectKind.DUST) > 0) & (covered.device_mask == 0)).any()


def test_swelling_opens_the_outline_of_an_edge():
    rng = np.random.default_rng(10)
    intact, _ = draw_scene(rng, device_class=DeviceClass.PHONE, view=View.LEFT, kinds=())
    swollen = intact.with_defect(rng, DefectKind.SWELLING, surface=Surface.LEFT, severity=Severity.DEEP)
    shot = replace(shot_of(intact, View.LEFT), pose=STRAIGHT_ON)

    flat, bowed = (int((render(scene, shot).device_mask > 0).sum()) for scene in (intact, swollen))
    assert bowed > 1.05 * flat


@pytest.mark.parametrize("surface", [Surface.LEFT, Surface.TOP])
def test_bending_curves_face_sides_and_outline_of_an_edge_together(surface):
    view = View(surface.value)
    rng = np.random.default_rng(11)
    straight, _ = draw_scene(rng, device_class=DeviceClass.PHONE, view=view, kinds=())
    bent = straight.with_defect(rng, DefectKind.BENT, surface=surface, severity=Severity.DEEP)
    shot = replace(shot_of(straight, view), pose=STRAIGHT_ON)

    for scene, is_curved in ((straight, False), (bent, True)):
        mask = render(scene, shot).device_mask > 0
        columns = np.flatnonzero(mask.any(axis=0))
        columns = columns[len(columns) // 10 : -(len(columns) // 10)]
        top, bottom = mask[:, columns].argmax(axis=0), mask[::-1, columns].argmax(axis=0)
        spans = np.ptp(top), np.ptp(bottom)
        assert bool(min(spans) >= 4) is is_curved
        assert abs(int(spans[0]) - int(spans[1])) <= 2


def test_a_bent_face_is_seen_to_curve_only_when_it_is_tilted():
    rng = np.random.default_rng(12)
    straight, _ = draw_scene(rng, device_class=DeviceClass.PHONE, view=View.BACK, kinds=())
    bent = straight.with_defect(rng, DefectKind.BENT, surface=Surface.BACK, severity=Severity.DEEP)
    changed = {}
    for yaw in (0.0, 0.5):
        shot = replace(shot_of(straight, View.BACK), pose=replace(STRAIGHT_ON, yaw_rad=yaw))
        masks = [render(scene, shot).device_mask > 0 for scene in (straight, bent)]
        changed[yaw] = (masks[0] != masks[1]).sum() / masks[0].sum()

    assert changed[0.0] < 0.01 < 0.02 < changed[0.5]
