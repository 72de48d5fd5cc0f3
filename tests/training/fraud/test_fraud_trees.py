import re

import lightgbm
import numpy as np
import pytest

from serving.fraud.trees import UnsupportedTrees
from training.fraud.calibration import ScoreCalibration
from training.fraud.trees.exact import (
    LARGEST_SUM,
    LEAF_STEP,
    average_trees,
    floor_to_float32,
    make_exact,
    nodes,
)
from training.fraud.trees.graph import build_graph
from training.fraud.trees.parity import NotTheSame, prove_parity

PLAIN = ScoreCalibration((1.0,), (0.0,))


def boosted(rounds: int = 40, **parameters: object) -> tuple[lightgbm.Booster, np.ndarray]:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(3000, 6)).astype(np.float32)
    rows[:, 1] = np.round(rows[:, 1], 1)
    rows[:, 2] = np.abs(rows[:, 2])
    rows[rng.random(rows.shape) < [0.3, 0, 0, 0.1, 0, 0]] = np.nan
    target = (np.nan_to_num(rows[:, 0]) + rows[:, 1] * rows[:, 4] > 0.7).astype(float)
    given = {"objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": 15} | parameters
    return lightgbm.train(given, lightgbm.Dataset(rows, label=target), num_boost_round=rounds), rows


def raw_scores(booster: lightgbm.Booster, rows: np.ndarray) -> np.ndarray:
    return np.asarray(booster.predict(rows, raw_score=True))


@pytest.mark.parametrize(
    "threshold", [0.1, -0.1, 1 / 3, 1e30, -1e30, 1.5, 0.0, 1e-40, -1e-40, 123456.789, 1e300, -1e300]
)
def test_flooring_keeps_every_comparison_of_float32_values(threshold: float) -> None:
    floored = np.float32(floor_to_float32(threshold))
    with np.errstate(over="ignore"):
        values = [floored, *(np.nextafter(floored, np.float32(end)) for end in (-np.inf, np.inf))]

    for value in [*values, np.float32(0), np.float32(1e38), np.float32(-1e38)]:
        # LightGBM reads what lies within 1e-35 of zero as zero.
        read = 0.0 if abs(value) <= np.float32(1e-35) else float(value)
        if np.isfinite(value):
            assert (value <= floored) == (read <= threshold)


def test_exact_trees_answer_as_the_graph_does_to_the_last_bit() -> None:
    booster, rows = boosted()
    exact = make_exact(booster)

    parity = prove_parity(exact, build_graph(exact, PLAIN, features=6, stage_feature=None), PLAIN, rows, None)

    assert parity.raw_difference == 0.0
    assert parity.probability_difference <= 1e-6
    assert parity.edge_rows > 3 * 40


@pytest.mark.parametrize("use_missing", [True, False])
def test_no_node_of_a_graph_asks_for_missing_values_and_all_are_answered_the_same(use_missing: bool) -> None:
    booster, rows = boosted(use_missing=use_missing)
    exact = make_exact(booster)
    graph = build_graph(exact, PLAIN, features=6, stage_feature=None)
    ends = [np.full((1, 6), end, dtype=np.float32) for end in (np.nan, np.inf, -np.inf, 0.0, -0.0)]

    parity = prove_parity(exact, graph, PLAIN, np.concatenate([rows, *ends]), None)

    assert parity.raw_difference == 0.0
    asked = {attribute.name for node in graph.graph.node for attribute in node.attribute}
    assert "nodes_missing_value_tracks_true" not in asked


def test_making_trees_exact_hardly_moves_their_answers() -> None:
    booster, rows = boosted()

    moved = np.abs(raw_scores(make_exact(booster), rows) - raw_scores(booster, rows))

    assert moved.max() <= 40 * LEAF_STEP


def test_a_graph_of_other_trees_does_not_pass() -> None:
    booster, rows = boosted()
    other, _ = boosted(num_leaves=7)
    exact = make_exact(booster)
    graph = build_graph(make_exact(other), PLAIN, features=6, stage_feature=None)

    with pytest.raises(NotTheSame, match="probabilities differ by up to"):
        prove_parity(exact, graph, PLAIN, rows, None)


def test_calibration_follows_the_stage_of_each_row() -> None:
    booster, rows = boosted()
    rows[:, 5] = np.arange(len(rows)) % 3
    exact = make_exact(booster)
    calibration = ScoreCalibration((1.0, 0.5, 2.0), (0.0, -1.0, 0.25))

    parity = prove_parity(
        exact, build_graph(exact, calibration, features=6, stage_feature=5), calibration, rows, 5
    )

    assert parity.probability_difference <= 1e-6


def test_categorical_splits_are_refused_with_what_to_do() -> None:
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 9, size=(2000, 2)).astype(float)
    target = np.isin(rows[:, 0], [1, 4, 7]).astype(float)
    data = lightgbm.Dataset(rows, label=target, categorical_feature=[0])
    booster = lightgbm.train({"objective": "binary", "verbosity": -1}, data, num_boost_round=5)

    with pytest.raises(UnsupportedTrees, match="encode categories as numbers"):
        list(nodes(booster))


def test_the_average_of_several_fits_is_one_ensemble_that_answers_their_mean() -> None:
    one, rows = boosted(seed=1, bagging_fraction=0.5, bagging_freq=1)
    other, _ = boosted(seed=2, bagging_fraction=0.5, bagging_freq=1)

    together = average_trees([one, other])
    exact = make_exact(together)
    parity = prove_parity(exact, build_graph(exact, PLAIN, features=6, stage_feature=None), PLAIN, rows, None)

    mean = (raw_scores(one, rows) + raw_scores(other, rows)) / 2
    assert np.abs(raw_scores(together, rows) - mean).max() < 1e-9
    assert together.num_trees() == 80
    assert parity.raw_difference == 0.0


def with_leaves(booster: lightgbm.Booster, *sizes: float) -> lightgbm.Booster:
    """Give the leaves of each tree one size, with alternating signs."""
    trees = iter(sizes)

    def leaves(line: re.Match[str]) -> str:
        size = next(trees)
        count = len(line[1].split())
        return "leaf_value=" + " ".join(repr(size if leaf % 2 else -size) for leaf in range(count))

    text = re.sub(r"leaf_value=(.*)", leaves, booster.model_to_string())
    return make_exact(lightgbm.Booster(model_str=re.sub(r"tree_sizes=.*\n", "", text)))


def test_sums_one_step_under_the_limit_are_exact_to_the_last_bit() -> None:
    booster, rows = boosted(rounds=3)
    edge = with_leaves(booster, LARGEST_SUM / 2, LARGEST_SUM / 2 - 3 * LEAF_STEP, 2 * LEAF_STEP)

    graph = build_graph(edge, PLAIN, features=6, stage_feature=None)
    parity = prove_parity(edge, graph, PLAIN, rows, None)

    assert np.abs(edge.predict(rows, raw_score=True)).max() == LARGEST_SUM - LEAF_STEP
    assert parity.raw_difference == 0.0


def test_sums_that_could_reach_the_limit_are_refused() -> None:
    booster, _ = boosted(rounds=2)
    edge = with_leaves(booster, LARGEST_SUM / 2, LARGEST_SUM / 2)

    with pytest.raises(UnsupportedTrees, match=r"add up to 64\.0, less than 64 is exact; lower the rate"):
        build_graph(edge, PLAIN, features=6, stage_feature=None)
