"""Faces beside an edge: which one is turned to the camera, and what shows on it aslant."""

from dataclasses import replace

import numpy as np
import pytest

from data.defect import DefectKind, Severity
from data.device import DeviceClass, Surface, View
from data.drawing.device.body import body_of
from data.drawing.optics.light import Light
from data.drawing.optics.lit import Lit
from data.drawing.optics.pose import Pose
from data.drawing.photos import draw_scene, draw_shot, render
from data.drawing.scene.background import Setting

EDGES = (View.LEFT, View.RIGHT, View.TOP, View.BOTTOM)


def phone(cracked=None):
    rng = np.random.default_rng(3)
    scene, _ = draw_scene(rng, device_class=DeviceClass.PHONE, kinds=(), view=View.BACK, design="slab_punch")
    if cracked is None:
        return scene
    return scene.with_defect(rng, DefectKind.CRACK, surface=cracked, severity=Severity.DEEP)


def shown_from(scene, view, pitch):
    shot = draw_shot(np.random.default_rng(9), scene.device, view, light=Light.DIFFUSE, long_side_px=700)
    pose = Pose(0.0, pitch, 0.0, distance=3.0, filling=0.9, centre_x=0.0, centre_y=0.0)
    return render(scene, replace(shot, pose=pose, hand=None, setting=Setting.LIGHT_BOX))


@pytest.mark.parametrize("view", EDGES)
def test_both_faces_recede_from_an_edge_and_look_outwards(view):
    front, back = body_of(phone().device, view).asides
    for panel, out in ((front, -1.0), (back, 1.0)):
        right, down = panel.corners[1] - panel.corners[0], panel.corners[3] - panel.corners[0]
        normal = np.cross(right, down)
        assert normal[1] / np.linalg.norm(normal) == pytest.approx(out)
        assert panel.corners[:, 2].max() == 0.0
        assert panel.corners[:, 2].min() < 0.0


def test_the_top_of_the_front_lies_where_the_edge_has_it():
    """With the front up, the top is on the left of the left edge, on the right of the right one."""
    tops = {view: body_of(phone().device, view).asides[0].corners[:2].mean(axis=0) for view in EDGES}
    assert tops[View.LEFT][0] < 0 < tops[View.RIGHT][0]
    assert tops[View.TOP][2] == 0.0
    assert tops[View.BOTTOM][2] < 0.0


@pytest.mark.parametrize("cracked", [Surface.FRONT, Surface.BACK])
def test_a_crack_shows_beside_an_edge_only_where_its_face_is_turned_to_the_camera(cracked):
    shown = [
        {defect.surface for defect in shown_from(phone(cracked), View.LEFT, pitch).defects}
        for pitch in (0.6, -0.6)
    ]
    assert sorted(map(len, shown)) == [0, 1]
    other = Surface.BACK if cracked is Surface.FRONT else Surface.FRONT
    turned = [
        {defect.surface for defect in shown_from(phone(other), View.LEFT, pitch).defects}
        for pitch in (0.6, -0.6)
    ]
    assert shown[0] == ({cracked} if not turned[0] else set())


def test_a_squeezed_face_keeps_its_mean_and_its_places():
    rng = np.random.default_rng(5)
    light = rng.random((60, 120, 3)).astype(np.float32)
    mask = np.zeros((60, 120), np.uint8)
    mask[20:40, 60:90] = 255
    lit = Lit(light, np.full((60, 120), 255, np.uint8), [mask], np.eye(3))
    small = lit.squeezed(1.0, 0.25)
    assert small.light.shape == (15, 120, 3)
    assert small.light.mean() == pytest.approx(light.mean(), abs=1e-3)
    middle = small.mm_to_px @ np.array([74.5, 29.5, 1.0])
    rows, columns = np.nonzero(small.masks[0])
    assert (columns.mean(), rows.mean()) == pytest.approx(middle[:2])
    assert lit.squeezed(1.0, 1.0) is lit
