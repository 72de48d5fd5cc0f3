"""Bent bodies: how far the kink leaves the line of the device, from the front and from the side."""

from dataclasses import replace

import numpy as np
import pytest

from data.defect import DefectKind, Severity
from data.device import DeviceClass, Surface, View
from data.drawing.damage.planned_defect import PlannedDefect
from data.drawing.damage.seen_through import seen_on
from data.drawing.device.body import Panel
from data.drawing.optics.pose import Pose, Projector
from data.drawing.photos import draw_scene, draw_shot, render
from data.drawing.scene.background import Setting
from data.drawing.scene.bent_body import Bent, aside_px, lift_px
from data.drawing.surface.bend_profile import Bend
from data.drawing.surface.raster import homography
from data.drawing.surface.shape import rectangle

CORNERS = np.array([(-35, -75, 0), (35, -75, 0), (35, 75, 0), (-35, 75, 0)], float)
PANEL = Panel(Surface.FRONT, "front", 70.0, 150.0, CORNERS)
EDGE = Panel(Surface.LEFT, "edge", 150.0, 8.0, np.array([(-75, -4, 0), (75, -4, 0), (75, 4, 0), (-75, 4, 0)]))
UPRIGHT = Bend(is_upright=True, middle_mm=75.0, half_mm=50.0, softness=0.2, height_mm=4.0)


def seen(pitch=0.0, yaw=0.0, panel=PANEL):
    pose = Pose(0.0, pitch, yaw, distance=3.0, filling=0.9, centre_x=0.0, centre_y=0.0)
    return Projector(pose, panel.corners, 600, 900)


@pytest.mark.parametrize(
    ("pitch", "yaw", "is_seen"), [(0.0, 0.0, False), (0.5, 0.0, False), (0.0, 0.5, True)]
)
def test_a_face_shows_a_bend_only_when_turned_about_its_longer_side(pitch, yaw, is_seen):
    assert bool(aside_px(UPRIGHT, PANEL, seen(pitch, yaw)) > 5.0) is is_seen


def test_an_edge_shows_all_of_a_bend():
    flat = Bend(is_upright=False, middle_mm=75.0, half_mm=50.0, softness=0.2, height_mm=4.0)
    projector = seen(panel=EDGE)
    px_per_mm = np.ptp(projector.project(EDGE.corners)[:, 0]) / 150.0
    assert aside_px(flat, EDGE, projector) == pytest.approx(4.0 * px_per_mm, rel=0.02)


def test_a_bend_rises_to_its_height_and_is_flat_past_its_ends():
    rise = UPRIGHT.rise(np.array([0.0, 25.0, 75.0, 125.0, 150.0], np.float32))
    assert (rise[[0, 4]] == 0.0).all()
    assert (rise[[1, 3]] < 0.2).all()
    assert rise[2] == pytest.approx(1.0, abs=0.01)


def test_a_mask_is_moved_most_in_the_middle_and_not_at_the_ends():
    projector = seen(yaw=0.6)
    to_photo = homography(rectangle(0, 0, 70.0, 150.0), projector.project(CORNERS))
    device = np.zeros((900, 600), np.uint8)
    device[60:840, 200:400] = 255
    lift = lift_px(UPRIGHT, PANEL, projector)
    moved = Bent.around(device, UPRIGHT, lift, np.linalg.inv(to_photo).astype(np.float64)).mask(device)
    first = [int((moved[row] > 127).argmax()) for row in (70, 450, 830)]
    assert first[0] == first[2] == 200
    assert first[1] - 200 == pytest.approx(lift[0], abs=2.0)


@pytest.mark.parametrize("device_class", [DeviceClass.PHONE, DeviceClass.NETWORK_GEAR])
@pytest.mark.parametrize("other", [Surface.BACK, Surface.LEFT, Surface.RIGHT, Surface.TOP, Surface.BOTTOM])
def test_a_bend_looked_at_from_another_side_and_back_is_the_same_bend(device_class, other):
    device = phone(device_class)
    bend = PlannedDefect(DefectKind.BENT, Surface.FRONT, Severity.DEEP, seed=4)
    there = seen_on(bend, other, device)
    along_the_length = (
        {Surface.LEFT, Surface.RIGHT}
        if device.height_mm >= device.width_mm
        else {Surface.TOP, Surface.BOTTOM}
    )
    assert (there is not None) == (other in along_the_length | {Surface.BACK})
    assert there is None or seen_on(there, Surface.FRONT, device) == bend


