"""The shipped graph and the shipped trees must answer the same, above all next to thresholds."""

import lightgbm
import numpy as np
import pytest

from data.world import WorldSettings, simulate
from features.case.case_vector import compute
from serving.fraud.model import MODEL_NAME, TREES_FILE, FraudModel
from serving.release import open_release
from training.fraud.calibration import ScoreCalibration
from training.fraud.trees.parity import edge_rows

STAGE = 0


@pytest.fixture(scope="module")
def model() -> FraudModel:
    return FraudModel.open(open_release(MODEL_NAME))


@pytest.fixture(scope="module")
def trees() -> lightgbm.Booster:
    return lightgbm.Booster(model_file=str(open_release(MODEL_NAME).folder / TREES_FILE))


@pytest.fixture(scope="module")
def rows(trees: lightgbm.Booster) -> np.ndarray:
    seen = np.concatenate(
        [compute(block.columns()) for block in simulate(WorldSettings(seed=9, returns=2_000))]
    )
    return np.concatenate([seen, edge_rows(trees, seen, STAGE)])


def expected(trees: lightgbm.Booster, rows: np.ndarray) -> np.ndarray:
    saved = open_release(MODEL_NAME).manifest["calibration"]
    calibration = ScoreCalibration(tuple(saved["slopes"]), tuple(saved["offsets"]))
    raw = np.asarray(trees.predict(rows, raw_score=True, num_threads=1))
    return calibration.probability(raw, rows[:, STAGE].astype(np.int8))


def test_raw_scores_agree_to_the_last_bit(
    model: FraudModel, trees: lightgbm.Booster, rows: np.ndarray
) -> None:
    assert np.array_equal(model.raw_scores(rows), trees.predict(rows, raw_score=True, num_threads=1))


def test_probabilities_agree_and_no_decision_flips(
    model: FraudModel, trees: lightgbm.Booster, rows: np.ndarray
) -> None:
    found, wanted = model.probabilities(rows).astype(np.float64), expected(trees, rows)

    assert np.abs(found - wanted).max() <= 1e-6
    for threshold in model.policy.thresholds():
        assert np.array_equal(found >= threshold, wanted >= threshold)


def test_scoring_a_batch_warns_of_nothing(
    model: FraudModel, rows: np.ndarray, capfd: pytest.CaptureFixture[str]
) -> None:
    for size in (1, 3, 500):
        model.probabilities(rows[:size])

    assert capfd.readouterr().err == ""
