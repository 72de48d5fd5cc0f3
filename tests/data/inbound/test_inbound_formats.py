"""The same cases come as JSON lines and as Parquet, nested or flat, and a file tells by itself what it is."""

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.case import InvalidCase, read_case
from data.inbound import InvalidMessage, ParquetNotInstalled, case_lines, read_sender, source
from serving.demo.returns import shipped_returns
from tests.data.inbound.good_lines import good_lines
from tests.data.inbound.x12_message import PARCEL, interchange


def shipped_cases() -> list[dict[str, Any]]:
    return [json.loads(json.dumps(one.case)) for one in shipped_returns()]


def parquet(folder: Path, rows: list[dict[str, Any]] | pa.Table) -> Path:
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows)
    pq.write_table(table, folder / "cases.parquet")
    return folder / "cases.parquet"


def flat(message: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in message.items():
        row |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return row


def test_lines_of_json_pass_through_untouched(tmp_path: Path) -> None:
    lines = b'{"rma": 1}\n\nnot json\n'
    (tmp_path / "cases.jsonl").write_bytes(lines)

    assert b"".join(good_lines(tmp_path / "cases.jsonl")) == lines


@pytest.mark.parametrize("shape", [dict, flat], ids=["nested", "flat"])
def test_cases_survive_the_way_through_parquet(tmp_path: Path, shape: Any) -> None:
    cases = shipped_cases()

    lines = good_lines(parquet(tmp_path, [shape(case) for case in cases]))

    assert [read_case(line) for line in lines] == [read_case(json.dumps(case)) for case in cases]


def test_parquet_s_own_times_and_nothing_known_are_understood(tmp_path: Path) -> None:
    case = shipped_cases()[0]
    row = flat(case) | {
        "as_of": datetime.fromisoformat(case["as_of"]).astimezone(UTC),
        "rma.expected_weight_g": float("nan"),
        "rma.order_id": None,
    }

    (line,) = good_lines(parquet(tmp_path, [row]))

    read = read_case(line)
    assert read.as_of == datetime.fromisoformat(case["as_of"])
    assert (read.rma.expected_weight_g, read.rma.order_id) == (None, None)


WRONG = {
    "time without a zone": ({"as_of": datetime(2026, 3, 1, 9)}, "column as_of: .* has no time zone"),
    "bytes": ({"rma.sku": b"x"}, "column rma.sku: a bytes has no place in a case"),
    "date": ({"rma.ordered_at": datetime(2026, 3, 1).date()}, "column rma.ordered_at: a date has no place"),
    "name twice": ({"rma": {"sku": "A"}, "rma.sku": "B"}, "column rma.sku: the name occurs twice"),
    "value and group": ({"rma": "A", "rma.sku": "B"}, "column rma.sku: rma is also a column of its own"),
}


@pytest.mark.parametrize(("row", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_row_has_its_problem_in_its_place_and_says_the_column(
    tmp_path: Path, row: dict[str, Any], words: str
) -> None:
    (problem,) = case_lines(parquet(tmp_path, [row]))

    assert isinstance(problem, InvalidCase)
    assert re.search(words, str(problem))


def test_a_wrong_row_loses_no_other(tmp_path: Path) -> None:
    rows = [flat(case) for case in shipped_cases()[:3]]
    rows[1]["rma.sku"] = None
    rows = [{**row, "as_of": datetime.fromisoformat(row["as_of"])} for row in rows]
    table = pa.Table.from_pylist(rows)
    far = pa.array([None, 2**62, None], pa.int64()).cast(pa.timestamp("us", "UTC"))

    first, problem, last = case_lines(parquet(tmp_path, table.append_column("rma.delivered", far)))

    assert isinstance(problem, InvalidCase)
    lines = [line for line in (first, last) if isinstance(line, bytes)]
    assert [json.loads(line)["rma"]["rma_id"] for line in lines] == [
        case["rma"]["rma_id"] for case in (shipped_cases()[0], shipped_cases()[2])
    ]


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    whole = parquet(tmp_path, shipped_cases()).read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(InvalidMessage, match=r"cut.parquet can't be read as Parquet"):
        list(case_lines(tmp_path / "cut.parquet"))


def test_without_pyarrow_the_message_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path, shipped_cases())
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(ParquetNotInstalled, match=r'pip install "regrade\[parquet\]"'):
        list(case_lines(path))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nothing").write_bytes(b" \n")

    with pytest.raises(InvalidMessage, match="nothing is empty: give JSON lines, Parquet, X12 or EPCIS"):
        list(case_lines(tmp_path / "nothing"))


def test_scans_that_are_no_scans_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text(json.dumps(shipped_cases()[0]))

    with pytest.raises(InvalidMessage, match="holds neither X12 nor EPCIS"):
        list(case_lines(tmp_path / "cases.jsonl", [tmp_path / "cases.jsonl"]))


def test_scans_join_cases_of_json_lines_and_a_wrong_line_keeps_its_place(tmp_path: Path) -> None:
    case = shipped_cases()[0]
    case["rma"]["rma_id"] = "RMA-10023"
    (tmp_path / "cases.jsonl").write_text(f"{json.dumps(case)}\nwrong\n")
    (tmp_path / "scans.x12").write_text(interchange(PARCEL))

    first, second = good_lines(tmp_path / "cases.jsonl", [tmp_path / "scans.x12"])

    assert len(read_case(first).scans) == len(case["scans"]) + 3
    assert second == b"wrong\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "version: 1\nchannel: web\ncurrency: USD\ntime_zone: UTC",
            "channel: give one of",
        ),
        (
            "version: 1\nchannel: retail_store\ncurrency: USD\ntime_zone: Mars/Base",
            "time_zone: not a time zone",
        ),
        ("version: 1", "channel: Field required"),
        ("{", "is not YAML"),
        ("", r"sender\.yaml holds no mapping: it needs version, channel, currency, time_zone"),
    ],
)
def test_a_wrong_sender_file_says_what_to_correct(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "sender.yaml").write_text(text)

    with pytest.raises(InvalidMessage, match=words):
        read_sender(tmp_path / "sender.yaml")


def test_cases_that_say_their_own_moment_take_no_other(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text(json.dumps(shipped_cases()[0]))

    with pytest.raises(InvalidMessage, match="says the as_of of each case itself: leave --as-of out"):
        list(case_lines(tmp_path / "cases.jsonl", as_of=datetime(2026, 3, 1, tzinfo=UTC)))


def test_a_message_past_the_size_limit_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MAX_MESSAGE_BYTES", 100)
    (tmp_path / "returns.x12").write_text(interchange(PARCEL))

    with pytest.raises(InvalidMessage, match=r"returns.x12 is .* bytes; at most 100 are read: split it"):
        list(case_lines(tmp_path / "returns.x12"))
