from dataclasses import replace

import numpy as np
import pytest

from data.world import WorldSettings
from training.fraud.search import search
from training.fraud.settings import FraudSettings, read_settings
from training.fraud.table import Table
from training.fraud.tenfold import compare_tenfold, larger
from training.fraud.withheld import compare
from training.fraud.world_table import replay_world


@pytest.fixture(scope="module")
def settings() -> FraudSettings:
    shipped = read_settings()
    return replace(shipped, boosting=replace(shipped.boosting, rounds=12, patience=4))


@pytest.fixture(scope="module")
def table(settings: FraudSettings) -> Table:
    world = WorldSettings(seed=6, returns=5_000)
    return replay_world(world, settings.split, settings.labels, quiet=True)[0]


def test_what_the_surprise_finds_of_a_withheld_kind_is_compared_row_by_row() -> None:
    alone = np.array([True] * 30 + [False] * 70)
    raised = np.array([True] * 28 + [False] * 2 + [True] * 12 + [False] * 58)

    unseen = compare(alone, raised)

    assert (unseen.alone.value, unseen.with_surprise.value) == (0.3, 0.4)
    assert unseen.gain.value == pytest.approx(0.1)
    assert 0.0 < unseen.gain.low < 0.1 < unseen.gain.high < 0.2
    assert unseen.gain.n == 100


def test_a_search_tries_the_usual_first_and_returns_the_best_first(
    table: Table, settings: FraudSettings
) -> None:
    asked = replace(settings.search, trials=4, returns=5_000)

    found = search(table, settings.boosting, asked, quiet=True)

    usual = {name: values[0] for name, values in asked.values.items()}
    assert len(found) == 4
    assert [one.loss for one in found] == sorted(one.loss for one in found)
    assert usual in [one.parameters for one in found]


def test_the_larger_model_may_grow_ten_times_the_leaves(settings: FraudSettings) -> None:
    grown = larger(settings.boosting)

    leaves = grown.parameters["num_leaves"] * grown.rounds
    assert leaves == 10 * settings.boosting.parameters["num_leaves"] * settings.boosting.rounds


def test_the_recipe_is_set_against_ten_times_the_returns_on_the_same_later_ones(
    settings: FraudSettings,
) -> None:
    small = replace(settings, split=replace(settings.split, test_returns=1_500))

    found = compare_tenfold(small, returns=500, quiet=True)

    assert found.recipe.n == found.larger.n == found.share.n
    assert found.share.value == pytest.approx(found.recipe.value / found.larger.value)
    assert found.as_json()["returns"] == [500, 5_000]
