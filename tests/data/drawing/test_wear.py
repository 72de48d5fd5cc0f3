"""Wear lies where hands and tables rub, sizes follow the severity in millimetres, finishes are no wear."""

from dataclasses import replace

import numpy as np
import pytest

from data.defect import DefectKind, Severity
from data.device import DeviceClass, Surface, View
from data.drawing.damage.drawable import can_lose_part, drawable, paint_defect
from data.drawing.damage.planned_defect import PlannedDefect
from data.drawing.device import finish
from data.drawing.device.design import draw_device, find_design
from data.drawing.device.slab import paint_back
from data.drawing.optics.light import draw_lighting
from data.drawing.optics.pose import Pose
from data.drawing.photos import Light, draw_scene, draw_shot, render
from data.drawing.surface.raster import distance

STRAIGHT_ON = Pose(0.0, 0.0, 0.0, 3.0, 0.9, 0.0, 0.0)
# Kind -> severity -> the least and the most millimetres its longest extent may have on a phone's back.
LENGTHS_MM = {
    DefectKind.CHIP: {Severity.MICRO: (0.8, 4.0), Severity.VISIBLE: (2.0, 8.0), Severity.DEEP: (3.5, 15.0)},
    DefectKind.DENT: {Severity.MICRO: (1.5, 10.0), Severity.VISIBLE: (3.5, 21.0), Severity.DEEP: (7.0, 44.0)},
    DefectKind.STAIN: {
        Severity.MICRO: (0.8, 160.0),
        Severity.VISIBLE: (1.5, 160.0),
        Severity.DEEP: (2.0, 160.0),
    },
}


def back_with(kind, severity, seed, *, px=900):
    rng = np.random.default_rng(seed)
    scene, view = draw_scene(rng, device_class=DeviceClass.PHONE, view=View.BACK, kinds=())
    scene = replace(scene, device=replace(scene.device, case=None))
    scene = scene.with_defect(rng, kind, surface=view.surface, severity=severity)
    shot = draw_shot(rng, scene.device, view, light=Light.DIFFUSE, long_side_px=px)
    camera = replace(shot.camera, noise=0.0, blur_px=0.0, shake_px=0.0)
    return render(scene, replace(shot, camera=camera, hand=None, pose=STRAIGHT_ON)), scene.device


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("kind", LENGTHS_MM)
def test_a_severity_keeps_to_its_size_in_millimetres(kind, severity):
    least, most = LENGTHS_MM[kind][severity]
    lengths = [d.length_mm for seed in range(6) for d in back_with(kind, severity, seed)[0].defects]

    assert lengths
    assert least <= min(lengths)
    assert max(lengths) <= most


@pytest.mark.parametrize("kind", [DefectKind.CHIP, DefectKind.COATING_LOSS, DefectKind.DISCOLOURATION])
def test_worse_wear_covers_more_of_the_device(kind):
    areas = []
    for severity in (Severity.MICRO, Severity.VISIBLE, Severity.DEEP):
        found = [d.area_mm2 for seed in range(7) for d in back_with(kind, severity, seed, px=500)[0].defects]
        areas.append(np.mean(found))

    assert areas[0] < areas[1] < areas[2]


def test_coating_wears_off_near_the_rim():
    depths_mm = []
    for seed in range(10):
        photo, device = back_with(DefectKind.COATING_LOSS, Severity.VISIBLE, seed, px=640)
        inside_px = distance(photo.device_mask)
        px_per_mm = photo.device_mask.any(axis=1).sum() / device.height_mm
        worn = photo.mask(DefectKind.COATING_LOSS) > 0
        depths_mm += [float(np.percentile(inside_px[worn] / px_per_mm, 80))] if worn.any() else []

    assert len(depths_mm) >= 7
    assert np.median(depths_mm) < 6


def test_coating_and_what_lies_under_it_are_told_apart():
    contrasts = []
    for seed in range(10):
        photo, _ = back_with(DefectKind.COATING_LOSS, Severity.DEEP, seed, px=640)
        worn = photo.mask(DefectKind.COATING_LOSS) > 0
        coated = (photo.device_mask > 0) & ~worn
        grey = photo.pixels.mean(axis=2)
        contrasts += [abs(np.median(grey[worn]) - np.median(grey[coated]))] if worn.any() else []

    assert len(contrasts) >= 8
    assert np.median(contrasts) > 20


@pytest.mark.parametrize("pattern", range(len(finish._PATTERNS)))
def test_a_finish_changes_an_intact_back_and_is_the_same_each_time(pattern):
    device = draw_device(np.random.default_rng(2), find_design("slab_punch"))
    plain, first, again = (paint_back(device, 2.0) for _ in range(3))
    for face in (first, again):
        finish._PATTERNS[pattern](face, np.random.default_rng(5))

    assert np.array_equal(first.albedo, again.albedo)
    assert np.array_equal(first.scatter, again.scatter)
    assert np.abs(first.albedo - plain.albedo).max() + np.abs(first.scatter - plain.scatter).max() > 0.05


def test_some_intact_backs_wear_a_clear_case_and_none_over_another_case():
    device = draw_device(np.random.default_rng(2), find_design("slab_punch"))
    cased = []
    for seed in range(60):
        one = replace(device, seed=seed, case=None)
        bare, dressed = paint_back(one, 1.0), paint_back(one, 1.0)
        finish.paint_clear_case(dressed, one)
        cased.append(not np.array_equal(bare.albedo, dressed.albedo))
        finish.paint_clear_case(bare, replace(one, case=(0.1, 0.1, 0.1)))
        assert np.array_equal(bare.albedo, paint_back(one, 1.0).albedo)

    assert 0 < sum(cased) < 20


def test_a_missing_part_is_asked_only_of_views_that_have_one():
    assert can_lose_part(find_design("home_button"), View.FRONT_OFF)
    assert not can_lose_part(find_design("slab_punch"), View.FRONT_OFF)
    assert can_lose_part(find_design("slab_punch"), View.BACK)
    assert DefectKind.MISSING_PART not in drawable(DeviceClass.LAPTOP, View.BACK)


def test_nothing_yellows_behind_black_glass():
    assert DefectKind.DISCOLOURATION not in drawable(DeviceClass.PHONE, View.FRONT_OFF)
    assert DefectKind.DISCOLOURATION in drawable(DeviceClass.PHONE, View.FRONT_ON)


def test_wear_leaves_the_cameras_alone():
    rng = np.random.default_rng(3)
    device = replace(draw_device(rng, find_design("slab_notch")), case=None)
    face = paint_back(device, 3.0)
    untouched = face.albedo.copy()
    for seed in range(6):
        defect = PlannedDefect(DefectKind.COATING_LOSS, Surface.BACK, Severity.DEEP, seed)
        paint_defect(face, device, draw_lighting(rng, Light.DIFFUSE), defect)
    inside = face.mask(*face.keep_out) == 255
    changed = np.abs(face.albedo - untouched).max(axis=2) > 0.02

    assert inside.any()
    assert changed.any()
    assert not changed[inside].any()
