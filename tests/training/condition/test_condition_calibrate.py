"""Two looks read as one probability: what either sees counts, and neither is turned upside down."""

from dataclasses import replace

import numpy as np
import pytest

from data.defect import DefectKind
from serving.condition.inference import either
from training.condition.lines.calibrate import LookCalibration, calibrate
from training.condition.lines.calibration_looks import RawLook
from training.condition.lines.look_lines import DROPPED, INTERCEPTS, LOG_SLOPES, fit_lines
from training.condition.network import KINDS

CRACK = KINDS.index(DefectKind.CRACK)


ONLY_CRACK = frozenset({DefectKind.CRACK})


def looks(labels, device, detail, *, is_drawn=False, could_show=ONLY_CRACK, group="group"):
    def one(number, label, far, near):
        logits = np.zeros((2, len(KINDS)))
        logits[:, CRACK] = (far, near)
        return RawLook(
            {DefectKind.CRACK: bool(label)}, could_show, logits, is_drawn, {}, {}, f"{group}-{number}"
        )

    return [one(number, *values) for number, values in enumerate(zip(labels, device, detail, strict=True))]


def read(line, far, near):
    slope = np.array([line.device_slope, line.detail_slope])
    intercept = np.array([line.device_intercept, line.detail_intercept])
    return float(either(slope * np.array([far, near]) + intercept))


def test_a_defect_that_only_one_look_sees_is_still_believed():
    rng = np.random.default_rng(0)
    none, some = rng.normal(-3, 1, (2, 300)), rng.normal(-3, 1, (2, 100))
    some[0, :50] += 6
    some[1, 50:] += 6
    labels = np.repeat([0, 1], [300, 100])
    line = calibrate(looks(labels, *np.concatenate([none, some], axis=1)), DefectKind.CRACK, CRACK)
    assert read(line, 3, -3) > 0.85
    assert read(line, -3, 3) > 0.85
    assert read(line, -3, -3) < 0.1


def test_the_probabilities_are_calibrated_on_what_they_were_fitted_on():
    rng = np.random.default_rng(1)
    labels = rng.random(2000) < 0.2
    far, near = (rng.normal(labels * 2.0, 1.0) for _ in range(2))
    line = calibrate(looks(labels, far, near), DefectKind.CRACK, CRACK)
    said = np.array([read(line, *pair) for pair in zip(far, near, strict=True)])
    assert said.mean() == pytest.approx(labels.mean(), abs=0.02)
    assert line.base_rate == pytest.approx(labels.mean())


def test_the_odds_start_from_the_photos_that_could_show_the_kind():
    able = looks([1, 0, 0, 0], [1] * 4, [1] * 4)
    unable = looks([0] * 12, [-3] * 12, [-3] * 12, could_show=frozenset())
    assert calibrate(able + unable, DefectKind.CRACK, CRACK).base_rate == 0.25
    assert calibrate(unable, DefectKind.CRACK, CRACK).base_rate == LookCalibration.base_rate


def test_a_look_that_says_more_never_means_less():
    rng = np.random.default_rng(2)
    labels = (rng.random(400) < 0.3).astype(float)
    wrong = rng.normal(-labels * 3.0, 1.0)
    line = calibrate(looks(labels, wrong, rng.normal(labels, 1.0)), DefectKind.CRACK, CRACK)
    for far, near in ((-2, 0), (0, 0), (2, 2)):
        assert read(line, far + 1, near) >= read(line, far, near)
        assert read(line, far, near + 1) >= read(line, far, near)


def test_too_few_examples_leave_the_answers_as_they_are():
    line = calibrate(looks([1, 1, 0], [1, 2, 0], [1, 2, 0]), DefectKind.CRACK, CRACK)
    assert (line.device_slope, line.device_intercept) == (1.0, 0.0)
    assert calibrate([], DefectKind.CRACK, CRACK) == LookCalibration()


