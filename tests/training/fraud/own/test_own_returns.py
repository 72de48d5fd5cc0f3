import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import regrade
from data.case import parse_case
from data.fraud import Moment
from data.history import PriorOutcome
from data.labelled.known_outcome import KnownOutcome
from data.world import WorldSettings, simulate, write_world
from data.world.figures import UnknownFigure, changed_figures, load_figures
from data.world.written.messages import case_messages
from features.case.contract import case_contract
from serving.fraud.base_rate import learnt_rate
from serving.fraud.model import MODEL_NAME, TREES_FILE, FraudModel
from serving.fraud.policy import read_fraud_policy
from serving.release import models_root, open_folder, open_release, read_golden
from serving.settings import Settings
from serving.startup import open_scorer
from training.fraud.own.adapt import Start, adapt
from training.fraud.own.leaves import Leaves
from training.fraud.own.own_base_rate import estimate_base_rate
from training.fraud.own.own_rows import OwnRows, all_rows, match
from training.fraud.own.own_world import OwnWorld, own_world
from training.fraud.own.settings import OwnSettings, read_own_settings, with_confirmed
from training.fraud.own.train_own import TooFewOutcomes, split_by_time, train_own
from training.fraud.settings import read_settings
from training.studies.own_returns import draw_outcomes, measure_point

WORLD = WorldSettings(seed=91, returns=4_000, prevalence=0.1)


@pytest.fixture(scope="module")
def world() -> OwnWorld:
    return own_world(WORLD, load_figures(), 270, 8.0)


@pytest.fixture(scope="module")
def start() -> Start:
    return Start.of(open_release(MODEL_NAME))


@pytest.fixture(scope="module")
def quick() -> OwnSettings:
    """Settings by which few outcomes move the leaves, in few steps."""
    settings = read_own_settings()
    leaves = replace(
        settings.leaves, penalties=(1000.0,), folds=2, steps=8, least_outcomes=100, least_frauds=5
    )
    return settings.model_copy(update={"leaves": leaves})


def test_leaves_that_are_not_moved_answer_as_released(world: OwnWorld, start: Start) -> None:
    rows = world.known.matrix[:300]

    raw = start.raw(rows)
    assert np.abs(start.leaves.reached(rows) @ start.leaves.value - raw).max() < 1e-6
    same = start.leaves.moved(np.zeros(len(start.leaves)))
    assert np.abs(np.asarray(same.predict(rows, raw_score=True)) - raw).max() < 1e-6


def test_leaves_moved_at_random_keep_every_direction_that_is_law(world: OwnWorld, start: Start) -> None:
    steps = np.random.default_rng(3).normal(0.0, 0.2, len(start.leaves))
    trees = start.leaves.moved(steps)
    rows = world.known.matrix[world.known.stage == 2][:40]

    for name, way in read_settings().boosting.monotone.items():
        scores = []
        for value in (0.0, 1.0, 2.0, 5.0):
            changed = rows.copy()
            changed[:, case_contract().places[name]] = value
            scores.append(way * np.asarray(trees.predict(changed, raw_score=True)))
        assert (np.diff(np.stack(scores), axis=0) > -1e-9).all(), name


def test_bounds_tell_apart_what_a_direction_holds(start: Start) -> None:
    leaves = Leaves.of(start.release.path_of(TREES_FILE).read_text(encoding="utf-8"))

    assert (leaves.low <= leaves.value).all()
    assert (leaves.value <= leaves.high).all()
    assert np.isfinite(leaves.low).any()
    assert not np.isfinite(leaves.low).all()


def test_few_outcomes_move_one_offset_and_no_tree(world: OwnWorld, start: Start) -> None:
    some = draw_outcomes(world.known, 300, seed=1)
    adapted = adapt(some, start, read_own_settings())

    assert (adapted.chosen, adapted.is_moved, adapted.is_calibrated) == (None, False, True)
    assert np.abs(adapted.raw(some.matrix) - start.raw(some.matrix)).max() < 1e-6
    assert adapted.calibration.slopes == start.calibration.slopes
    moved = np.subtract(adapted.calibration.offsets, start.calibration.offsets)
    assert np.ptp(moved) < 1e-6


