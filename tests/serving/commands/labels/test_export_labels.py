"""`regrade export labels` writes what became known, whole or not at all, and says what is left out."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest

import regrade
from data.case import read_case
from data.defect import Grade
from data.fraud import Action
from data.history import PriorOutcome
from data.world import WorldSettings, write_world
from features.case.case_vector import vectorise_many
from features.case.contract import case_contract
from serving.record.record import Record
from serving.record.returns.fact import FactOrigin
from tests.serving.record.entries import MOMENT, numbered
from tests.serving.record.labels.told_returns import decide, tell

Export = Callable[..., int]


@pytest.fixture
def export(record_url: str, tmp_path: Path) -> Export:
    """Keep three returns, two of which somebody told of, and return what exports their labels."""
    record = Record.open(record_url, numbered("id"))
    for number, action in enumerate((Action.HOLD, Action.RELEASE, Action.RELEASE), 1):
        decide(record, number, action=action)
    tell(record, "RMA-1", True, FactOrigin.CHARGEBACK, days=12)
    tell(record, "RMA-1", False, FactOrigin.INVESTIGATION, days=11)
    tell(record, "RMA-2", Grade.C, FactOrigin.BENCH, days=5)
    record.close()

    def run(*more: str, out: str = "labels.jsonl") -> int:
        words = ["export", "labels", "--record", record_url, "--out", str(tmp_path / out)]
        return regrade.main([*words, "--as-of", "2026-09-01T00:00:00Z", *more])

    return run


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_decision_has_a_row_of_each_kind_and_the_output_says_who_told(
    export: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export() == 0
    found = {(row["decision_id"], row["kind"]): row for row in rows(tmp_path / "labels.jsonl")}
    said = capsys.readouterr().out

    assert len(found) == 6
    fraud = found["dec-1", "fraud"]
    assert (fraud["label"], fraud["outcome"], fraud["origin"]) == (False, "honest", "investigation")
    assert (fraud["certainty"], fraud["delay_days"], fraud["weight"]) == ("contradicted", 11.0, 1.0)
    assert fraud["otherwise"] == [
        {"label": True, "origin": "chargeback", "known_at": "2026-03-20T10:00:00+00:00"}
    ]
    assert found["dec-2", "grade"]["label"] == "C"
    nothing = found["dec-3", "fraud"]
    assert (nothing["label"], nothing["outcome"], nothing["is_mature"]) == (None, "unknown", True)
    assert nothing["propensity"] is None
    assert "3 decisions of 3 returns" in said
    assert "fraud: 1 labels (investigation 1); 1 contradicted" in said
    assert "2 decisions without a label, of them 2 older than 120 days" in said
    assert "grade: 1 labels (bench 1)" in said
    assert "release/restock/goes: 2 decisions, 0 labels, nothing stands for them" in said


def test_csv_and_parquet_say_the_same_as_json_lines(export: Export, tmp_path: Path) -> None:
    for out in ("labels.jsonl", "labels.csv", "labels.parquet"):
        assert export(out=out) == 0
    lines = rows(tmp_path / "labels.jsonl")

    with (tmp_path / "labels.csv").open(newline="") as file:
        from_csv = list(csv.DictReader(file))
    table = pyarrow.parquet.read_table(tmp_path / "labels.parquet")
    from_parquet = table.to_pylist()

    assert list(from_csv[0]) == table.column_names == list(lines[0])
    for line, cells, row in zip(lines, from_csv, from_parquet, strict=True):
        for name, value in line.items():
            assert cells[name] == as_cell(value)
            assert as_line(name, row[name]) == value, name


def as_cell(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool | list) else str(value)


def as_line(name: str, value: Any) -> Any:
    if name == "label" and value in {"true", "false"}:
        return value == "true"
    if isinstance(value, list):
        return [{key: as_line(key, each) for key, each in one.items()} for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def test_named_form_outweighs_the_name_of_the_file(export: Export, tmp_path: Path) -> None:
    assert export("--format", "csv", out="labels.parquet") == 0
    assert (tmp_path / "labels.parquet").read_text().startswith("rma_id,decision_id,kind,label,")


def test_some_of_the_labels_can_be_asked_for(export: Export, tmp_path: Path) -> None:
    assert export("--kind", "grade", "--labelled-only") == 0
    assert [(row["decision_id"], row["label"]) for row in rows(tmp_path / "labels.jsonl")] == [("dec-2", "C")]


def test_pseudonyms_hold_within_one_file_and_name_nobody(export: Export, tmp_path: Path) -> None:
    assert export("--pseudonymous", out="one.jsonl") == 0
    assert export("--pseudonymous", out="two.jsonl") == 0

    body = (tmp_path / "one.jsonl").read_text()
    one, two = rows(tmp_path / "one.jsonl"), rows(tmp_path / "two.jsonl")

    assert not any(name in body for name in ("RMA-", "dec-"))
    assert len({row["rma_id"] for row in one}) == 3
    assert one[0]["rma_id"] == one[1]["rma_id"], "both kinds of one return"
    assert {row["rma_id"] for row in one}.isdisjoint(row["rma_id"] for row in two)


def test_erased_return_is_set_aside(
    export: Export, record_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = Record.open(record_url, numbered("er"))
    record.erase("dec-1", reason="asked for", at=MOMENT)
    record.close()

    assert export() == 3
    said = capsys.readouterr()
    assert "erased decisions, which give no label and count in the chances above: 1" in said.out
    assert "decision dec-1 of RMA-1: it was erased on request" in said.err
    assert "dec-1" not in {row["decision_id"] for row in rows(tmp_path / "labels.jsonl")}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--format", "xml"), "'xml' is not one of jsonl, csv, parquet"),
        (("--kind", "theft"), "'theft' is not one of fraud, grade"),
        (("--pseudonymous", "--cases", "c.jsonl"), "do not go together"),
        (("--rules", "missing.yaml"), "missing.yaml can't be read"),
        (("--out", "no/such/folder/labels.csv"), "no/such/folder"),
    ],
)
def test_what_cannot_be_written_is_told_and_leaves_nothing(
    export: Export, tmp_path: Path, words: Sequence[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(*words) == 2
    assert says in capsys.readouterr().err
    assert not list(tmp_path.glob("labels*"))


def test_labels_of_before_stay_where_new_ones_fail(
    export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert export() == 0
    before = (tmp_path / "labels.jsonl").read_bytes()

    def fail(_: object) -> dict[str, Any]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("serving.commands.labels.label_file.label_row", fail)
    assert export() == 1
    assert (tmp_path / "labels.jsonl").read_bytes() == before
    assert not list(tmp_path.glob("*.partial"))


def test_trainer_reads_cases_and_outcomes_as_it_reads_those_of_a_world(
    export: Export, tmp_path: Path
) -> None:
    cases_file = tmp_path / "cases.jsonl"
    assert export("--kind", "fraud", "--cases", str(cases_file), out="outcomes.parquet") == 0
    write_world(WorldSettings(seed=3, returns=50), tmp_path / "world")
    world = pyarrow.parquet.read_table(tmp_path / "world/outcomes.parquet")
    outcomes = pyarrow.parquet.read_table(tmp_path / "outcomes.parquet")

    cases = [read_case(line) for line in cases_file.read_text().splitlines()]
    known = {(row["rma_id"], row["case_as_of"]): row for row in outcomes.to_pylist()}
    joined = [known[case.rma.rma_id, case.as_of] for case in cases]
    matrix = vectorise_many(cases, [None] * len(cases))

    assert {"rma_id", "outcome", "known_at"} <= {*world.column_names} & {*outcomes.column_names}
    assert {row["outcome"] for row in joined} <= {*PriorOutcome}
    assert [row["outcome"] for row in joined] == ["honest", "unknown", "unknown"]
    assert matrix.shape == (3, len(case_contract().names))
    assert np.isfinite([row["weight"] for row in joined if row["outcome"] != "unknown"]).all()