def test_the_threshold_lets_few_negatives_pass_of_drawn_and_of_real_photos_each():
    rng = np.random.default_rng(3)
    labels = rng.random(1000) < 0.3
    far, near = (rng.normal(labels * 4.0 - 2.0, 1.0) for _ in range(2))
    items = looks(labels, far, near) + looks(labels, far + 1.0, near + 1.0, is_drawn=True)
    line = calibrate(items, DefectKind.CRACK, CRACK)
    for drawn in (False, True):
        said = [
            read(line, *item.logits[:, CRACK])
            for item in items
            if item.is_drawn is drawn and not item.labels[DefectKind.CRACK]
        ]
        assert np.mean(np.array(said) > line.threshold) <= 0.025


def test_a_look_that_tells_nothing_is_left_out_and_adds_nothing():
    rng = np.random.default_rng(4)
    labels = rng.random(600) < 0.2
    noise, near = rng.normal(-2.0, 1.0, 600), rng.normal(labels * 5.0 - 3.0, 1.0)

    line = calibrate(looks(labels, noise, near), DefectKind.CRACK, CRACK)

    assert (line.device_slope, line.device_intercept) == DROPPED
    assert line.detail_slope > 0.5
    # What it said of every photo is gone: a photo that shows nothing near is as clean as that says.
    assert read(line, -2.0, -6.0) < 0.002
    assert read(line, 9.0, -6.0) == pytest.approx(read(line, -9.0, -6.0))


def test_where_neither_look_tells_anything_every_photo_gets_the_share_of_all():
    rng = np.random.default_rng(5)
    labels = rng.random(300) < 0.3

    line = calibrate(looks(labels, *rng.normal(-1.0, 1.0, (2, 300))), DefectKind.CRACK, CRACK)

    for far, near in ((-3.0, -3.0), (0.0, 0.0), (5.0, -5.0)):
        assert read(line, far, near) == pytest.approx(labels.mean())


@pytest.mark.parametrize("apart", [0.0, 0.5, 3.0, 20.0])
@pytest.mark.parametrize("scale", [0.02, 1.0, 30.0])
def test_no_slope_ends_at_the_bound_of_its_fit(apart, scale):
    rng = np.random.default_rng(6)
    labels = rng.random(400) < 0.25
    logits = scale * (
        rng.normal(0.0, 1.0, (400, 2)) + np.column_stack([apart * labels, 0.5 * apart * labels])
    )

    for slope, intercept in fit_lines(logits, labels):
        if slope > 0.0:
            assert LOG_SLOPES[0] + 0.01 < np.log(slope) < LOG_SLOPES[1] - 0.01
            assert INTERCEPTS[0] < intercept < INTERCEPTS[1]


def test_both_looks_stay_where_each_tells_something():
    rng = np.random.default_rng(7)
    labels = rng.random(1500) < 0.3
    far, near = (rng.normal(labels * 2.0 - 2.0, 1.0) for _ in range(2))

    line = calibrate(looks(labels, far, near), DefectKind.CRACK, CRACK)

    assert min(line.device_slope, line.detail_slope) > 0.2


def test_a_look_that_only_says_how_often_the_other_is_wrong_is_left_out():
    """Model 9's scratches: a slope of 0.01 in the device look added 3 % to every photo of any phone."""
    rng = np.random.default_rng(9)
    near = np.concatenate([rng.normal(-6, 1.5, 300), rng.normal(4, 1.0, 40), rng.normal(-12, 6.0, 14)])
    labels = np.repeat([0, 1], [300, 54]).astype(bool)
    # Alike for the clean, the found and the missed.
    far = np.concatenate([np.linspace(-6, -2, count) for count in (300, 40, 14)])
    line = calibrate(looks(labels, far, near), DefectKind.CRACK, CRACK)
    assert (line.device_slope, line.device_intercept) == DROPPED
    assert read(line, -4, -9) < 0.03


def test_photos_on_which_no_device_is_found_teach_the_lines_nothing():
    labels, far = [0] * 20 + [1] * 20, [-3.0] * 20 + [3.0] * 20
    graded = looks(labels, far, far)
    bottles = [replace(one, is_graded=False) for one in looks([1] * 30, [-20.0] * 30, [-20.0] * 30)]
    assert calibrate([*graded, *bottles], DefectKind.CRACK, CRACK) == calibrate(
        graded, DefectKind.CRACK, CRACK
    )
