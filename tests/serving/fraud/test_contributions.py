from itertools import combinations
from math import factorial

import lightgbm
import numpy as np
import pytest

from serving.fraud.contributions import Explainer
from serving.fraud.leaves.path import paths_of
from serving.fraud.trees import Node, Tree, UnsupportedTrees, read_trees

FEATURES = 5
ENDS = [np.nan, np.inf, -np.inf, 0.0]


def boosted(**parameters: object) -> tuple[lightgbm.Booster, np.ndarray]:
    rng = np.random.default_rng(11)
    rows = rng.normal(size=(2_000, FEATURES)).astype(np.float32)
    rows[:, 1] = np.round(rows[:, 1])
    rows[rng.random(rows.shape) < [0.3, 0, 0.1, 0, 0]] = np.nan
    target = (np.nan_to_num(rows[:, 0]) * rows[:, 1] + np.abs(rows[:, 3]) > 1.0).astype(float)
    given = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": 1} | parameters
    return lightgbm.train(given, lightgbm.Dataset(rows, label=target), num_boost_round=20), rows


def explainer_of(booster: lightgbm.Booster, **options: int) -> Explainer:
    return Explainer.of(read_trees(booster.model_to_string()), features=booster.num_feature(), **options)


def deep() -> tuple[lightgbm.Booster, np.ndarray]:
    """Return trees whose longest paths split on more features than two bytes have bits."""
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(4_000, 24)).astype(np.float32)
    rows[rng.random(rows.shape) < 0.05] = np.nan
    # How many features, from the first on, are large: the best splits follow one another down one side.
    target = np.cumprod(np.nan_to_num(rows) > -1.5, axis=1).sum(axis=1)
    given = {"verbosity": -1, "num_threads": 1, "num_leaves": 60, "min_data_in_leaf": 1, "seed": 3}
    return lightgbm.train(given, lightgbm.Dataset(rows, label=target), num_boost_round=12), rows


def split(feature: int, threshold: float, *, left: int, right: int, count: int) -> Node:
    return Node(0, 0, feature, threshold, False, left, right, 0.0, count)


def leaf(value: float, count: int) -> Node:
    return Node(0, 0, -1, 0.0, False, -1, -1, value, count)


@pytest.mark.parametrize(
    "parameters",
    [
        {"num_leaves": 2},
        {"num_leaves": 31},
        {"num_leaves": 200, "min_data_in_leaf": 1, "learning_rate": 0.5},
        {"num_leaves": 31, "use_missing": False},
    ],
)
def test_contributions_are_those_of_lightgbm(parameters: dict[str, object]) -> None:
    booster, rows = boosted(**parameters)
    rows = np.concatenate([rows[:300], *(np.full((1, FEATURES), end, np.float32) for end in ENDS)])

    found = explainer_of(booster).contributions(rows)

    assert np.abs(found - booster.predict(rows, pred_contrib=True, num_threads=1)).max() < 1e-12


@pytest.mark.parametrize("most_bytes", [0, 20_000, 2_000_000, 64 << 20])
def test_paths_too_long_for_a_table_are_explained_alike(most_bytes: int) -> None:
    booster, rows = deep()
    paths = [path for tree in read_trees(booster.model_to_string()) for path in paths_of(tree)]
    explainer = explainer_of(booster, most_bytes=most_bytes)

    found = explainer.contributions(rows[:100])

    assert max(map(len, paths)) > 16
    assert min(map(len, paths)) <= 3
    # LightGBM's own lose digits on such paths: theirs add up to 3e-10 from the score, these to 4e-14.
    assert np.abs(found - booster.predict(rows[:100], pred_contrib=True, num_threads=1)).max() < 1e-9
    assert np.abs(found.sum(axis=1) - booster.predict(rows[:100], num_threads=1)).max() < 1e-12
    assert all(explainer.contributions(rows[n : n + 1]).tobytes() == found[n].tobytes() for n in range(20))


