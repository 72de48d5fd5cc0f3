"""Figures with intervals: right on known cases, honest about what can't be measured."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from training.metrics.bootstrap import Bootstrap, resampled_share
from training.metrics.figure import Figure, Share
from training.metrics.ranked import (
    Ranked,
    auc,
    average_precision,
    calibration_error,
    calibration_error_of_both,
    mean,
    median,
    recall_at_capacity,
    recall_at_false_alarms,
    reliability,
    value_of,
)

MEASURES = (
    auc,
    average_precision,
    recall_at_capacity(0.05),
    recall_at_false_alarms(0.05),
    calibration_error,
    calibration_error_of_both,
    mean,
    median,
)


def sample(seed=0, size=400):
    rng = np.random.default_rng(seed)
    truth = rng.random(size) < 0.3
    return truth, np.round(rng.random(size) + 0.4 * truth, 2)


def test_ranking_measures_agree_with_scikit_learn_ties_included():
    truth, scores = sample()
    assert value_of(auc, truth, scores) == pytest.approx(roc_auc_score(truth, scores))
    assert value_of(average_precision, truth, scores) == pytest.approx(average_precision_score(truth, scores))


def test_recall_counts_what_passes_the_threshold_of_the_false_alarms():
    truth = np.array([True] * 4 + [False] * 20)
    scores = np.array([0.9, 0.8, 0.5, 0.1, 0.6, *np.linspace(0.0, 0.4, 19)])
    assert value_of(recall_at_false_alarms(0.05), truth, scores) == pytest.approx(0.75)
    assert value_of(recall_at_false_alarms(0.0), truth, scores) == pytest.approx(0.5)


def test_recall_at_a_capacity_shares_ties():
    truth = np.array([True, False, False, True])
    assert value_of(recall_at_capacity(0.5), truth, np.array([0.9, 0.8, 0.1, 0.2])) == 0.5
    assert value_of(recall_at_capacity(0.5), truth, np.full(4, 0.3)) == pytest.approx(0.5)


def test_a_calibrated_score_has_a_small_calibration_error():
    rng = np.random.default_rng(1)
    scores = rng.random(20_000)
    assert value_of(calibration_error, rng.random(20_000) < scores, scores) < 0.02
    assert value_of(calibration_error, rng.random(20_000) < scores**3, scores) > 0.1


def test_scores_that_are_the_truth_have_no_calibration_error():
    truth = np.array([True, False, True, False])
    assert value_of(calibration_error, truth, truth.astype(float)) == 0.0
    assert value_of(calibration_error, truth, np.full(4, 0.9)) == pytest.approx(0.4)


def test_one_class_alone_is_calibrated_or_not_but_not_where_both_are_asked_for():
    truth, scores = np.zeros(4, bool), np.full(4, 0.3)
    assert value_of(calibration_error, truth, scores) == pytest.approx(0.3)
    assert np.isnan(value_of(calibration_error_of_both, truth, scores))


def test_reliability_tells_what_was_said_and_what_was_so_by_bin():
    said, was, rows = reliability(np.array([True, False, True, True]), np.array([0.1, 0.3, 0.7, 1.0]), bins=2)
    assert (said.tolist(), was.tolist(), rows.tolist()) == ([0.2, 0.85], [0.5, 1.0], [2, 2])


def test_the_interval_holds_the_value_and_widens_with_fewer_groups():
    truth, scores = sample()
    many = Bootstrap.by_group(truth, scores, [str(n) for n in range(400)]).figure(auc)
    few = Bootstrap.by_group(truth, scores, [str(n % 12) for n in range(400)]).figure(auc)
    assert many.low < many.value < many.high
    assert (many.n, few.groups) == (400, 12)


def test_drawing_rows_one_by_one_scatters_as_drawing_groups_of_one_does():
    truth, scores = sample(size=1000)
    rows = Bootstrap.by_row(truth, scores).figure(auc)
    groups = Bootstrap.by_group(truth, scores, [str(n) for n in range(1000)]).figure(auc)
    assert (rows.value, rows.n, rows.positives) == (groups.value, 1000, truth.sum())
    assert (rows.low, rows.high) == pytest.approx((groups.low, groups.high), abs=0.01)


# Measured by the code before all measures were brought together: the draws of an interval must stay.
@pytest.mark.parametrize(
    ("measure", "by_row", "by_group"),
    [
        (auc, (0.840856, 0.796553, 0.880614), (0.840856, 0.799653, 0.878131)),
        (calibration_error_of_both, (0.200946, 0.171700, 0.234744), (0.200946, 0.171619, 0.231200)),
    ],
    ids=["auc", "calibration error"],
)
def test_a_seed_gives_the_interval_it_always_gave(measure, by_row, by_group):
    truth, scores = sample()
    scores = scores / 1.4
    groups = [str(n // 4) for n in range(400)]
    for figure, known in (
        (Bootstrap.by_row(truth, scores).figure(measure), by_row),
        (Bootstrap.by_group(truth, scores, groups).figure(measure), by_group),
    ):
        assert (figure.value, figure.low, figure.high) == pytest.approx(known, abs=5e-6)


def test_merging_levels_hardly_moves_a_figure():
    rng = np.random.default_rng(3)
    truth = rng.random(5_000) < 0.2
    rows = Ranked.of(truth, rng.normal(truth, 1.0))
    merged = rows.merged(500)
    assert len(merged.scores) == 500
    assert auc(merged)[0] == pytest.approx(auc(rows)[0], abs=1e-3)


@pytest.mark.parametrize("measure", MEASURES, ids=str)
def test_a_row_that_counts_twice_is_as_good_as_two_rows(measure):
    truth, scores = sample(size=60)
    times = np.random.default_rng(2).integers(3, size=(5, 60))
    for weights, drawn in zip(times, measure(Ranked.of(truth, scores, times.astype(float))), strict=True):
        rows = np.repeat(np.arange(60), weights)
        assert value_of(measure, truth[rows], scores[rows]) == pytest.approx(drawn)


@pytest.mark.parametrize("size", [5, 6])
def test_the_median_is_that_of_numpy(size):
    scores = np.random.default_rng(size).random(size)
    assert value_of(median, np.ones(size, bool), scores) == pytest.approx(np.median(scores))


@pytest.mark.parametrize("measure", MEASURES, ids=str)
def test_nothing_at_all_gives_no_figure(measure):
    figure = Bootstrap.by_group(np.ones(0, bool), np.ones(0), []).figure(measure)
    assert figure.to_json()["value"] is None


def test_one_device_alone_has_no_interval():
    rows = Bootstrap.by_group(np.ones(3, bool), np.array([0.2, 0.4, 0.6]), ["a"] * 3)
    figure = rows.figure(mean).to_json()
    assert (figure["value"], figure["low"], figure["high"]) == (0.4, None, None)


def test_one_class_alone_gives_no_figure():
    figure = Bootstrap.by_group(np.ones(5, bool), np.ones(5), list("abcde")).figure(auc)
    assert figure.to_json()["value"] is None


def test_a_figure_says_over_how_many_it_was_measured_and_null_where_nothing_was():
    assert Figure(0.123456, 0.1, float("nan"), 2, 3, 4).to_json(digits=4) == {
        "value": 0.1235,
        "low": 0.1,
        "high": None,
        "n": 5,
        "positives": 2,
        "negatives": 3,
        "groups": 4,
    }
    assert "groups" not in Figure(0.5, 0.4, 0.6, 2, 3).to_json()
    assert str(Figure(0.5, 0.4, 0.6, 2, 3)) == "0.500 (0.400 to 0.600)"


def test_a_resampled_share_has_an_interval_near_the_exact_one_but_at_its_ends():
    found = np.arange(200) < 20
    share = resampled_share(found)
    assert (share.value, share.n, share.positives) == (0.1, 200, 20)
    assert (share.low, share.high) == pytest.approx(Share(20, 200).interval, abs=0.006)
    none = resampled_share(np.zeros(200, bool))
    assert none.low == none.high == 0.0 < Share(0, 200).interval[1]
    assert resampled_share(found[:0]).to_json()["value"] is None
