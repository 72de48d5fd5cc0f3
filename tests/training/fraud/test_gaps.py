"""A value that hardly any row had counts as the worse ones beside it, whatever a tree cut by chance."""

import lightgbm
import numpy as np
import pytest

from serving.fraud.trees import read_trees
from training.fraud.trees.gaps import close_gaps

NAMES = ("slip", "other")


@pytest.fixture(scope="module")
def booster() -> lightgbm.Booster:
    """Return trees that learnt from values up to 0.2 and from 0.8 on, and cut close to the latter."""
    rng = np.random.default_rng(4)
    slip = np.where(rng.random(4_000) < 0.5, 0.1, 0.9)
    rows = np.column_stack([np.where(np.arange(4_000) == 0, 0.79, slip), rng.random(4_000)])
    target = (rows[:, 0] > 0.5) & (rng.random(4_000) < 0.6)
    settings = {"objective": "binary", "verbosity": -1, "monotone_constraints": [1, 0], "max_bin": 15}
    return lightgbm.train(settings, lightgbm.Dataset(rows, target.astype(float)), num_boost_round=5)


def cuts(booster: lightgbm.Booster, feature: int) -> set[float]:
    nodes = (node for tree in read_trees(booster.model_to_string()) for node in tree)
    return {round(node.threshold, 6) for node in nodes if not node.is_leaf and node.feature == feature}


def test_what_lies_in_the_gap_counts_as_what_lies_above(booster) -> None:
    closed = close_gaps(booster, NAMES, {"slip": (0.3, 0.95)})
    unseen, above = np.array([[0.4, 0.5]]), np.array([[0.9, 0.5]])

    assert cuts(closed, 0) == {0.3}
    assert closed.predict(unseen) == pytest.approx(closed.predict(above))
    assert booster.predict(unseen) < booster.predict(above), "the cut by chance took it for the better"


def test_rows_beside_the_gap_and_other_features_are_answered_as_before(booster) -> None:
    closed = close_gaps(booster, NAMES, {"slip": (0.3, 0.95)})
    rows = np.column_stack([np.repeat([0.1, 0.2, 0.9, 1.0], 50), np.tile(np.linspace(0, 1, 50), 4)])

    assert np.array_equal(closed.predict(rows), booster.predict(rows))
    assert cuts(closed, 1) == cuts(booster, 1)
    assert close_gaps(booster, NAMES, {}) is booster
