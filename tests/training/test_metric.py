"""Figures with intervals: right on known cases, honest about what can't be measured."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.metric import (
    auc,
    calibration_error,
    mean,
    measured,
    median,
    recall_at_false_alarms,
    value_of,
)


def sample(seed=0, size=400):
    rng = np.random.default_rng(seed)
    labels = rng.random(size) < 0.3
    return labels, np.round(rng.random(size) + 0.4 * labels, 2)


def test_auc_agrees_with_scikit_learn_ties_included():
    labels, scores = sample()
    assert value_of(auc, labels, scores) == pytest.approx(roc_auc_score(labels, scores))


def test_recall_counts_what_passes_the_threshold_of_the_false_alarms():
    labels = np.array([True] * 4 + [False] * 20)
    scores = np.array([0.9, 0.8, 0.5, 0.1, 0.6, *np.linspace(0.0, 0.4, 19)])
    assert value_of(recall_at_false_alarms(0.05), labels, scores) == pytest.approx(0.75)
    assert value_of(recall_at_false_alarms(0.0), labels, scores) == pytest.approx(0.5)


def test_a_calibrated_score_has_a_small_calibration_error():
    rng = np.random.default_rng(1)
    scores = rng.random(20_000)
    assert value_of(calibration_error, rng.random(20_000) < scores, scores) < 0.02
    assert value_of(calibration_error, rng.random(20_000) < scores**3, scores) > 0.1


def test_the_interval_holds_the_value_and_widens_with_fewer_groups():
    labels, scores = sample()
    many = measured(auc, labels, scores, [str(n) for n in range(400)], seed=0)
    few = measured(auc, labels, scores, [str(n % 12) for n in range(400)], seed=0)
    assert many.low < many.value < many.high
    assert (many.positives + many.negatives, few.groups) == (400, 12)


@pytest.mark.parametrize(
    "measure", [auc, recall_at_false_alarms(0.05), calibration_error, mean, median], ids=str
)
def test_a_row_that_counts_twice_is_as_good_as_two_rows(measure):
    labels, scores = sample(size=60)
    times = np.random.default_rng(2).integers(3, size=(5, 60))
    for weights, drawn in zip(times.astype(float), measure(labels, scores, times.astype(float)), strict=True):
        rows = np.repeat(np.arange(60), weights.astype(int))
        assert value_of(measure, labels[rows], scores[rows]) == pytest.approx(drawn)


@pytest.mark.parametrize("size", [5, 6])
def test_the_median_is_that_of_numpy(size):
    scores = np.random.default_rng(size).random(size)
    assert value_of(median, np.ones(size, bool), scores) == pytest.approx(np.median(scores))


def test_nothing_at_all_gives_no_figure():
    for measure in (auc, recall_at_false_alarms(0.05), calibration_error, mean, median):
        figure = measured(measure, np.ones(0, bool), np.ones(0), [], seed=0)
        assert figure.to_json()["value"] is None


def test_one_device_alone_has_no_interval():
    figure = measured(mean, np.ones(3, bool), np.array([0.2, 0.4, 0.6]), ["a"] * 3, seed=0).to_json()
    assert (figure["value"], figure["low"], figure["high"]) == (0.4, None, None)


def test_one_class_alone_gives_no_figure():
    figure = measured(auc, np.ones(5, bool), np.ones(5), list("abcde"), seed=0)
    assert figure.to_json()["value"] is None
