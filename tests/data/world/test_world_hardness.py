"""The simulated world must be as hard as asked: neither a lookup table nor noise."""

import lightgbm
import numpy as np
import pytest

from data.fraud import Moment
from data.world import WorldSettings, simulate
from features.case.case_vector import compute
from features.case.contract import case_contract
from training.fraud.points_rule import points, points_rules
from training.metrics.ranked import auc, average_precision, value_of

RETURNS = 60_000
Rows = tuple[np.ndarray, np.ndarray, np.ndarray]


def drawn(settings: WorldSettings) -> Rows:
    """Return features at T2, truth, and the number of each return, in order of time."""
    parts = []
    for block in simulate(settings):
        as_of = block.as_of(Moment.T2)
        reached = np.flatnonzero(~np.isnan(as_of))
        matrix = compute(block.columns().take(reached).at(as_of[reached]))
        parts.append((matrix, block.intent.typology[reached] >= 0, block.first + reached))
    matrix, truth, number = (np.concatenate(column) for column in zip(*parts, strict=True))
    return matrix, truth, number


@pytest.fixture(scope="module")
def rows() -> Rows:
    return drawn(WorldSettings(returns=RETURNS))


def score_later(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return the truth of the later returns, and scores by a model that knew it of the earlier ones."""
    matrix, truth, number = rows
    earlier, later = number < number[-1] * 0.65, number >= number[-1] * 0.7
    parameters = {
        "objective": "binary",
        "verbosity": -1,
        "num_threads": 1,
        "learning_rate": 0.07,
        "feature_fraction": 0.4,
        "min_child_samples": 80,
        "lambda_l2": 10.0,
        "max_bin": 63,
    }
    booster = lightgbm.train(
        parameters, lightgbm.Dataset(matrix[earlier], label=truth[earlier]), num_boost_round=120
    )

    return truth[later], np.asarray(booster.predict(matrix[later]))


@pytest.mark.slow
def test_a_model_that_knew_the_truth_would_find_the_world_as_hard_as_asked(rows: Rows) -> None:
    later = score_later(rows)

    assert 0.80 <= value_of(auc, *later) <= 0.88
    assert 0.35 <= value_of(average_precision, *later) <= 0.55


@pytest.mark.slow
def test_no_single_feature_gives_the_answer_away(rows: Rows) -> None:
    require_no_giveaway(rows)


@pytest.mark.slow
@pytest.mark.parametrize("prevalence", [0.02, 0.10])
def test_the_world_stays_hard_where_fraud_is_rarer_or_more_common(prevalence: float) -> None:
    rows = drawn(WorldSettings(seed=8, returns=RETURNS, prevalence=prevalence))

    require_no_giveaway(rows)
    assert 0.75 <= value_of(auc, *score_later(rows)) <= 0.90


def require_no_giveaway(rows: Rows) -> None:
    matrix, truth, _ = rows
    for column, name in enumerate(case_contract().names):
        for unknown in (-1e9, 1e9):
            values = np.nan_to_num(matrix[:, column].astype(np.float64), nan=unknown)
            found = value_of(auc, truth, values)
            assert max(found, 1.0 - found) <= 0.75, name


@pytest.mark.slow
def test_adding_up_the_four_heaviest_rules_does_not_find_the_fraud(rows: Rows) -> None:
    matrix, truth, _ = rows

    scores = points(matrix, points_rules(only_four=True))

    assert value_of(average_precision, truth, scores) <= 0.30
    assert value_of(auc, truth, scores) > 0.55