def test_what_lies_on_one_side_is_not_seen_on_another():
    crack = PlannedDefect(DefectKind.CRACK, Surface.FRONT, Severity.DEEP, seed=4)
    assert seen_on(crack, Surface.BACK, phone(DeviceClass.PHONE)) is None
    lid = PlannedDefect(DefectKind.BENT, Surface.BACK, Severity.DEEP, seed=4)
    assert seen_on(lid, Surface.LEFT, phone(DeviceClass.LAPTOP)) is None


@pytest.mark.parametrize("side", [Surface.FRONT, Surface.BACK])
def test_a_swelling_shows_on_its_own_side_and_on_every_edge(side):
    device = phone(DeviceClass.PHONE)
    swelling = PlannedDefect(DefectKind.SWELLING, side, Severity.DEEP, seed=4)
    other = Surface.BACK if side is Surface.FRONT else Surface.FRONT
    assert seen_on(swelling, other, device) is None
    for edge in (Surface.LEFT, Surface.RIGHT, Surface.TOP, Surface.BOTTOM):
        there = seen_on(swelling, edge, device)
        assert there is not None
        assert seen_on(there, side, device) == swelling
        assert seen_on(there, other, device) is None


def test_an_edge_bulges_on_the_side_that_swells():
    """With the front up, a swollen front rises above the outline and a swollen back hangs below."""
    straight, front, back = (edge_outline(side) for side in (None, Surface.FRONT, Surface.BACK))
    rise = (straight - front)[0], (back - straight)[1]
    assert min(part.max() for part in rise) > 2
    assert np.array_equal(front[1], straight[1])
    assert np.array_equal(back[0], straight[0])


def edge_outline(side):
    """Return the upper and lower outline, (2, columns) in pixels, of a phone's edge; `side` is swollen."""
    rng = np.random.default_rng(1)
    scene, _ = draw_scene(rng, device_class=DeviceClass.PHONE, kinds=(), view=View.FRONT_OFF)
    if side is not None:
        scene = scene.with_defect(rng, DefectKind.SWELLING, surface=side, severity=Severity.DEEP)
    mask = straight_on(scene, View.LEFT).device_mask > 127
    columns = np.flatnonzero(mask.any(axis=0))[10:-10]
    low = mask.shape[0] - mask[::-1].argmax(axis=0)
    return np.stack([mask.argmax(axis=0), low])[:, columns].astype(float)


def test_both_long_edges_show_one_bend_the_other_way_round():
    """With the front up, a phone's top is on the left of its left edge and on the right of its right one."""
    heights = [outline_rise(view) for view in (View.LEFT, View.RIGHT)]
    assert np.ptp(heights[0]) > 4
    assert np.abs(heights[0] - heights[1][::-1]).max() < 0.35 * np.ptp(heights[0])


def phone(device_class):
    scene, _ = draw_scene(np.random.default_rng(2), device_class=device_class, kinds=(), view=View.FRONT_OFF)
    return scene.device


def outline_rise(view):
    """Return where the upper outline of a phone bent on its front runs, in pixels, over its length."""
    rng = np.random.default_rng(1)
    scene, _ = draw_scene(rng, device_class=DeviceClass.PHONE, kinds=(), view=View.FRONT_OFF)
    scene = scene.with_defect(rng, DefectKind.BENT, surface=Surface.FRONT, severity=Severity.DEEP)
    mask = straight_on(scene, view).device_mask > 127
    columns = np.flatnonzero(mask.any(axis=0))[10:-10]
    return mask.argmax(axis=0)[columns].astype(float)


def straight_on(scene, view):
    """Render a view without any tilt, 420 px wide."""
    shot = draw_shot(np.random.default_rng(9), scene.device, view, long_side_px=420)
    straight = Pose(0.0, 0.0, 0.0, distance=3.0, filling=0.9, centre_x=0.0, centre_y=0.0)
    shot = replace(shot, pose=straight, hand=None, setting=Setting.LIGHT_BOX, width_px=420, height_px=420)
    return render(scene, shot)
