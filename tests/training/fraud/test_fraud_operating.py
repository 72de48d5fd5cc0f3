"""What a calibrated score leads to: how sure it is, who is looked at, and what that pays."""

import numpy as np
import pytest

from training.fraud.calibration import CalibrationRows, calibrate, confirmation
from training.fraud.operating import ReviewCosts, ScoredReturns, at_capacity, at_threshold, best_paying
from training.fraud.settings import LabelNoise
from training.metrics.ranked import calibration_error, value_of


@pytest.fixture
def scored() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    truth = rng.random(4000) < 0.1
    return truth, np.round(np.clip(rng.normal(0.3 + 0.2 * truth, 0.15), 0, 1), 2)


def test_calibration_makes_up_for_fraud_that_reviews_miss() -> None:
    rng = np.random.default_rng(4)
    raw = rng.normal(-2.5, 1.5, 60_000)
    truth = rng.random(len(raw)) < 1 / (1 + np.exp(-raw))
    label = (truth & (rng.random(len(raw)) < 0.7)) | (~truth & (rng.random(len(raw)) < 0.004))

    stage, ones = np.zeros(len(raw), np.int8), np.ones(len(raw))
    rows = CalibrationRows(raw, label.astype(np.int8), ones, stage, 0.7 * ones)

    found = calibrate(rows, 1, LabelNoise(0.7, 0.004))

    probability = found.probability(raw, np.zeros(len(raw), np.int8))
    assert value_of(calibration_error, truth, probability) < 0.01
    assert probability.mean() == pytest.approx(truth.mean(), rel=0.08)


def test_a_fraud_is_confirmed_as_often_as_the_kinds_it_may_be() -> None:
    shares = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])

    found = confirmation(shares, np.array([0.8, 0.4]))

    # Of 100 frauds of the first kind and 200 of the second, 80 each are confirmed: 160 of 300.
    assert found == pytest.approx([0.8, 0.4, 160 / 300])


def test_a_stage_with_too_few_labels_keeps_its_raw_scores() -> None:
    raw = np.zeros(10)

    none = np.zeros(10, np.int8)

    found = calibrate(CalibrationRows(raw, none, np.ones(10), none, np.ones(10)), 1, LabelNoise())

    assert (found.slopes, found.offsets) == ((1.0,), (0.0,))


COSTS = ReviewCosts(version=0, review_usd=10.0, insult_usd=20.0, prevented_share=0.5, capacities=(0.05,))


def test_an_operating_point_counts_money_and_people() -> None:
    truth, scores = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.3, 0.1])
    value = np.array([100.0, 100.0, 400.0, 400.0])

    point = at_threshold("half", 0.5, ScoredReturns(truth, scores, value, COSTS))

    assert (point.precision, point.recall, point.reviewed_share) == (0.5, 0.5, 0.5)
    assert point.prevented_usd == 50.0
    assert point.net_usd == 50.0 - 2 * 10.0 - 20.0


def test_capacity_takes_the_highest_scores() -> None:
    scores = np.linspace(0, 1, 100)

    point = at_capacity(0.05, ScoredReturns(scores > 0.97, scores, np.full(100, 10.0), COSTS))

    assert point.reviewed_share == 0.05
    assert point.recall == 1.0


def test_the_best_paying_threshold_pays_at_least_as_much_as_any_capacity(
    scored: tuple[np.ndarray, np.ndarray],
) -> None:
    value = np.full(len(scored[0]), 300.0)

    rows = ScoredReturns(*scored, value, COSTS)

    assert best_paying(rows).net_usd >= at_capacity(0.05, rows).net_usd
