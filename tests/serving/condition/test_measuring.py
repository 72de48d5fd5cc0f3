"""Lengths in mm: from the device's outline, corrected for perspective, with a doubt that holds."""

from dataclasses import replace

import numpy as np
import pytest

from data.defect import DefectKind
from data.device import DeviceClass, Surface, View
from data.drawing.device.design import find_design
from data.drawing.photos import draw_photo
from data.homography import homography
from data.sizes import KnownSize, typical_sizes
from features.photo.photo import Frame, Region
from serving.condition.device_side import find_side
from serving.condition.inference import Prediction, read_contract
from serving.condition.measuring import read_measuring
from serving.condition.outline import MapGrid, find_outline
from serving.condition.photo_findings import SidePhoto, find_on_side
from serving.condition.rulebook import Rulebook
from serving.release import open_release
from tests.serving.condition.perfect_prediction import perfect_prediction

PHONE = KnownSize(height_mm=150, width_mm=75, depth_mm=8, spread=0.0, source="test")
MEASURING = read_measuring()
RULES = Rulebook.read()
CONTRACT = read_contract(open_release("condition").manifest)
UPRIGHT = np.array([[100.0, 60.0], [400.0, 60.0], [400.0, 660.0], [100.0, 660.0]])


def grid(rows=100, columns=80):
    frame = Frame(np.zeros((rows * 8, columns * 8, 3), np.uint8), 0.0, 0.0, 1 / (columns * 8), 1 / (rows * 8))
    return MapGrid(frame, (rows, columns), columns * 8, rows * 8)


def shape(corners, rows=100, columns=80, finer=8):
    """Return the share of each cell that lies inside four corners, given clockwise in photo pixels."""
    y, x = (np.indices((rows * finer, columns * finer)) + 0.5) * 8 / finer
    inside = np.ones(x.shape, bool)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        inside &= (end[0] - start[0]) * (y - start[1]) - (end[1] - start[1]) * (x - start[0]) >= 0
    return inside.reshape(rows, finer, columns, finer).mean(axis=(1, 3)).astype(np.float32)


def outline_of(corners):
    return find_outline(
        shape(corners), grid(), MEASURING, threshold=0.5, fill_min=MEASURING.quadrilateral_fill_min
    )


