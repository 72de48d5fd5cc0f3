"""Grading through the released model: one answer in any order, and clear words about what can't be judged."""

import io
import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PIL import Image

from data.condition import MAX_PHOTOS, PhotoCode
from data.defect import DefectKind, Grade, Severity
from data.device import DeviceClass, Surface, View
from data.drawing.photos import draw_photo, draw_scene, draw_shot, render
from features.photo.photo import PhotoTooLarge, UnreadablePhoto
from serving.condition.model import ConditionModel, WrongPhotoCount
from serving.condition.rulebook import Rulebook
from tests.serving.condition.perfect_prediction import perfect_prediction


def jpeg(pixels):
    body = io.BytesIO()
    Image.fromarray(pixels).save(body, "JPEG", quality=92)
    return body.getvalue()


def drawn(seed, **choices):
    return jpeg(draw_photo(np.random.default_rng(seed), long_side_px=900, **choices).pixels)


@pytest.fixture(scope="module")
def model():
    return ConditionModel.open()


@pytest.fixture(scope="module")
def phone():
    """Three drawn photos of phones."""
    views = (View.FRONT_OFF, View.BACK, View.FRONT_ON)
    return [drawn(seed, device_class=DeviceClass.PHONE, view=view) for seed, view in enumerate(views)]


def test_every_photo_is_answered_whole(model, phone):
    condition = model.grade(phone)
    assert [photo.index for photo in condition.photos] == [0, 1, 2]
    for photo in condition.photos:
        assert set(photo.defect_probabilities) == set(DefectKind)
        assert all(0.0 <= p <= 1.0 for p in photo.defect_probabilities.values())
    assert sum(condition.grade_probabilities.values()) == pytest.approx(1.0)
    assert condition.model.sha256


def test_answers_are_bit_equal_in_any_order_and_any_batch(model, phone):
    together = model.grade(phone)
    turned = model.grade(phone[::-1])
    for index, body in enumerate(phone):
        alone = model.grade([body]).photos[0].defect_probabilities
        assert together.photos[index].defect_probabilities == alone
        assert turned.photos[len(phone) - 1 - index].defect_probabilities == alone
    assert together.grade_probabilities == turned.grade_probabilities
    assert together.grade == turned.grade


def test_boxes_lie_inside_the_photo(model, phone):
    condition = model.grade(phone)
    boxes = [photo.box for photo in condition.photos if photo.box] + [d.box for d in condition.defects]
    assert boxes
    for box in boxes:
        assert min(box.left, box.top, box.width, box.height) >= 0.0
        assert max(box.left + box.width, box.top + box.height) <= 1.0 + 1e-9


def test_given_views_name_the_surfaces(model, phone):
    views = [View.FRONT_OFF, View.BACK, View.FRONT_ON]
    condition = model.grade(phone, views=views)
    assert [photo.view for photo in condition.photos] == views
    assert {defect.surface for defect in condition.defects} <= {Surface.FRONT, Surface.BACK}


def test_a_photo_without_a_device_is_not_graded(model):
    rng = np.random.default_rng(3)
    wall = jpeg((rng.normal(150, 4, (500, 600, 3))).clip(0, 255).astype(np.uint8))
    condition = model.grade([wall])
    assert condition.grade is None
    assert not condition.photos[0].device_found
    assert PhotoCode.NO_DEVICE in condition.photos[0].quality.codes
    assert condition.abstain_reasons
    assert condition.standards == {}


def test_a_black_photo_says_what_to_do(model):
    condition = model.grade([jpeg(np.zeros((500, 500, 3), np.uint8))])
    quality = condition.photos[0].quality
    assert not quality.ok
    assert PhotoCode.TOO_DARK in quality.codes
    assert any("light" in line for line in quality.instructions)


def test_an_unreadable_photo_is_named_by_its_place(model, phone):
    with pytest.raises(UnreadablePhoto, match="photo 2") as caught:
        model.grade([phone[0], b"not a photo", phone[1]])
    assert caught.value.index == 1


def test_a_photo_with_too_many_pixels_is_named_by_its_place(model, phone):
    body = io.BytesIO()
    Image.new("1", (15_000, 10_000)).save(body, "PNG")
    with pytest.raises(PhotoTooLarge, match="photo 2") as caught:
        model.grade([phone[0], body.getvalue()])
    assert caught.value.index == 1


