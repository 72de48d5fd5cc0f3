"""What a caller gets stays in proportion to LightGBM on the same trees and cases, in one run of one core."""

import pytest

from tests.bench.machine import one_core
from tests.bench.reasons import REASONS, Rates, cases_of_world, measure_rates


@pytest.fixture(scope="module")
def rates() -> Rates:
    with one_core():
        return measure_rates(cases_of_world(120), 3)


def ratio(rates: Rates, one: str, other: str) -> float:
    return rates.steps[one].p50 / rates.steps[other].p50


def test_reasons_take_a_part_of_the_time_that_lightgbm_takes_to_explain(rates: Rates) -> None:
    """Bounds far below what is measured in docs/measured/reasons.txt: a busy machine is no failure."""
    assert ratio(rates, "SHAP values alone", "LightGBM pred_contrib") > 2.0
    assert ratio(rates, f"score, {REASONS} reasons", "LightGBM pred_contrib") > 1.3


def test_scores_without_reasons_keep_near_to_parsing_and_predicting(rates: Rates) -> None:
    assert ratio(rates, "JSON to JSON, no reasons", "json.loads + booster.predict") > 0.05


def test_every_ratio_that_is_told_is_measured(rates: Rates) -> None:
    assert len(rates.ratios()) == 7
