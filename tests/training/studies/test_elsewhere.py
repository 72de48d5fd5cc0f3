from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from training.fraud.table.table_settings import read_table_settings
from training.metrics.ranked import auc, value_of
from training.studies.elsewhere import PublicTable, compare_tables, halve, plain_scores, train_on

SHIPPED = read_table_settings()
QUICK = SHIPPED.model_copy(
    update={"members": tuple(replace(member, rounds=25) for member in SHIPPED.members)}
)


def loans(count: int = 1200) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    amount, town = rng.gamma(2, 50, count), rng.choice(["a", "b", "c"], count)
    bad = rng.random(count) < 1 / (1 + np.exp(2.5 - 0.012 * amount - (town == "b")))
    day = rng.permutation(count)
    return pd.DataFrame(
        {"amount": amount, "town": town, "day": day, "ref": day * 7, "class": np.where(bad, "bad", "good")}
    )


LOANS = PublicTable("bank/loans", target="class", positive="bad", without=("ref",), time="day")


def test_a_public_table_is_split_by_its_time_without_what_gives_the_answer():
    frame = loans()
    frame.loc[3, "class"] = None
    halves = halve(LOANS, frame, learned_share=0.7, seed=1)
    assert halves.columns == ["amount", "town"]
    assert halves.categories == ("town",)
    assert len(halves.learned) + len(halves.later) == 1199
    known = frame[frame["class"].notna()].sort_values("day")
    assert halves.later["amount"].tolist() == known["amount"].tolist()[-len(halves.later) :]
    assert halves.truth.tolist() == (known["class"] == "bad").tolist()[-len(halves.later) :]


def test_both_models_rank_the_later_rows():
    halves = halve(LOANS, loans(), learned_share=0.7, seed=1)
    for scores in (plain_scores(halves), train_on(halves, QUICK).scores):
        assert value_of(auc, halves.truth, scores.astype(np.float64)) > 0.6


def test_tables_that_are_not_there_are_named_and_one_that_is_refused_says_why(tmp_path: Path):
    one = pd.DataFrame({"default": ["No"] * 90 + ["Yes"] * 10, "balance": range(100)})
    (tmp_path / "ISLR").mkdir()
    one.to_csv(tmp_path / "ISLR" / "Default.csv", index=False)
    told = list(compare_tables(tmp_path))
    assert f"ISLR/Caravan: not in {tmp_path}, left out" in told
    assert any(line.startswith("ISLR/Default: refused: ") and "at least 20" in line for line in told)