@pytest.mark.parametrize("count", [0, MAX_PHOTOS + 1])
def test_the_number_of_photos_is_bounded(model, phone, count):
    with pytest.raises(WrongPhotoCount, match=f"send 1 to {MAX_PHOTOS}"):
        model.grade([phone[0]] * count)


def test_views_must_come_one_a_photo(model, phone):
    with pytest.raises(WrongPhotoCount, match="1 views were given for 3 photos"):
        model.grade(phone, views=[View.BACK])


def test_one_side_alone_is_never_an_a(model, phone):
    assert model.grade(phone[:1], views=[View.FRONT_OFF]).grade is not Grade.A


def test_every_scale_answers_from_the_same_defects(model, phone):
    condition = model.grade(phone)
    if condition.grade is None:
        assert condition.abstain_reasons
        assert condition.standards == {}
    else:
        assert set(condition.standards) == {"ctia_like", "r2_cosmetic", "viewing_distance"}
        assert all(standing.deciding_limit for standing in condition.standards.values())
    assert json.dumps(condition.deciding_limit)


def test_the_same_picture_sent_twice_is_named_once_in_any_order(model, phone):
    image = Image.open(io.BytesIO(phone[0]))
    body = io.BytesIO()
    image.resize((image.width // 2, image.height // 2)).save(body, "JPEG", quality=70)
    copy = body.getvalue()
    for order in ([phone[0], copy, phone[1]], [copy, phone[1], phone[0]]):
        condition = model.grade(order)
        marked = [PhotoCode.DUPLICATE in photo.quality.codes for photo in condition.photos]
        assert marked == [body is copy for body in order]


def test_every_photo_carries_its_perceptual_hash(model, phone):
    hashes = [photo.perceptual_hash for photo in model.grade(phone).photos]
    assert len(set(hashes)) == len(phone)
    assert all(len(text) == 16 for text in hashes)


def holed(body):
    """Zero 4 KiB in the middle of a JPEG's data."""
    middle = len(body) // 2
    return body[:middle] + bytes(4096) + body[middle + 4096 :]


def test_a_photo_of_which_part_was_lost_is_sent_again(model, phone):
    condition = model.grade([holed(phone[0])], views=[View.FRONT_OFF])
    assert condition.photos[0].quality.codes[0] is PhotoCode.PART_LOST
    assert condition.grade is None
    assert condition.abstain_reasons[0].startswith("part_lost: Part of the file was lost")


def test_a_photo_of_which_part_was_lost_never_improves_a_grade(model, phone):
    views = [View.FRONT_OFF, View.BACK]
    best = model.grade(phone[:2], views=views).grade_probabilities
    with_more = model.grade([*phone[:2], holed(phone[0])], views=[*views, View.FRONT_OFF]).grade_probabilities
    for worst in range(1, len(Grade) + 1):
        at_least = [sum(chances[grade] for grade in list(Grade)[:worst]) for chances in (with_more, best)]
        assert at_least[0] <= at_least[1] + 1e-9
    back_alone = model.grade([phone[1]], views=[View.BACK])
    in_place = model.grade([holed(phone[0]), phone[1]], views=views)
    assert (in_place.grade is None) == (back_alone.grade is None)


def test_of_a_whole_photo_and_its_damaged_copy_the_copy_is_the_duplicate(model, phone):
    for order in ([phone[0], holed(phone[0])], [holed(phone[0]), phone[0]]):
        codes = [photo.quality.codes for photo in model.grade(order).photos]
        whole = codes[order.index(phone[0])]
        assert PhotoCode.DUPLICATE not in whole
        assert PhotoCode.PART_LOST not in whole


@pytest.fixture(scope="module")
def worn():
    """Four drawn photos of one worn phone: the front three times, and its back."""
    rng = np.random.default_rng(5)
    scene, _ = draw_scene(rng, device_class=DeviceClass.PHONE, view=View.FRONT_OFF, kinds=())
    for kind, surface in (
        (DefectKind.CRACK, Surface.FRONT),
        (DefectKind.SCRATCH, Surface.FRONT),
        (DefectKind.SCRATCH, Surface.BACK),
    ):
        scene = scene.with_defect(rng, kind, surface=surface, severity=Severity.DEEP)
    views = [View.FRONT_OFF, View.FRONT_ON, View.FRONT_RAKING, View.BACK]
    shots = [draw_shot(rng, scene.device, view, long_side_px=700) for view in views]
    return views, [render(scene, shot) for shot in shots]


@pytest.mark.slow
def test_a_device_is_answered_bit_equally_in_every_order_of_its_photos(model, worn):
    views, photos = worn
    bodies = [jpeg(photo.pixels) for photo in photos]
    answers = {}
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]):
        condition = model.grade([bodies[i] for i in order], views=[views[i] for i in order])
        findings = [replace(defect, photo=order[defect.photo]) for defect in condition.defects]
        findings.sort(key=lambda defect: defect.photo)
        answers[tuple(order)] = (
            condition.grade,
            condition.grade_probabilities,
            condition.standards,
            condition.deciding_limit,
            findings,
        )
    first, *others = answers.values()
    assert first[-1]
    assert all(other == first for other in others)