def test_outcomes_that_nobody_weighs_leave_the_calibration_alone(world: OwnWorld, start: Start) -> None:
    unweighed = replace(world.known, weight=np.full(len(world.known), np.nan))
    adapted = adapt(draw_outcomes(unweighed, 300, seed=1), start, read_own_settings())

    assert not adapted.is_calibrated
    assert adapted.calibration == start.calibration
    assert estimate_base_rate(unweighed, np.full(len(unweighed), 0.75), 0.004) is None


def test_later_outcomes_are_measured_by_what_was_known_before_of_other_customers(world: OwnWorld) -> None:
    learnt, later = split_by_time(world.known, 0.2)

    assert later.returns == pytest.approx(world.known.returns * 0.2, rel=0.05)
    assert learnt.known_s.max() < later.requested_s.min()
    assert not set(learnt.customer.tolist()) & set(later.customer.tolist())


def test_the_base_rate_undoes_whom_reviews_choose_and_what_they_miss() -> None:
    rng = np.random.default_rng(5)
    fraud = rng.random(40_000) < 0.06
    chance = np.where(fraud, 0.6, 0.1)
    known = rng.random(40_000) < chance
    confirmed = fraud & (rng.random(40_000) < 0.75)
    rows = _rows(confirmed[known], 1.0 / chance[known])

    found = estimate_base_rate(rows, np.full(len(rows), 0.75), 0.0)
    assert found is not None
    assert found.value == pytest.approx(0.06, abs=0.006)
    assert found.low < 0.06 < found.high


def _rows(fraud: np.ndarray, weight: np.ndarray) -> OwnRows:
    count = len(fraud)
    number, zeros = np.arange(count), np.zeros(count)
    matrix = np.zeros((count, len(case_contract().names)), dtype=np.float32)
    small = np.zeros(count, dtype=np.int8)
    return OwnRows(
        matrix, small, fraud.astype(np.int8), weight, number, number, zeros, zeros, small - 1, number
    )


def test_too_few_frauds_are_refused_with_how_many_there_are(world: OwnWorld, tmp_path: Path) -> None:
    honest = world.known.where(~world.known.is_fraud)

    with pytest.raises(TooFewOutcomes, match=r"0 confirmed frauds and \d+ honest.*at least 8 of each"):
        list(train_own(honest, tmp_path / "release", settings=read_own_settings()))


def test_cases_of_a_file_become_the_rows_that_the_world_has(world: OwnWorld) -> None:
    block = next(iter(simulate(WORLD)))
    cases = [parse_case(message) for message in case_messages(block, load_figures(), WORLD)][:150]
    known = {
        case.rma.rma_id.lower(): KnownOutcome(
            rma_id=case.rma.rma_id, outcome=PriorOutcome.HONEST, known_at=case.as_of
        )
        for case in cases
    }
    rows = all_rows(match(cases, known), 8.0)

    for moment in (0, 2):
        ours = rows.matrix[rows.stage == moment]
        theirs = world.known.matrix[world.known.stage == moment]
        seen = {row.tobytes() for row in ours}
        found = sum(row.tobytes() in seen for row in theirs[:30])
        assert found >= 5, moment
    assert np.isin(np.unique(rows.number[rows.stage == 2]), rows.number[rows.stage == 0]).all()


