from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data.labelled.labelled_table import read_spec
from serving.fraud.model import FraudModel
from serving.fraud.table import TableModel
from serving.release import BrokenRelease, open_folder
from tests.training.fraud.hard_tables import HARD, Cells, claims, write_cells, write_spec
from training.fraud.table.csv_table import SourceTable, read_source
from training.fraud.table.encoder import encoded_all
from training.fraud.table.members import LearnedRows
from training.fraud.table.one_ensemble import one_ensemble
from training.fraud.table.table_settings import read_table_settings
from training.fraud.train_table import train_table
from training.metrics.ranked import auc, value_of

SHIPPED = read_table_settings()
QUICK = SHIPPED.model_copy(
    update={"members": tuple(replace(member, rounds=20) for member in SHIPPED.members)}
)


def read(folder: Path, cells: Cells, more: str = "", *, without: tuple[str, ...] = ()) -> SourceTable:
    spec = write_spec(folder, cells, more, without=without)
    return read_source(write_cells(folder, cells), read_spec(spec), blocks=10, seed=1)


def copies_of(cells: Cells) -> list[list[int]]:
    rows = list(zip(*(cells[name] for name in ("amount", "age_days", "channel")), strict=True))
    found: dict[object, list[int]] = {}
    for number, row in enumerate(rows):
        found.setdefault(row, []).append(number)
    return [numbers for numbers in found.values() if len(numbers) > 1]


