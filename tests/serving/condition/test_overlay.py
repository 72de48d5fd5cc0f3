"""The picture of the findings: bounded, the same each time, and no text or number lies over the damage."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from data.condition import Box, DefectFinding
from data.defect import DefectKind, Severity
from data.device import DeviceClass, Surface, View
from data.drawing.photos import draw_photo
from serving.condition.model import ConditionModel
from serving.condition.overlay.lettering import Style, write_strip
from serving.condition.overlay.marks import number_boxes
from serving.condition.overlay.overlay import (
    MAX_BYTES,
    MAX_SHEET_PX,
    WrongPicture,
    draw_overlay,
    heat_of,
    overlay_jpeg,
    require_picture_name,
    write_overlay,
)


def jpeg(pixels):
    body = io.BytesIO()
    Image.fromarray(pixels).save(body, "JPEG", quality=92)
    return body.getvalue()


def drawn(seed, *, device_class=DeviceClass.PHONE, long_side_px=700, **choices):
    rng = np.random.default_rng(seed)
    return jpeg(draw_photo(rng, device_class=device_class, long_side_px=long_side_px, **choices).pixels)


@pytest.fixture(scope="module")
def model():
    return ConditionModel.open()


@pytest.fixture(scope="module")
def cracked(model):
    return model.examine([drawn(4, view=View.FRONT_OFF, kinds=(DefectKind.CRACK,))])


def finding(**changes):
    given = DefectFinding(
        DefectKind.CRACK, Surface.FRONT, 0, 0.97, Box(0.4, 0.3, 0.2, 0.2), Severity.DEEP, 12.0, 30.0
    )
    return replace(given, **changes)


def with_defects(examination, *defects):
    return replace(examination, condition=replace(examination.condition, defects=defects))


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_any_number_of_photos_becomes_one_bounded_picture(model, count):
    views = [View.FRONT_OFF, View.BACK, View.FRONT_ON]
    bodies = [drawn(seed, view=views[seed % 3], long_side_px=300) for seed in range(count)]
    examination = model.examine(bodies)
    picture = draw_overlay(examination)
    assert max(picture.size) <= MAX_SHEET_PX
    assert min(picture.size) > 300
    assert len(overlay_jpeg(examination)) <= MAX_BYTES


def test_the_same_photos_give_the_same_picture(cracked):
    assert overlay_jpeg(cracked) == overlay_jpeg(cracked)


def test_heat_lies_where_the_map_says_on_the_whole_photo(cracked):
    prediction = cracked.predictions[0]
    rows, columns = prediction.map.shape[1:]
    prediction = replace(
        prediction, map=np.zeros_like(prediction.map), defects=dict.fromkeys(prediction.defects, 1.0)
    )
    prediction.map[0, rows // 4, columns // 2] = 1.0
    heat = heat_of(prediction, 400, 300)
    y, x = np.unravel_index(int(heat.argmax()), heat.shape)
    step = prediction.frame.pixels.shape[0] / rows
    expected_x = prediction.frame.left + (columns // 2 + 0.5) * step * prediction.frame.fraction_per_px_x
    expected_y = prediction.frame.top + (rows // 4 + 0.5) * step * prediction.frame.fraction_per_px_y
    assert x / 400 == pytest.approx(expected_x, abs=0.02)
    assert y / 300 == pytest.approx(expected_y, abs=0.02)


def test_heat_follows_a_frame_that_is_not_square(cracked):
    prediction = cracked.predictions[0]
    wide = np.zeros((prediction.map.shape[0], 20, 40), np.float32)
    wide[0, 10, 30] = 1.0
    frame = replace(
        prediction.frame,
        pixels=np.zeros((160, 320, 3), np.uint8),
        left=0.0,
        top=0.0,
        fraction_per_px_x=1 / 320,
        fraction_per_px_y=1 / 160,
    )
    seen = replace(prediction, map=wide, frame=frame, defects=dict.fromkeys(prediction.defects, 1.0))
    heat = heat_of(seen, 640, 320)
    y, x = np.unravel_index(int(heat.argmax()), heat.shape)
    assert (x / 640, y / 320) == pytest.approx((30.5 / 40, 10.5 / 20), abs=0.02)


def test_a_kind_that_is_not_there_leaves_no_heat(cracked):
    prediction = cracked.predictions[0]
    cold = replace(prediction, defects=dict.fromkeys(prediction.defects, 0.0))
    assert heat_of(cold, 200, 200).max() == 0.0


def test_found_damage_changes_the_picture_where_its_box_is(cracked):
    plain = np.asarray(draw_overlay(with_defects(cracked)), np.int16)
    marked = np.asarray(draw_overlay(with_defects(cracked, finding())), np.int16)
    rows = min(len(plain), len(marked)) * 3 // 4
    changed = np.abs(plain[:rows] - marked[:rows]).max(axis=2) > 60
    ys, xs = np.nonzero(changed)
    assert len(ys)
    assert 0.25 < xs.mean() / plain.shape[1] < 0.75


def test_damage_and_dirt_are_told_apart_by_more_than_colour(cracked):
    damage = np.asarray(draw_overlay(with_defects(cracked, finding())), np.int16)
    dirt = np.asarray(draw_overlay(with_defects(cracked, finding(kind=DefectKind.OIL))), np.int16)
    orange = (np.abs(damage - (230, 159, 0)).max(axis=2) < 30).sum()
    blue = (np.abs(dirt - (86, 180, 233)).max(axis=2) < 30).sum()
    assert 0 < blue < 0.95 * orange


def test_numbers_avoid_the_heat_and_each_other():
    heat = np.zeros((600, 800), np.float32)
    heat[200:300, 300:500] = 1.0
    heat[:200, 300:500] = 1.0
    style = Style.of(800)
    brush = ImageDraw.Draw(Image.new("RGB", (800, 600)))
    boxes = [(300.0, 200.0, 500.0, 300.0), (320.0, 210.0, 480.0, 290.0), (300.0, 205.0, 490.0, 300.0)]
    marks = [(str(number), box, (230, 159, 0)) for number, box in enumerate(boxes, start=1)]
    tags = number_boxes(brush, heat, marks, style)
    for left, top, right, bottom in tags:
        assert heat[round(top) : round(bottom), round(left) : round(right)].sum() == 0.0
    for one, other in ((0, 1), (0, 2), (1, 2)):
        a, b = tags[one], tags[other]
        assert min(a[2], b[2]) <= max(a[0], b[0]) or min(a[3], b[3]) <= max(a[1], b[1])


@pytest.mark.parametrize("box", [(0.0, 0.0, 60.0, 40.0), (740.0, 560.0, 800.0, 600.0)])
def test_numbers_stay_inside_the_picture(box):
    brush = ImageDraw.Draw(Image.new("RGB", (800, 600)))
    [tag] = number_boxes(brush, np.zeros((600, 800), np.float32), [("12", box, (0, 0, 0))], Style.of(800))
    assert tag[0] >= 0
    assert tag[1] >= 0
    assert tag[2] <= 800
    assert tag[3] <= 600


def test_letters_grow_with_the_picture_and_never_get_too_small():
    assert Style.of(100).letter_px >= 13
    assert Style.of(1600).letter_px > 2 * Style.of(500).letter_px


def test_long_text_is_broken_and_not_cut():
    style = Style.of(800)
    text = "uncertain: grade B has probability 0.41, at least 0.60 is needed; take more views or ask a person"
    short = write_strip([("a word", (0, 0, 0))], style, 300)
    long = write_strip([(text, (0, 0, 0))], style, 300)
    assert long.width == 300
    assert long.height >= 3 * short.height - 2 * style.letter_px


@pytest.mark.parametrize(("name", "form"), [("out.png", "PNG"), ("OUT.JPG", "JPEG")])
def test_the_suffix_names_the_format(cracked, tmp_path, name, form):
    write_overlay(cracked, tmp_path / name)
    with Image.open(tmp_path / name) as picture:
        assert picture.format == form


def test_another_format_is_refused(tmp_path):
    with pytest.raises(WrongPicture, match=r"end it in \.png"):
        require_picture_name(tmp_path / "out.gif")