def test_what_can_not_be_used_is_counted(world: OwnWorld) -> None:
    block = next(iter(simulate(WORLD)))
    case = parse_case(next(iter(case_messages(block, load_figures(), WORLD))))
    early = KnownOutcome(
        rma_id=case.rma.rma_id,
        outcome=PriorOutcome.FRAUD,
        known_at=case.rma.requested_at.replace(year=case.rma.requested_at.year - 1),
    )
    stray = early.model_copy(update={"rma_id": "ELSEWHERE"})
    found = match([case, case], {case.rma.rma_id.lower(): early, "elsewhere": stray})

    assert (found.older, found.unmatched, found.too_early, len(found.outcomes)) == (1, 1, 1, 0)
    assert len(list(found.lines())) == 4


def test_a_release_of_own_returns_opens_and_carries_no_return(
    world: OwnWorld, quick: OwnSettings, start: Start, tmp_path: Path
) -> None:
    lines = list(train_own(world.known, tmp_path / "release", settings=quick, version="own-1"))

    made = open_folder(tmp_path / "release")
    model = FraudModel.open(made)
    rows = world.later.matrix[:50]
    assert any(line.startswith("base rate: ") for line in lines)
    assert learnt_rate(made.manifest) == pytest.approx(0.1, abs=0.06)
    sums = model.contributions(rows).sum(axis=1)
    assert np.abs(sums - model.raw_scores(rows)).max() < 1e-5
    golden = read_golden(made)["input_features"]
    assert golden.tobytes() == read_golden(start.release)["input_features"].tobytes()
    card = (tmp_path / "release" / "card.md").read_text(encoding="utf-8")
    assert "fitted on own returns" in card
    assert made.manifest["training"]["outcomes"] == world.known.returns


def test_a_curve_measures_both_on_the_same_returns(world: OwnWorld, start: Start) -> None:
    point = measure_point("here", world, 120, start, seed=11)

    assert point.outcomes == 120
    assert point.gain.low <= point.gain.value <= point.gain.high
    assert point.to_json()["gain"]["n"] == len(world.later.is_fraud)


def test_a_figure_that_the_world_does_not_have_can_not_be_changed() -> None:
    with pytest.raises(UnknownFigure, match=r"benches: eyes: figures\.yaml has no such entry"):
        changed_figures({"benches": {"eyes": 2}})


def test_a_known_share_of_confirmed_frauds_holds_for_every_kind() -> None:
    assert with_confirmed(read_own_settings(), None) is read_own_settings()
    assert with_confirmed(read_own_settings(), 0.9).labels.confirmed_of == {}


@pytest.mark.slow
def test_files_become_a_release_and_a_policy_that_serve(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_world(replace(WORLD, returns=2_500), tmp_path / "world")
    files = [f"--cases={tmp_path}/world/cases.jsonl", f"--outcomes={tmp_path}/world/outcomes.parquet"]
    models = tmp_path / "models"
    shutil.copytree(models_root(), models)

    out = models / "fraud" / "own-1"
    cut = "--as-of=2025-08-01T00:00:00Z"
    assert regrade.main(["train", "fraud", *files, cut, f"--out={out}", "--version=own-1"]) == 0
    report = [f"--release={out}", f"--out={tmp_path}/report", f"--policy={tmp_path}/policy.yaml"]
    assert regrade.main(["evaluate", "fraud", *files, *report]) == 0
    said = capsys.readouterr().out
    assert "base_rate: " in said
    assert "are left out: fraud own-1 learnt up to them" in said

    champions = json.loads((models / "champions.json").read_text(encoding="utf-8"))
    (models / "champions.json").write_text(json.dumps({**champions, "fraud": "own-1"}), encoding="utf-8")
    settings = Settings(models=models, fraud_policy=tmp_path / "policy.yaml")
    policy = read_fraud_policy(tmp_path / "policy.yaml")
    scorer = open_scorer(settings)
    assert scorer.policy.base_rate == policy.base_rate is not None
    assert policy.is_for(scorer.identity)
    block = next(iter(simulate(WORLD)))
    cases = [parse_case(message) for message in case_messages(block, load_figures(), WORLD)][:20]
    assert {score.model.version for score in scorer.score(cases)} == {"own-1"}
    assert set(policy.review) == set(Moment)