@pytest.mark.parametrize("more", ["", "time: day\n", "group: customer\n"], ids=["order", "time", "group"])
def test_copies_are_told_and_never_on_both_sides_of_a_split(more: str, tmp_path: Path) -> None:
    cells = HARD["copied"](2000)
    cells |= {"day": np.arange(2000) // 10, "customer": np.arange(2000) % 700}

    source = read(tmp_path, cells, more, without=("day", "customer"))

    copies = copies_of(cells)
    assert source.findings.copy_groups == len(copies)
    assert source.findings.copied_rows == sum(map(len, copies))
    assert f"copies: {source.findings.copied_rows:,} rows in {len(copies):,} groups" in "".join(
        source.findings.notes()
    )
    for fits, held in source.split.folds((2, 2)):
        assert not any(fits[rows].any() and held[rows].any() for rows in copies)
        assert held.sum() > 200


def test_a_table_that_was_written_twice_still_has_rows_to_judge_by(tmp_path: Path) -> None:
    once = claims(1000)
    source = read(tmp_path, {name: np.concatenate([column, column]) for name, column in once.items()})

    assert source.findings.copied_rows == 2000
    assert [held.sum() for _, held in source.split.folds((2, 2))] == [400, 400]


def test_rows_of_one_group_stay_together_where_there_is_a_time_too(tmp_path: Path) -> None:
    cells = claims(1200) | {"day": np.arange(1200), "customer": np.arange(1200) % 500}

    source = read(tmp_path, cells, "time: day\ngroup: customer\n", without=("day", "customer"))

    blocks = [set(source.split.block[cells["customer"] == one]) for one in range(500)]
    assert all(len(one) == 1 for one in blocks)


def test_what_is_held_out_comes_after_what_is_fitted(tmp_path: Path) -> None:
    cells = claims(1200) | {"day": np.random.default_rng(2).permutation(1200)}

    source = read(tmp_path, cells, "time: day\n", without=("day",))

    folds = list(source.split.folds((2, 2)))
    assert all(cells["day"][fits].max() < cells["day"][held].min() for fits, held in folds)
    assert folds[1][1][np.argmax(cells["day"])]


def test_a_column_whose_missing_value_gives_the_answer_away_is_left_out_and_told(tmp_path: Path) -> None:
    cells = HARD["leaking missing"](2000)

    source = read(tmp_path, cells)

    assert list(source.findings.leaking) == ["chargeback_day"]
    assert "whether it is filled in gives the target away" in source.findings.notes()[0]
    assert "list it under `known`" in source.findings.notes()[0]
    assert "chargeback_day" not in [column.name for column in source.columns]


@pytest.mark.parametrize(
    ("name", "leak"),
    [
        ("number", lambda cells: cells["fraud"] + np.arange(2000) / 9999),
        ("name", lambda cells: np.where(cells["fraud"] == 1, "closed", "open")),
        (
            "many names",
            lambda cells: np.char.add(cells["fraud"].astype(str), (np.arange(2000) % 9).astype(str)),
        ),
    ],
)
def test_a_column_that_alone_gives_the_answer_is_left_out_unless_vouched_for(
    name: str, leak: Callable[[Cells], NDArray[Any]], tmp_path: Path
) -> None:
    cells = claims(2000)
    cells["leak"] = leak(cells)

    left_out = read(tmp_path, cells).findings
    kept = read(tmp_path, cells, "known: [leak]\n")

    assert list(left_out.leaking) == ["leak"]
    assert "it alone gives the target away" in left_out.leaking["leak"]
    assert not kept.findings.leaking
    assert "leak" in [column.name for column in kept.columns]


def test_rows_sorted_by_the_answer_are_drawn_and_it_is_told(tmp_path: Path) -> None:
    source = read(tmp_path, HARD["sorted by the answer"](2000))

    assert source.findings.order_tells
    assert source.split.is_drawn
    assert "the rows are sorted by the target" in "".join(source.findings.notes())
    shares = [source.target[held].mean() for _, held in source.split.folds((2, 2))]
    assert max(shares) < 2 * min(shares)


def test_the_order_of_rows_does_not_matter_where_a_time_is_named(tmp_path: Path) -> None:
    cells = HARD["sorted by the answer"](2000)
    cells["day"] = np.random.default_rng(3).permutation(2000)

    source = read(tmp_path, cells, "time: day\n", without=("day",))

    assert not source.findings.order_tells
    assert not source.split.is_drawn


def test_a_column_that_turns_around_is_left_out_unless_vouched_for(tmp_path: Path) -> None:
    cells = HARD["drifting"](4000)

    left_out = read(tmp_path, cells, "time: week\n", without=("week",))
    kept = read(tmp_path, cells, "time: week\nknown: [turned]\n", without=("week",))

    assert left_out.findings.misleading == ("turned",)
    assert kept.findings.misleading == ()


@pytest.mark.parametrize("name", HARD)
def test_no_hard_table_is_refused_and_later_rows_are_ranked(name: str, tmp_path: Path) -> None:
    cells = HARD[name](1600)
    later = HARD[name](2400)
    later = {column: values[1600:] for column, values in later.items()}
    out = train_table(
        write_cells(tmp_path, cells),
        write_spec(tmp_path, cells),
        tmp_path / "out",
        settings=QUICK,
        quiet=True,
    )

    scores = TableModel.open(open_folder(out)).score(write_cells(tmp_path, later, "later.csv"))

    truth = later["fraud"] == 1
    if truth.any() and not truth.all():
        assert value_of(auc, truth, scores.astype(np.float64)) > 0.65


def test_time_that_is_up_leaves_plain_trees_at_the_least_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = claims(800)

    out = train_table(
        write_cells(tmp_path, cells),
        write_spec(tmp_path, cells),
        tmp_path / "out",
        settings=QUICK,
        minutes=1e-9,
    )

    assert [fit["name"] for fit in open_folder(out).manifest["training"]["fits"]] == ["plain"]
    lines = capsys.readouterr().err.splitlines()
    assert any("time is up: without small" in line for line in lines)
    assert any("plain on fold 1 of 2" in line for line in lines)


def test_a_model_of_a_table_says_why_it_scores_no_returns(tmp_path: Path) -> None:
    cells = claims(800)
    out = train_table(
        write_cells(tmp_path, cells),
        write_spec(tmp_path, cells),
        tmp_path / "out",
        settings=QUICK,
        quiet=True,
    )

    with pytest.raises(BrokenRelease, match=r"model of the rows of a table.*regrade score --model"):
        FraudModel.open(open_folder(out))


def test_one_ensemble_answers_what_its_members_answer_and_sets_of_names_too(tmp_path: Path) -> None:
    cells = claims(2000)
    shop = (np.arange(2000) * 7 % 40).astype(str)
    cells["shop"] = np.where(np.arange(2000) % 11 == 0, "", np.char.add("shop ", shop))
    cells["fraud"] = cells["fraud"] | (np.isin(shop, ["3", "8", "21"]) & (np.arange(2000) % 3 == 0))
    source, everything = read(tmp_path, cells), np.ones(2000, dtype=bool)
    rows = LearnedRows(source, QUICK.encoder, everything, seed=1, threads=1)
    members, weights = QUICK.members, [0.4, 0.3, 0.2, 0.1]

    fitted = [(member, rows.fit(member)) for member in members]
    trees, encodings, divisor = one_ensemble(fitted, weights, source.columns, rows.encodings)

    matrix = encoded_all(source.columns, encodings, np.arange(2000)).astype(np.float64)
    expected = sum(
        np.asarray(weight) * rows.raw_scores(member, everything)
        for weight, member in zip(weights, members, strict=True)
    )
    assert any(one.name == "shop" and one.sets for one in encodings)
    assert np.abs(np.asarray(trees.predict(matrix, raw_score=True)) * divisor - expected).max() < 1e-9
