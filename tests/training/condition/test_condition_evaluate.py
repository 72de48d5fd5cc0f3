"""What the condition report counts: right on known cases, apart by device, and shown with n and intervals."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from data.condition import (
    Box,
    Condition,
    DefectFinding,
    ModelIdentity,
    PhotoCode,
    PhotoFinding,
    PhotoQuality,
)
from data.defect import DefectKind, Grade, Severity
from data.device import DeviceClass, Surface, View
from data.drawing.optics.light import Light
from data.drawing.scene.held_out import HELD_OUT_DESIGNS
from features.photo.photo import Frame
from serving.condition.criteria import read_pack
from serving.condition.inference import Prediction
from training.condition.evaluate import detail, summarise
from training.condition.measure.coverage import Graded, read_risk, wrong_grades
from training.condition.measure.detection import box_precision
from training.condition.measure.gate_check import Gated, gate_report
from training.condition.measure.graded_photos import DRAWN, DrawnTruth, GradedPhoto
from training.condition.measure.place_match import box_overlap, match_boxes, overlaps
from training.condition.measure.risk import statement
from training.condition.measure.slices import drawn_slices, is_new, measure_places, source_slices
from training.condition.report.card import design_table
from training.condition.report.misses import worst_misses
from training.condition.report.report import write_html
from training.condition.settings import read_settings
from training.metrics.figure import Share

CRACK, SCRATCH = DefectKind.CRACK, DefectKind.SCRATCH
THRESHOLDS: dict[str, float] = dict.fromkeys(DefectKind, 0.5)
BOX = Box(0.2, 0.2, 0.2, 0.2)


def finding(kind=CRACK, *, probability=0.9, box=BOX, length_mm=10.0):
    return DefectFinding(kind, Surface.FRONT, 0, probability, box, Severity.VISIBLE, length_mm, 4.0)


def answer(probabilities, *, found=(), codes=()):
    chances = dict.fromkeys(DefectKind, 0.01) | probabilities
    quality = PhotoQuality(not codes, tuple(codes), tuple(code.instruction for code in codes))
    photo = PhotoFinding(0, quality, True, DeviceClass.PHONE, View.FRONT_OFF, BOX, chances)
    model = ModelIdentity("condition", "test", "0" * 64)
    return Condition(None, {}, {}, (), "", tuple(found), (photo,), model)


def drawn(number, *, shown=(), design="slab", severity=Severity.DEEP, light=Light.DIFFUSE, **given):
    lengths = dict.fromkeys(shown, 10.0)
    truth = DrawnTruth(View.FRONT_OFF, light, design, dict.fromkeys(shown, severity), lengths)
    return GradedPhoto(
        name=f"drawn-{number}",
        folder=DRAWN,
        source=light,
        group=f"drawn-{number}",
        labels={kind: kind in shown for kind in DefectKind},
        device_class=DeviceClass.PHONE,
        view=View.FRONT_OFF,
        condition=answer(given.pop("probabilities", {}), found=given.pop("found", ())),
        boxes={kind: (BOX,) if kind in shown else () for kind in DefectKind},
        drawn=truth,
        **given,
    )


def real(number, *, folder="intake", source="minkhaung", codes=(), device_class="phone", **labels):
    return GradedPhoto(
        name=f"{number}.jpg",
        folder=folder,
        source=source,
        group=f"{folder}-{number}",
        labels={DefectKind(kind): value for kind, value in labels.items()},
        device_class=device_class,
        view=None,
        condition=answer({CRACK: 0.9 if labels.get("crack") else 0.1}, codes=codes),
    )


@pytest.fixture(scope="module")
def photos():
    """Return twenty drawn photos, the first ten cracked and seen so, and some real ones."""
    cracked = [
        drawn(
            number,
            shown=(CRACK,),
            probabilities={CRACK: 0.6 + number / 40},
            found=[finding()],
            overlaps={CRACK: 0.8},
            severity=Severity.MICRO if number < 5 else Severity.DEEP,
        )
        for number in range(10)
    ]
    intact = [drawn(number, probabilities={CRACK: 0.2}) for number in range(10, 20)]
    return [*cracked, *intact, *[real(n, crack=n < 6) for n in range(12)]]


def test_a_perfect_ranking_has_an_auc_of_one_on_each_source(photos):
    slices = {part.name: part for part in source_slices(photos, THRESHOLDS)}
    assert slices["drawn: crack"].auc.value == 1.0
    assert slices["counter and hand (intake)"].auc.value == 1.0
    assert (slices["drawn: crack"].auc.positives, slices["drawn: crack"].auc.negatives) == (10, 10)
    assert slices["drawn: crack"].flagged.value == 0.0


def test_severities_have_their_own_positives_and_all_negatives(photos):
    found = drawn_slices(photos, THRESHOLDS)["severity"]
    assert [(s, part.auc.positives, part.auc.negatives) for s, parts in found.items() for part in parts] == [
        (Severity.MICRO, 5, 10),
        (Severity.DEEP, 5, 10),
    ]


def test_held_out_designs_are_a_slice_of_their_own():
    new = [
        drawn(number, shown=(CRACK,) if number < 6 else (), design=HELD_OUT_DESIGNS[0])
        for number in range(12)
    ]
    assert all(map(is_new, new))
    found = drawn_slices(new, THRESHOLDS)
    assert list(found["novelty"]) == ["held-out design"]
    assert not found["severity"][Severity.DEEP]
    assert not [part for part in source_slices(new, THRESHOLDS) if part.name == "drawn: crack"]


def test_a_photo_whose_defect_is_too_faint_to_tell_counts_neither_way(photos):
    faint = [replace(row, labels={SCRATCH: False}) for row in photos[10:15]]
    found = drawn_slices([*photos[:10], *faint, *photos[15:]], THRESHOLDS)["light"]
    assert [(part.auc.positives, part.auc.negatives) for part in found[Light.DIFFUSE]] == [(10, 5)]


def test_what_is_too_rare_to_measure_is_left_out(photos):
    values = drawn_slices(photos, THRESHOLDS)["light"]
    assert [part.kind for part in values[Light.DIFFUSE]] == [CRACK]


def test_a_defect_that_is_not_reported_has_no_overlap(photos):
    unseen = [drawn(30, shown=(CRACK,), overlaps={CRACK: 0.8})]
    places = measure_places([*photos, *unseen], CRACK, [CRACK])
    assert places["overlap"]["value"] == pytest.approx(0.8 * 10 / 11, abs=1e-3)
    assert places["overlap_of_found"]["value"] == pytest.approx(0.8)
    assert places["size_error"]["value"] == 0.0


def test_lengths_that_come_out_short_have_a_bias_below_zero():
    short = [
        drawn(n, shown=(CRACK,), found=[finding(length_mm=8.0)], overlaps={CRACK: 0.8}) for n in range(5)
    ]
    places = measure_places(short, "all kinds", list(DefectKind))
    assert (places["size_error"]["value"], places["size_bias"]["value"]) == (0.2, -0.2)


def test_no_false_alarm_among_few_devices_is_not_called_certain(photos):
    slices = {part.name: part for part in source_slices(photos, THRESHOLDS)}
    flagged, recall = slices["drawn: crack"].flagged, slices["drawn: crack"].recall
    assert (flagged.low, flagged.high) == pytest.approx((0.0, 1 - 0.025 ** (1 / 10)))
    assert (recall.low, recall.high) == pytest.approx((0.025 ** (1 / 10), 1.0))


def test_boxes_that_fit_have_full_precision_and_others_cost(photos):
    assert box_precision(photos, CRACK).value == 1.0
    off = finding(probability=0.99, box=Box(0.7, 0.7, 0.1, 0.1))
    half = [drawn(n, shown=(CRACK,), found=[finding(), off]) for n in range(4)]
    figure = box_precision(half, CRACK)
    assert figure.value == pytest.approx(0.5)
    assert (figure.positives, figure.groups) == (4, 4)


def test_a_box_found_twice_counts_once():
    twice = match_boxes([finding(probability=0.9), finding(probability=0.8)], [BOX])
    assert twice == [(0.9, True), (0.8, False)]


@pytest.mark.parametrize(
    ("other", "overlap"),
    [(BOX, 1.0), (Box(0.3, 0.2, 0.2, 0.2), 1 / 3), (Box(0.5, 0.5, 0.1, 0.1), 0.0)],
)
def test_overlap_is_intersection_over_union(other, overlap):
    assert box_overlap(BOX, other) == pytest.approx(overlap)


def test_a_map_that_marks_the_mask_overlaps_it_wholly_on_any_frame():
    mask = np.zeros((200, 300), np.uint8)
    mask[40:80, 60:120] = 255
    chances = np.zeros((len(DefectKind) + 1, 20, 30), np.float32)
    chances[list(DefectKind).index(CRACK), 4:8, 6:12] = 0.9
    frame = Frame(np.zeros((160, 240, 3), np.uint8), 0.0, 0.0, 1 / 240, 1 / 160)
    prediction = Prediction(dict.fromkeys(DefectKind, 0.5), chances, frame, None, None, View.UNKNOWN)
    assert overlaps(prediction, {CRACK: mask}, {CRACK: 0.5}) == {CRACK: 1.0}
    assert overlaps(prediction, {CRACK: mask}, {CRACK: 0.95}) == {CRACK: 0.0}


def test_the_gate_counts_a_code_only_for_its_own_fault():
    gated = [
        Gated(PhotoCode.BLURRED, 1.0, frozenset({PhotoCode.BLURRED})),
        Gated(PhotoCode.BLURRED, 1.0, frozenset({PhotoCode.TOO_DARK})),
        Gated(None, None, frozenset()),
    ]
    report = gate_report(gated, [])
    [line] = report["caught"]
    assert (line["caught"]["hits"], line["refused"]["hits"], line["caught"]["n"]) == (1, 2, 2)
    tidy = next(each for each in report["refused"] if each["source"] == "drawn, tidy")
    assert (tidy["refused"]["hits"], tidy["refused"]["n"]) == (0, 1)


def test_only_usable_real_photos_count_as_refused():
    rows = [
        real(0),
        real(1, codes=(PhotoCode.GLARE,)),
        real(2, codes=(PhotoCode.TOO_SMALL, PhotoCode.BLURRED)),
        real(3, codes=(PhotoCode.NO_DEVICE,), device_class="none"),
    ]
    [line] = [each for each in gate_report([], rows)["refused"] if each["source"] == "real, all"]
    assert (line["too_small"]["hits"], line["refused"]["hits"], line["refused"]["n"]) == (1, 1, 2)
    assert line["codes"][PhotoCode.GLARE] == 1


def test_the_worst_misses_are_one_a_photo_and_of_both_ways():
    unseen = drawn(1, shown=(CRACK,), probabilities={CRACK: 0.02}, body=b"1")
    imagined = drawn(2, probabilities={SCRATCH: 0.97}, body=b"2")
    fine = drawn(3, shown=(CRACK,), probabilities={CRACK: 0.9}, body=b"3")
    assert worst_misses([fine, imagined, unseen], 2) == [(unseen, CRACK), (imagined, SCRATCH)]


def test_a_share_carries_an_exact_interval():
    none = Share(0, 20).to_json()
    assert none["value"] == 0.0
    assert none["high"] == pytest.approx(1 - 0.025 ** (1 / 20), abs=1e-4)
    assert Share(0, 0).to_json() == {"value": None, "low": 0.0, "high": 1.0, "hits": 0, "n": 0}


def test_the_page_shows_every_part_with_n_and_intervals(photos, tmp_path):
    gated = [
        Gated(PhotoCode.BLURRED, 1.0, frozenset({PhotoCode.BLURRED})),
        Gated(None, None, frozenset()),
    ]
    report = {"model": {"name": "condition", "version": "<9>", "sha256": "0" * 64}}
    report |= summarise(photos, THRESHOLDS) | detail(photos, THRESHOLDS, gated)
    graded = [Graded(Grade.B, Grade.B, 0.9), Graded(Grade.D, Grade.C, 0.7, "crack on front", "2 x scratch")]
    report["grades"] = statement(graded, read_pack(), read_risk()) | {"wrong": wrong_grades(graded)}
    page = write_html(report, photos, tmp_path / "r.html", Image.new("RGB", (20, 20))).read_text("utf-8")
    headings = ("By source", "By severity", "Places and sizes", "Grades of whole", "Photo gate", "Worst")
    assert [heading for heading in headings if heading not in page] == []
    assert "(n = 10 + 10)" in page
    assert ">crack on front</td>" in page
    assert "&lt;9&gt;" in page
    assert "<9>" not in page
    assert page.count("data:image/") >= 5
    assert "http" not in page


def test_every_design_that_was_tried_stands_in_the_card_and_the_release_itself_last(photos):
    report = summarise(photos, THRESHOLDS)
    report["slices"] = [
        {**report["slices"][0], "name": "web", "auc": {**report["slices"][0]["auc"], "value": 0.5}}
    ]
    lines = list(design_table(read_settings(), report))
    assert [line.count("|") for line in lines] == [9] * len(lines)
    assert lines[2].startswith("| 1. model 1:")
    own = f"| {len(lines) - 2}. this release: model {read_settings().version}"
    assert lines[-1] == f"{own} | 0.500 | – | – | – | – | – | – |"


def test_a_training_run_without_details_still_has_a_page(photos, tmp_path):
    report = {"model": {"name": "condition", "version": "1", "sha256": ""}, **summarise(photos, THRESHOLDS)}
    page = write_html(report, photos, tmp_path / "r.html").read_text("utf-8")
    assert "By source" in page
    assert "Photo gate" not in page