def turned(corners, degrees):
    angle = np.radians(degrees)
    middle = corners.mean(axis=0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (corners - middle) @ turn.T * 0.85 + middle


TILTED = np.array([[160.0, 90.0], [360.0, 130.0], [420.0, 640.0], [90.0, 600.0]])


@pytest.mark.parametrize("corners", [UPRIGHT, TILTED, turned(UPRIGHT, 17), turned(UPRIGHT, -30)])
def test_four_sides_are_found_to_a_fraction_of_a_cell(corners):
    outline = outline_of(corners)
    nearest = np.hypot(*(outline.corners[:, None] - corners[None]).transpose(2, 0, 1)).min(axis=1)
    assert not outline.is_box
    assert not outline.is_cut_off
    assert nearest.max() < 8.0


def test_an_empty_map_has_no_outline():
    assert (
        find_outline(np.zeros((100, 80), np.float32), grid(), MEASURING, threshold=0.5, fill_min=0.9) is None
    )


def test_a_device_that_leaves_the_picture_is_known_as_cut_off():
    outline = outline_of(np.array([[100.0, -50.0], [400.0, -50.0], [400.0, 500.0], [100.0, 500.0]]))
    assert outline.is_cut_off


def test_a_shape_without_four_sides_gets_a_box():
    device = shape(UPRIGHT)
    device[60:, 30:] = 0.0
    outline = find_outline(device, grid(), MEASURING, threshold=0.5, fill_min=0.95)
    assert outline is not None
    assert outline.is_box
    assert outline.fill < 0.95


def test_perspective_is_corrected():
    face = find_side(outline_of(TILTED), Surface.FRONT, DeviceClass.PHONE, PHONE, MEASURING)
    true = homography(TILTED, np.array([[0.0, 0.0], [75.0, 0.0], [75.0, 150.0], [0.0, 150.0]]))
    inside = np.array([[220.0, 200.0], [300.0, 500.0]])
    placed = np.column_stack([inside, [1.0, 1.0]]) @ true.T
    expected = placed[:, :2] / placed[:, 2:]
    assert face.place(inside) == pytest.approx(expected, abs=2.5)
    assert face.outline_sd == MEASURING.outline_sd["quadrilateral"]


def test_a_lying_phone_is_measured_along_its_long_side():
    lying = turned(UPRIGHT, 90)
    face = find_side(outline_of(lying), Surface.BACK, DeviceClass.PHONE, PHONE, MEASURING)
    ends = face.place(np.array([lying[0], lying[3]]))
    assert np.hypot(*(ends[1] - ends[0])) == pytest.approx(150.0, rel=0.03)


def test_an_open_laptop_is_measured_by_its_width():
    size = typical_sizes().size_of(DeviceClass.LAPTOP)
    assert size is not None
    face = find_side(outline_of(UPRIGHT), Surface.FRONT, DeviceClass.LAPTOP, size, MEASURING)
    ends = face.place(UPRIGHT[:2])
    assert np.hypot(*(ends[1] - ends[0])) == pytest.approx(size.width_mm, rel=0.03)
    assert face.outline_sd == MEASURING.outline_sd["long_side"]


@pytest.mark.parametrize("surface", [Surface.LABEL, Surface.UNKNOWN])
def test_a_side_of_unknown_size_is_not_measured(surface):
    assert not find_side(outline_of(UPRIGHT), surface, DeviceClass.PHONE, PHONE, MEASURING).is_measured


def test_without_a_class_nothing_is_measured():
    assert not find_side(outline_of(UPRIGHT), Surface.FRONT, None, None, MEASURING).is_measured


def pieces_of(kind, cells, weak=(), contract=CONTRACT):
    """Return the findings of one kind on an upright phone, of which these (row, column) cells are damaged."""
    maps = np.zeros((len(DefectKind) + 1, 100, 80), np.float32)
    maps[-1] = shape(UPRIGHT)
    index, threshold = CONTRACT.kinds.index(kind), float(CONTRACT.map_thresholds[CONTRACT.kinds.index(kind)])
    for row, column in weak:
        maps[index, row, column] = threshold * 0.75
    for row, column in cells:
        maps[index, row, column] = 1.0
    defects = {each: 1.0 if each is kind else 0.0 for each in DefectKind}
    region = Region(0.1, 0.1, 0.7, 0.9)
    prediction = Prediction(defects, maps, grid().frame, region, DeviceClass.PHONE, View.FRONT_OFF)
    exposure = SidePhoto(0, 640, 800, Surface.FRONT, prediction)
    return [item.defect for item in find_on_side(exposure, contract, RULES, DeviceClass.PHONE, PHONE).found]


def test_damage_is_not_measured_by_a_region_where_the_map_shows_no_device():
    maps = np.zeros((len(DefectKind) + 1, 100, 80), np.float32)
    maps[CONTRACT.kinds.index(DefectKind.SCRATCH), 30:40, 30] = 1.0
    defects = {kind: 1.0 if kind is DefectKind.SCRATCH else 0.0 for kind in DefectKind}
    region = Region(0.1, 0.1, 0.7, 0.9)
    prediction = Prediction(defects, maps, grid().frame, region, DeviceClass.PHONE, View.FRONT_OFF)
    exposure = SidePhoto(0, 640, 800, Surface.FRONT, prediction)
    shown = find_on_side(exposure, CONTRACT, RULES, DeviceClass.PHONE, PHONE)
    assert [item.defect.length_mm for item in shown.found] == [None]
    assert shown.found[0].spot is not None


def test_a_crack_that_comes_and_goes_is_one_crack():
    """Cells are 2 mm: gaps of 8 mm are bridged for a crack, for scratches they part two."""
    cells = [(row, 30) for row in (*range(20, 30), *range(33, 40))]
    [crack] = pieces_of(DefectKind.CRACK, cells)
    assert crack.length_mm == pytest.approx(38.0, abs=3.0)
    assert len(pieces_of(DefectKind.SCRATCH, cells)) == 2


def test_pieces_with_weaker_cells_between_them_are_one_scratch():
    cells = [(row, 30) for row in (*range(20, 30), *range(36, 40))]
    assert len(pieces_of(DefectKind.SCRATCH, cells)) == 2
    assert len(pieces_of(DefectKind.SCRATCH, cells, weak=[(row, 30) for row in range(30, 36)])) == 1


def test_more_scratches_than_any_grade_allows_are_all_counted():
    """Twenty were kept of a photo, the most that a B of a label allows: the next was never counted."""
    cells = [(row, column) for row in range(14, 74, 10) for column in range(18, 48, 6)]
    assert len(pieces_of(DefectKind.SCRATCH, cells)) == len(cells) == 30


def test_weaker_cells_alone_are_no_place():
    [finding] = pieces_of(DefectKind.SCRATCH, [], weak=[(30, 30)])
    assert finding.length_mm is None
    assert len(pieces_of(DefectKind.SCRATCH, [(30, 30)], weak=[(60, 40)])) == 1


def test_a_weaker_place_is_less_sure_than_the_photo_and_a_weak_one_is_none():
    contract = replace(CONTRACT, sure_strengths=np.full(len(CONTRACT.kinds), 0.5, np.float32))
    strongest, two, one = (
        [(row, 30 + at) for at in range(count)] for row, count in ((20, 6), (40, 2), (60, 1))
    )
    found = pieces_of(DefectKind.SCRATCH, [*strongest, *two, *one], contract=contract)
    assert [item.probability for item in found] == pytest.approx([1.0, 2 / 6 / 0.5])
    assert {type(item.probability) for item in found} == {float}
    [alone] = pieces_of(DefectKind.SCRATCH, one, contract=contract)
    assert alone.probability == 1.0


def test_a_speck_beside_the_device_is_not_on_it():
    """The phone fills columns 12 to 50; a place that begins on it and runs over its edge is kept whole."""
    [finding] = pieces_of(DefectKind.DUST, [(30, 30), (30, 70)])
    assert finding.box.left < 0.5
    [unplaced] = pieces_of(DefectKind.DUST, [(30, 70)])
    assert unplaced.length_mm is None
    [overhanging] = pieces_of(DefectKind.SCRATCH, [(30, column) for column in range(45, 58)])
    assert overhanging.length_mm == pytest.approx(26.0, abs=3.0)


@pytest.fixture(scope="module")
def scratches():
    """Return (true mm, measured mm, doubt mm) of scratches on drawn phones of all poses, perfectly seen."""
    rows = []
    for seed in range(16):
        view = (View.FRONT_OFF, View.BACK)[seed % 2]
        photo = draw_photo(
            np.random.default_rng(seed),
            device_class=DeviceClass.PHONE,
            view=view,
            kinds=(DefectKind.SCRATCH,),
        )
        rows += [(photo.defects[0].length_mm, *measured) for measured in _lengths(photo)]
    return np.array(rows)


def _lengths(photo):
    design = find_design(photo.design)
    size = KnownSize(
        height_mm=design.height_mm,
        width_mm=design.width_mm,
        depth_mm=design.depth_mm,
        spread=0.025,
        source="drawn",
    )
    height, width = photo.device_mask.shape
    exposure = SidePhoto(0, width, height, photo.view.surface, perfect_prediction(photo))
    shown = find_on_side(exposure, CONTRACT, RULES, photo.device_class, size)
    found = [item.defect for item in shown.found]
    if len(photo.defects) == len(found) == 1:
        length_mm, sd_mm = found[0].length_mm, found[0].length_sd_mm
        assert length_mm is not None
        assert sd_mm is not None
        yield length_mm, float(np.hypot(sd_mm, size.spread * length_mm))


def test_drawn_scratches_seen_without_mistake_are_measured_within_15_percent(scratches):
    assert len(scratches) >= 12
    assert np.median(np.abs(scratches[:, 1] / scratches[:, 0] - 1.0)) < 0.10
    assert np.mean(np.abs(scratches[:, 1] - scratches[:, 0]) < 0.15 * scratches[:, 0] + 1.0) > 0.8


def test_the_doubt_of_a_length_holds_nine_in_ten_drawn_scratches(scratches):
    assert np.mean(np.abs(scratches[:, 1] - scratches[:, 0]) <= 2.0 * scratches[:, 2]) >= 0.9
