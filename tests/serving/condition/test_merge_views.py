"""One defect in several photos counts once, two count twice, in any order of the photos."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.condition import Box, DefectFinding
from data.defect import DefectKind, Severity
from data.device import DeviceClass, Surface, View
from data.drawing.optics.light import Light
from data.drawing.photos import draw_scene, draw_shot, render
from serving.condition.device_side import DeviceSide
from serving.condition.inference import read_contract
from serving.condition.measuring import read_measuring
from serving.condition.merge_views import merge
from serving.condition.photo_defects import PlacedDefect, Spot
from serving.condition.photo_findings import SideFindings, SidePhoto, find_on_side
from serving.condition.rulebook import Rulebook
from serving.release import open_release
from tests.serving.condition.perfect_prediction import perfect_prediction

MEASURING = read_measuring()
FACE = DeviceSide(np.eye(3), 72.0, 150.0, is_measured=True, outline_sd=0.04)
CELL_MM = 2.0


def line(x, y, length_mm=10.0, angle=0.0):
    steps = np.linspace(-0.5, 0.5, 9)[:, None] * length_mm
    return np.array([x, y]) + steps * [np.cos(angle), np.sin(angle)]


def found(photo, points, kind=DefectKind.SCRATCH, probability=0.9, surface=Surface.FRONT, length_mm=None):
    length = float(np.hypot(*(points[-1] - points[0]))) if length_mm is None else length_mm
    finding = DefectFinding(
        kind, surface, photo, probability, Box(0, 0, 1, 1), Severity.VISIBLE, length, length * CELL_MM, 1.0
    )
    return PlacedDefect(finding, Spot(points, CELL_MM))


def shown_side(*items, surface=Surface.FRONT):
    return SideFindings(surface, FACE, items)


def unplaced(photo, kind=DefectKind.SCRATCH):
    box = Box(0, 0, 1, 1)
    finding = DefectFinding(kind, Surface.FRONT, photo, 0.7, box, Severity.VISIBLE, None, None, None)
    return PlacedDefect(finding, None)


def test_a_scratch_in_three_photos_of_the_front_counts_once():
    shifts = (0.0, 3.0, -2.0)
    photos = [shown_side(found(index, line(30 + dx, 60 - dx))) for index, dx in enumerate(shifts)]
    [defect] = merge(photos, MEASURING)
    assert {finding.photo for finding in defect.findings} == {0, 1, 2}
    assert defect.name == "front-scratch-1"


def test_scratches_far_apart_count_each():
    # Half a turn would lay the second on the first, but one finding is too little to tell.
    photos = [shown_side(found(0, line(15, 30))), shown_side(found(1, line(57, 120)))]
    assert len(merge(photos, MEASURING)) == 2


def test_two_scratches_of_one_photo_are_never_merged():
    close = shown_side(found(0, line(30, 60)), found(0, line(31, 62)))
    assert len(merge([close, shown_side(found(1, line(30, 61)))], MEASURING)) == 2


@pytest.mark.parametrize(
    ("kind", "surface"), [(DefectKind.CHIP, Surface.FRONT), (DefectKind.SCRATCH, Surface.BACK)]
)
def test_another_kind_or_surface_is_another_defect(kind, surface):
    other = shown_side(found(1, line(30, 60), kind=kind, surface=surface), surface=surface)
    assert len(merge([shown_side(found(0, line(30, 60))), other], MEASURING)) == 2


def test_sides_that_are_not_known_are_never_taken_for_one():
    photos = [
        shown_side(found(index, line(30, 60), surface=Surface.UNKNOWN), surface=Surface.UNKNOWN)
        for index in range(2)
    ]
    assert len(merge(photos, MEASURING)) == 2


def test_a_part_of_a_long_scratch_is_the_same_scratch_and_keeps_its_length():
    whole, part = line(36, 75, length_mm=60, angle=1.2), line(33, 66, length_mm=15, angle=1.2)
    [defect] = merge([shown_side(found(0, part, probability=0.95)), shown_side(found(1, whole))], MEASURING)
    assert defect.longest is not None
    assert defect.longest.length_mm == pytest.approx(60)
    assert defect.probability == 0.95


def test_a_photo_that_does_not_show_it_takes_nothing_away():
    alone = merge([shown_side(found(0, line(30, 60)))], MEASURING)
    assert merge([shown_side(found(0, line(30, 60))), shown_side()], MEASURING) == alone


def test_an_upside_down_photo_is_turned():
    spots = [line(20, 20), line(50, 30, angle=0.7), line(15, 60, angle=1.5)]
    upright = shown_side(*(found(0, spot) for spot in spots))
    turned = shown_side(*(found(1, np.array([72.0, 150.0]) - spot) for spot in spots))
    assert len(merge([upright, turned], MEASURING)) == 3


def test_what_has_no_place_of_its_own_belongs_to_what_has():
    assert len(merge([shown_side(found(0, line(30, 60))), shown_side(unplaced(1))], MEASURING)) == 1
    assert len(merge([shown_side(unplaced(0)), shown_side(unplaced(1))], MEASURING)) == 1


places = st.tuples(st.floats(5, 67), st.floats(5, 145), st.floats(2, 40), st.floats(0, 3.1))


@settings(max_examples=150)
@given(st.lists(st.lists(places, max_size=4), min_size=1, max_size=4))
def test_no_photo_shows_more_of_a_kind_than_are_counted(photos):
    shown = [
        shown_side(*(found(index, line(x, y, length, angle)) for x, y, length, angle in spots))
        for index, spots in enumerate(photos)
    ]
    defects = merge(shown, MEASURING)
    assert len(defects) >= max(len(spots) for spots in photos)
    assert len(defects) <= sum(len(spots) for spots in photos)
    named = [finding for defect in defects for finding in defect.findings]
    assert len(named) == sum(len(spots) for spots in photos)


@pytest.fixture(scope="module")
def drawn():
    """Return drawn phones with 1 to 3 marks on the front, each shot three times in other poses."""
    rules, contract = Rulebook.read(), read_contract(open_release("condition").manifest)
    phones = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        scene, _ = draw_scene(rng, device_class=DeviceClass.PHONE, view=View.FRONT_OFF, kinds=())
        for _ in range(1 + seed % 3):
            scene = scene.with_defect(rng, DefectKind.SCRATCH, severity=Severity.DEEP)
        photos = []
        for index, view in enumerate((View.FRONT_OFF, View.FRONT_ON, View.FRONT_RAKING)):
            shot = draw_shot(rng, scene.device, view, light=Light.RAKING, long_side_px=900)
            upright = replace(shot.pose, roll_rad=float(np.clip(shot.pose.roll_rad, -0.4, 0.4)))
            photo = render(scene, replace(shot, pose=upright))
            height, width = photo.device_mask.shape
            exposure = SidePhoto(index, width, height, Surface.FRONT, perfect_prediction(photo))
            size = rules.sizes.size_of(DeviceClass.PHONE)
            photos.append(find_on_side(exposure, contract, rules, DeviceClass.PHONE, size))
        phones.append(photos)
    return phones


def test_drawn_marks_shot_from_three_sides_are_counted_once(drawn):
    """Perfectly seen: what a single photo shows at most is what there is."""
    right = [len(merge(photos, MEASURING)) == max(len(photo.found) for photo in photos) for photos in drawn]
    assert sum(right) >= 4


def test_drawn_marks_are_counted_alike_in_any_order_of_the_photos(drawn):
    for photos in drawn:
        counts = {len(merge(order, MEASURING)) for order in itertools.permutations(photos)}
        assert len(counts) == 1
