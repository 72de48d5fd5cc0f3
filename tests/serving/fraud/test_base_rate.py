import math
from pathlib import Path

import numpy as np
import pytest

from data.fraud import Moment
from data.world import WorldSettings, simulate
from features.case.case_vector import compute
from serving.deciding_files import FRAUD_POLICY, Chosen, deciding_files
from serving.fraud.base_rate import BaseRateShift, learnt_rate
from serving.fraud.model import MODEL_NAME, FraudModel
from serving.fraud.policy import DEFAULT_POLICY, InvalidFraudPolicy, read_fraud_policy
from serving.release import BrokenRelease, Release, open_release
from serving.settings import Settings
from serving.startup import open_scorer
from training.fraud.world.world_rows import Measured, join_measured, measure_block
from training.metrics.ranked import calibration_error, value_of


def policy_at(path: Path, base_rate: object) -> Path:
    path.write_text(f"{DEFAULT_POLICY.read_text(encoding='utf-8')}base_rate: {base_rate}\n", encoding="utf-8")
    return path


def opened(base_rate: float | None) -> FraudModel:
    policy = read_fraud_policy().model_copy(update={"base_rate": base_rate})
    return FraudModel.open(open_release(MODEL_NAME), policy)


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    block = next(iter(simulate(WorldSettings(seed=44, returns=3_000))))
    return compute(block.columns())


def test_without_a_base_rate_no_bit_of_a_probability_changes(vectors: np.ndarray) -> None:
    plain, shifted = opened(None), opened(learnt_rate(open_release(MODEL_NAME).manifest))

    assert shifted.base_rate_shift.log_odds == 0.0
    assert plain.probabilities(vectors).tobytes() == shifted.probabilities(vectors).tobytes()


def test_every_probability_moves_by_the_same_log_odds(vectors: np.ndarray) -> None:
    model = opened(0.018)
    before, after = (one.probabilities(vectors).astype(np.float64) for one in (opened(None), model))

    moved = np.log(after / (1 - after)) - np.log(before / (1 - before))
    learnt = learnt_rate(open_release(MODEL_NAME).manifest)
    assert learnt is not None
    expected = math.log(0.018 / 0.982) - math.log(learnt / (1 - learnt))
    assert model.base_rate_shift.log_odds == pytest.approx(expected)
    assert np.abs(moved - expected).max() < 1e-4


def test_what_is_certain_or_no_number_stays_so() -> None:
    shift = BaseRateShift(-2.0)

    found = shift.apply(np.array([0.0, 1.0, np.nan], dtype=np.float32))
    assert found[:2].tolist() == [0.0, 1.0]
    assert np.isnan(found[2])


@pytest.mark.parametrize("prevalence", [0.018, 0.093])
def test_the_base_rate_mends_the_calibration_where_another_share_is_fraud(prevalence: float) -> None:
    world = WorldSettings(seed=45, returns=20_000, prevalence=prevalence)
    rows = verified(world)

    errors = {
        rate: value_of(
            calibration_error, rows.is_fraud, opened(rate).probabilities(rows.matrix).astype(np.float64)
        )
        for rate in (None, prevalence)
    }
    assert errors[prevalence] < 0.012
    assert errors[prevalence] < errors[None] / 1.5


def verified(world: WorldSettings) -> Measured:
    blocks = [measure_block(block, world, first_day=90) for block in simulate(world)]
    return join_measured(blocks).at(Moment.T2)


def test_a_release_that_does_not_say_its_share_refuses_another_one() -> None:
    release = open_release(MODEL_NAME)
    manifest = {**release.manifest, "training": {"data": "somewhere"}}
    unsaid = Release(release.name, release.version, release.folder, manifest)

    assert BaseRateShift.of(unsaid, None).log_odds == 0.0
    with pytest.raises(BrokenRelease, match=r"does not say for which share.*take base_rate out"):
        BaseRateShift.of(unsaid, 0.02)


@pytest.mark.parametrize("wrong", [0, 0.6, "often", -0.01])
def test_a_base_rate_that_is_no_share_is_refused(tmp_path: Path, wrong: object) -> None:
    with pytest.raises(InvalidFraudPolicy, match="base_rate"):
        read_fraud_policy(policy_at(tmp_path / "policy.yaml", wrong))


def test_an_operators_own_policy_answers_and_is_among_the_files_that_decide(tmp_path: Path) -> None:
    path = policy_at(tmp_path / "policy.yaml", 0.018)
    settings = Settings.of({"REGRADE_FRAUD_POLICY": str(path)})

    assert open_scorer(settings).policy.base_rate == 0.018
    assert Settings.of(settings.variables()).fraud_policy == path
    assert deciding_files(settings.chosen)[FRAUD_POLICY] == path
    assert deciding_files(Chosen())[FRAUD_POLICY] == DEFAULT_POLICY
