import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.world import WorldSettings
from serving.fraud.model import MODEL_NAME, FraudModel
from serving.release import open_folder, open_release
from training.fraud.rows import Labelled
from training.fraud.settings import FraudSettings, read_settings
from training.fraud.trees.search import search
from training.fraud.world.withheld import compare_recall
from training.fraud.world.world_rows import replay_world
from training.metrics.figure import Figure
from training.studies.tenfold import Rival, Tenfold, compare_tenfold, larger, study_tenfold
from training.studies.tenfold_card import TITLE, OtherRelease, write_into_card


@pytest.fixture(scope="module")
def settings() -> FraudSettings:
    shipped = read_settings()
    return replace(shipped, boosting=replace(shipped.boosting, rounds=12, patience=4))


@pytest.fixture(scope="module")
def labelled(settings: FraudSettings) -> Labelled:
    world = WorldSettings(seed=6, returns=5_000)
    return replay_world(world, settings.split, settings.labels, quiet=True)[0]


def test_what_the_surprise_finds_of_a_withheld_kind_is_compared_row_by_row() -> None:
    alone = np.array([True] * 30 + [False] * 70)
    raised = np.array([True] * 28 + [False] * 2 + [True] * 12 + [False] * 58)

    unseen = compare_recall(alone, raised)

    assert (unseen.alone.value, unseen.with_surprise.value) == (0.3, 0.4)
    assert unseen.gain.value == pytest.approx(0.1)
    assert 0.0 < unseen.gain.low < 0.1 < unseen.gain.high < 0.2
    assert unseen.gain.n == 100


def test_a_search_tries_the_usual_first_and_returns_the_best_first(
    labelled: Labelled, settings: FraudSettings
) -> None:
    asked = replace(settings.search, trials=4, returns=5_000)

    found = search(labelled, settings.boosting, asked, quiet=True)

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
    champion = open_release(MODEL_NAME)

    found = compare_tenfold(settings, returns=500, released=FraudModel.open(champion), quiet=True)

    assert found.recipe.reached.n == found.larger.n == found.released.share.n > 0
    assert found.recipe.share.value == pytest.approx(found.recipe.reached.value / found.larger.value)
    assert 8 * found.rows[0] < found.rows[1] < 12 * found.rows[0]
    assert found.to_json()["returns"] == [500, 5_000]


def test_what_the_comparison_found_is_written_into_a_card_once_and_the_release_still_opens(
    tmp_path: Path,
) -> None:
    shipped = open_release(MODEL_NAME)
    folder = tmp_path / "release"
    shutil.copytree(shipped.folder, folder)
    figure = Figure(0.41, 0.40, 0.42, 15, 285)
    rival = Rival(figure, Figure(0.93, 0.91, 0.95, 15, 285))
    found = Tenfold(
        60, 7, figure, rival, rival, shipped.version, (9, 21), (12, 30), (31, 124), (40, 400)
    ).to_json()

    (tmp_path / "tenfold.json").write_text(json.dumps(found))

    for _ in range(2):
        lines = list(study_tenfold(out=tmp_path, release=folder, found=tmp_path / "tenfold.json", card=True))
        assert lines == [f"written into {folder / 'card.md'}"]

    release = open_folder(folder)
    card = (folder / "card.md").read_text(encoding="utf-8")
    assert card.count(TITLE) == 1
    assert "| the recipe of this model | 60 | 40 | 9 | 31 | 0.410 (0.400 to 0.420) | 0.930 (0.910" in card
    training = shipped.manifest["training"]
    rows, returns = training["rows"]["fit"] + training["rows"]["stop"], training["settings"]["returns"]
    assert f"| this model | {returns:,} | {rows:,} | {training['rounds']} | 31 | 0.410 (0.400" in card
    assert release.manifest["metrics"]["tenfold"] == found
    assert FraudModel.open(release).identity.sha256 == release.manifest["files"]["model.onnx"]


def test_what_was_found_for_another_release_is_refused_and_the_card_stays(tmp_path: Path) -> None:
    folder = tmp_path / "release"
    shutil.copytree(open_release(MODEL_NAME).folder, folder)
    before = (folder / "card.md").read_bytes()

    held = open_release(MODEL_NAME).version
    with pytest.raises(OtherRelease, match=rf"release 1 was compared, and .* holds {held}"):
        write_into_card({"release": "1"}, folder)

    assert (folder / "card.md").read_bytes() == before