def test_a_split_that_nothing_but_a_missing_value_meets_is_met_by_nothing_else() -> None:
    """Above 1.0 and missing go right, then 0.0 and below would go left: only what is missing gets there."""
    nodes = [
        Node(0, 0, 0, 1.0, False, 2, 1, 0.0, 10),
        Node(0, 1, 0, 0.0, True, 3, 4, 0.0, 6),
        leaf(1.0, 4),
        leaf(5.0, 2),
        leaf(-2.0, 4),
    ]
    explainer = Explainer.of([nodes], features=1)

    found = explainer.contributions(np.array([[np.nan], [2.0], [0.5], [-1.0]], np.float32))

    assert found.sum(axis=1).tolist() == pytest.approx([5.0, -2.0, 1.0, 1.0])


def test_features_with_more_intervals_than_a_byte_counts_are_told_apart() -> None:
    rng = np.random.default_rng(2)
    rows = rng.random((4_000, 2)).astype(np.float32)
    given = {"verbosity": -1, "num_threads": 1, "max_bin": 2_000, "min_data_in_bin": 1, "num_leaves": 63}
    booster = lightgbm.train(given, lightgbm.Dataset(rows, label=np.sin(90 * rows[:, 0])), num_boost_round=60)
    thresholds = {n.threshold for t in read_trees(booster.model_to_string()) for n in t if n.feature == 0}

    found = explainer_of(booster).contributions(rows[:200])

    assert len(thresholds) > 256
    assert np.abs(found - booster.predict(rows[:200], pred_contrib=True, num_threads=1)).max() < 1e-11


def test_contributions_are_the_shapley_values_of_what_a_row_reveals() -> None:
    """By definition: every order in which the features could become known, weighed alike."""
    booster, rows = boosted(num_leaves=8)
    trees = list(read_trees(booster.model_to_string()))
    row = rows[7].astype(np.float64)

    found = explainer_of(booster).contributions(rows[7:8])[0]

    assert np.abs(found[:-1] - shapley(trees, row)).max() < 1e-12
    assert abs(found[-1] - sum(answer(tree, tree[0], row, set()) for tree in trees)) < 1e-12


def shapley(trees: list[Tree], row: np.ndarray) -> np.ndarray:
    values = np.zeros(FEATURES)
    for feature in range(FEATURES):
        others = [other for other in range(FEATURES) if other != feature]
        for size in range(FEATURES):
            weight = factorial(size) * factorial(FEATURES - size - 1) / factorial(FEATURES)
            for known in combinations(others, size):
                gained = (
                    answer(tree, tree[0], row, {*known, feature}) - answer(tree, tree[0], row, set(known))
                    for tree in trees
                )
                values[feature] += weight * sum(gained)
    return values


def answer(tree: Tree, node: Node, row: np.ndarray, known: set[int]) -> float:
    """Walk down where the feature is known, and split by the training rows where it is not."""
    if node.is_leaf:
        return node.value
    left, right = tree[node.left], tree[node.right]
    if node.feature not in known:
        parts = (child.count / node.count * answer(tree, child, row, known) for child in (left, right))
        return sum(parts)
    value = row[node.feature]
    goes_left = node.missing_goes_left if np.isnan(value) else value <= node.threshold
    return answer(tree, left if goes_left else right, row, known)


def test_a_row_gets_the_same_bits_in_any_batch() -> None:
    booster, rows = boosted()
    explainer = explainer_of(booster)

    together = explainer.contributions(rows[:50])

    assert all(explainer.contributions(rows[n : n + 1]).tobytes() == together[n].tobytes() for n in range(50))


def test_trees_that_never_split_contribute_nothing_but_their_base() -> None:
    explainer = Explainer.of([[leaf(0.25, 9)], [leaf(-1.0, 9)]], features=3)

    assert explainer.contributions(np.ones((1, 3), np.float32)).tolist() == [[0.0, 0.0, 0.0, -0.75]]


def test_a_node_that_no_training_row_reached_is_refused() -> None:
    tree = [split(0, 0.5, left=1, right=2, count=4), leaf(1.0, 4), leaf(2.0, 0)]

    with pytest.raises(UnsupportedTrees, match="without training rows; train it again"):
        Explainer.of([tree], features=1)