def test_what_several_photos_show_is_one_group(monkeypatch, model, worn):
    """Seen without mistake, a crack shown by three photos of the front is one, and so is each scratch."""
    views, photos = worn
    predictions = iter([perfect_prediction(photo) for photo in photos])
    monkeypatch.setattr("serving.condition.model.predict", lambda *_: next(predictions))
    condition = model.grade([jpeg(photo.pixels) for photo in photos], views=views)
    groups = {defect.group for defect in condition.defects}
    assert "front-crack-1" in groups
    assert len({defect.photo for defect in condition.defects if defect.group == "front-crack-1"}) > 1
    assert len(groups) < len(condition.defects)
    assert condition.grade == Grade.D
    assert condition.deciding_limit.startswith("crack on front")
    for defect in condition.defects:
        assert defect.length_mm > 0
        assert 0 < defect.length_sd_mm < defect.length_mm + 3


def test_rules_that_nobody_measured_give_no_grade_and_say_so_at_start_and_in_the_answer(phone, caplog):
    model = ConditionModel.open(rulebook=Rulebook.read())
    [warning] = caplog.messages
    assert warning.startswith("regrade: warning: no grade is given without a person: no release states")
    assert "regrade study risk" in warning
    condition = model.grade(phone)
    assert condition.grade is None
    assert condition.assurance is None
    assert condition.standards == {}
    assert condition.abstain_reasons[-1].startswith("not_assured: no release states the error of its grades")
    assert sum(condition.grade_probabilities.values()) == pytest.approx(1.0)


def test_the_release_that_ships_has_nothing_to_warn_of(caplog):
    ConditionModel.open()
    assert caplog.messages == []


def test_a_known_sku_narrows_the_doubt_of_a_length(monkeypatch, worn, tmp_path):
    _, photos = worn
    table = tmp_path / "sizes.yaml"
    table.write_text(
        "name: own\nversion: '3'\n"
        "skus: {PH-1: {height_mm: 151, width_mm: 72, depth_mm: 8, spread: 0.005, source: ours}}"
    )
    model = ConditionModel.open(rulebook=Rulebook.read(sizes=table))
    monkeypatch.setattr("serving.condition.model.predict", lambda *_: perfect_prediction(photos[0]))
    grade = partial(
        model.grade, [jpeg(photos[0].pixels)], views=[View.FRONT_OFF], device_class=DeviceClass.PHONE
    )
    by_class, by_sku = grade(), grade(sku="PH-1")
    longest = max(range(len(by_sku.defects)), key=lambda i: by_sku.defects[i].length_mm or 0.0)
    narrow, wide = (condition.defects[longest].length_sd_mm for condition in (by_sku, by_class))
    assert narrow is not None
    assert wide is not None
    assert narrow < wide


def test_dirt_asks_to_clean_and_retake_and_never_improves_a_grade(monkeypatch, model, worn):
    _, photos = worn
    clean = replace(perfect_prediction(photos[3]), defects=dict.fromkeys(DefectKind, 0.001))
    dirty = replace(clean, defects={**clean.defects, DefectKind.OIL: 0.9})
    body = jpeg(photos[3].pixels)
    monkeypatch.setattr("serving.condition.model.predict", lambda *_: clean)
    before = model.grade([body], views=[View.BACK])
    monkeypatch.setattr("serving.condition.model.predict", lambda *_: dirty)
    after = model.grade([body], views=[View.BACK])
    assert after.grade is None
    assert any(reason.startswith("clean_and_retake: oil on photo 1") for reason in after.abstain_reasons)
    assert after.grade_probabilities == before.grade_probabilities
