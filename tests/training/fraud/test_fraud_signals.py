from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest

from data.world import WorldSettings
from features.case.contract import case_contract
from serving.fraud.policy import read_fraud_policy
from serving.fraud.signals import OUTPUTS
from training.fraud.rows import Labelled
from training.fraud.settings import FraudSettings, SurpriseSettings, read_settings
from training.fraud.signals.fit_signals import surprise_edges
from training.fraud.signals.surprise import Surprise, fit_surprise
from training.fraud.train import Exported, export
from training.fraud.trees.parity import edge_rows
from training.fraud.world.world_rows import replay_world

SETTINGS = SurpriseSettings(
    shares=(0.1, 0.01), beyond_nats=1.0, bad_side={"high": 1, "low": -1}, levels=(0.5, 0.9)
)


def fitted(rows: np.ndarray, reasons: tuple[str, ...] = ("one", "two", "three")) -> Surprise:
    names = ("high", "low", "other")
    return fit_surprise(names, reasons, rows.astype(np.float32), np.ones(len(rows)), SETTINGS)


def column(*values: float) -> np.ndarray:
    return np.array([[value, 500.0, 0.0] for value in values], dtype=np.float32)


@pytest.fixture(scope="module")
def usual() -> Surprise:
    ladder = np.arange(1000.0)
    return fitted(np.stack([ladder, ladder[::-1], ladder], axis=1))


def test_the_rarer_a_value_on_its_bad_side_the_more_surprising(usual: Surprise) -> None:
    nats = usual.measure(column(0, 899, 900, 990, 1001))

    assert nats[0] == nats[1] == 0.0
    assert nats[2] == pytest.approx(np.log(10) - 1.0, abs=0.001)
    assert nats[3] == pytest.approx(np.log(100) - 1.0, abs=0.001)
    assert nats[4] == pytest.approx(np.log(1000) - 1.0, abs=0.001)


def test_only_the_bad_side_counts_and_unknown_is_no_surprise(usual: Surprise) -> None:
    rows = np.array([[-1e9, 500, 0], [50, 1e9, 0], [np.nan, np.nan, np.nan], [50, -5, 0]], dtype=np.float32)

    nats = usual.measure(rows)

    assert (nats[:3] == 0.0).all()
    assert nats[3] > 0.0


def test_of_features_behind_one_reason_only_the_most_surprising_counts() -> None:
    ladder = np.arange(1000.0)
    rows = np.stack([ladder, ladder[::-1], ladder], axis=1)
    worst_of_both = np.array([[2000, -2000, 0]], dtype=np.float32)

    apart = fitted(rows).measure(worst_of_both)
    together = fitted(rows, ("same", "same", "three")).measure(worst_of_both)

    assert apart == pytest.approx(2 * together)


def test_what_never_happened_before_is_the_most_surprising() -> None:
    rows = np.zeros((500, 3))

    assert fitted(rows).measure(column(1.0))[0] == pytest.approx(np.log(500) - 1.0, abs=0.001)
    assert fitted(rows).measure(column(0.0))[0] == 0.0


@pytest.fixture(scope="module")
def settings() -> FraudSettings:
    shipped = read_settings()
    boosting = replace(shipped.boosting, rounds=30, patience=10, threads=1)
    kinds = replace(shipped.signals.kinds, rounds=12, patience=4, threads=1)
    return replace(shipped, returns=14_000, boosting=boosting, signals=replace(shipped.signals, kinds=kinds))


@pytest.fixture(scope="module")
def labelled(settings: FraudSettings) -> Labelled:
    world = WorldSettings(seed=5, returns=settings.returns)
    return replay_world(world, settings.split, settings.labels, quiet=True)[0]


@pytest.fixture(scope="module")
def exported(labelled: Labelled, settings: FraudSettings) -> Exported:
    return export(labelled, settings, stage_feature=0)


def run(graph: onnx.ModelProto, rows: np.ndarray, outputs: tuple[str, ...]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return [np.asarray(found) for found in session.run(outputs, {"features": rows})]


def test_a_fresh_fit_flips_no_decision_on_any_training_row_or_threshold(
    exported: Exported, labelled: Labelled
) -> None:
    rows = np.concatenate([labelled.matrix, edge_rows(exported.trees, labelled.matrix[:2000], 0)])
    (found,) = run(exported.graph, rows, ("probability",))
    raw = np.asarray(exported.trees.predict(rows, raw_score=True, num_threads=1))
    wanted = exported.calibration.probability(raw, rows[:, 0].astype(np.int8))

    assert len(rows) > len(labelled) + 500
    assert np.abs(found[:, 0] - wanted).max() <= 1e-6
    for threshold in read_fraud_policy().thresholds():
        assert np.array_equal(found[:, 0] >= threshold, wanted >= threshold)


def test_the_graph_of_the_signals_answers_what_was_fitted(exported: Exported, labelled: Labelled) -> None:
    signals = exported.signals
    rows = np.concatenate([labelled.matrix, surprise_edges(signals.surprise, labelled.matrix[:500])])
    kinds, unusual, nats = run(signals.graph, rows, OUTPUTS)

    assert np.abs(kinds - signals.kinds.shares(rows)).max() <= 1e-6
    assert np.array_equal(nats[:, 0], signals.surprise.measure(rows).astype(np.float32))
    assert np.abs(kinds.sum(axis=1) - 1.0).max() <= 1e-5
    assert unusual.min() >= 0.0
    assert unusual.max() < 1.0


def test_about_as_many_earlier_returns_are_less_unusual_as_is_said(
    exported: Exported, labelled: Labelled
) -> None:
    verified = labelled.where(labelled.stage == 2)
    _, unusual, _ = run(exported.signals.graph, verified.matrix, OUTPUTS)

    for share in (0.9, 0.95, 0.99):
        above = np.average(unusual[:, 0] >= np.float32(share), weights=verified.weight)
        assert 0.3 * (1.0 - share) <= above <= 1.001 * (1.0 - share)


def test_more_of_what_is_bad_is_never_less_unusual(exported: Exported, labelled: Labelled) -> None:
    verified = labelled.where(labelled.stage == 2).matrix[:400]
    places = case_contract().places
    for name in ("listed_stolen", "outcome_counterfeit", "label_returns_365d", "photo_returns_365d"):
        better, worse = verified.copy(), verified.copy()
        better[:, places[name]], worse[:, places[name]] = 0.0, 1.0
        (calm,), (alarmed,) = (run(exported.signals.graph, rows, ("surprise",)) for rows in (better, worse))

        assert (alarmed >= calm).all(), name
        assert (alarmed > calm).any(), name


def test_a_graph_of_other_signals_does_not_pass_for_these(exported: Exported, labelled: Labelled) -> None:
    other = fit_surprise(
        labelled.names,
        [feature.reason for feature in case_contract().features],
        labelled.matrix[:800],
        np.ones(800),
        read_settings().signals.surprise,
    )
    (nats,) = run(exported.signals.graph, labelled.matrix, ("surprise",))

    assert not np.array_equal(nats[:, 0], other.measure(labelled.matrix).astype(np.float32))
