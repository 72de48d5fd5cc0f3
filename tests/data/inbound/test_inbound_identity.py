"""A unit is joined to its case under whatever print of its numbers, and never under another unit's."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from data.case import ReturnCase, read_case
from serving.demo.returns import shipped_returns
from tests.data.inbound.good_lines import good_lines
from tests.data.inbound.test_inbound_epcis import document, event
from tests.data.inbound.x12_desk import Desk
from tests.data.inbound.x12_message import RETURN, interchange

IMEI = "356938035643809"
SERIAL = "KT4V70B9N21"


def joined(
    folder: Path, sold: dict[str, Any], read: str, **event_fields: Any
) -> tuple[ReturnCase, list[str]]:
    """Join one event about a unit to one case that is sold under other prints of its numbers."""
    case = copy.deepcopy(dict(shipped_returns()[0].case))
    case = {
        "rma": {**case["rma"], "expected_serial": None, "expected_imei": None, **sold},
        "as_of": case["as_of"],
    }
    seen = event(
        epcList=[f"urn:epc:id:sgtin:0614141.107346.{read}"],
        bizTransactionList=None,
        **{"eventTime": "2026-09-01T10:00:00Z", "recordTime": "2026-09-01T10:05:00Z", **event_fields},
    )
    (folder / "cases.jsonl").write_text(json.dumps(case))
    (folder / "events.json").write_text(json.dumps(document(seen, creationDate="2026-09-02T00:00:00Z")))
    notes: list[str] = []
    (line,) = good_lines(folder / "cases.jsonl", [folder / "events.json"], tell=notes.append)
    return read_case(line), notes


@pytest.mark.parametrize(
    ("sold", "read"),
    [
        ({"expected_serial": "S/N: kt4v-70b9-n21"}, SERIAL),
        ({"expected_serial": "SKT4V70B9N21"}, SERIAL),
        ({"expected_serial": SERIAL}, "0KT4V7OB9N21"),
        ({"expected_imei": "35-693803-564380-9"}, IMEI),
        ({"expected_imei": "3569380356438001"}, IMEI),
        ({"expected_imeis": ["490154203237518", "35693803564380"]}, IMEI),
        ({"expected_serial": IMEI}, IMEI),
    ],
)
def test_an_event_finds_its_unit_in_any_print(tmp_path: Path, sold: dict[str, Any], read: str) -> None:
    case, _ = joined(tmp_path, sold, read)

    assert len(case.scans) == 1


@pytest.mark.parametrize(
    ("sold", "read"),
    [
        ({"expected_serial": SERIAL}, "KT4V70B9N22"),
        ({"expected_imei": IMEI}, "490154203237518"),
        ({"expected_serial": "1234567890123401"}, "1234567890123402"),
    ],
)
def test_an_event_of_another_unit_joins_nothing(tmp_path: Path, sold: dict[str, Any], read: str) -> None:
    case, notes = joined(tmp_path, sold, read)

    assert case.scans == ()
    assert any("belong to no case" in note for note in notes)


def test_an_inspection_before_the_request_does_not_count(tmp_path: Path) -> None:
    earlier = {"eventTime": "2026-08-30T10:00:00Z", "bizStep": "inspecting", "disposition": "conformant"}

    case, notes = joined(tmp_path, {"expected_serial": SERIAL}, SERIAL, **earlier)

    assert case.verification is None
    assert any("before its return was asked for" in note for note in notes)


@pytest.mark.parametrize("printed", ["35-693803-564380-9", "35 693803 564380 9", "356938035643809/01"])
def test_an_imei_in_print_is_told_from_a_serial_number(tmp_path: Path, printed: str) -> None:
    case = Desk(tmp_path).case(interchange(RETURN.replace("**SN*F2LLX4ABCD", f"**SN*{printed}")))

    assert (case.rma.expected_serial, case.rma.expected_imei) == (None, printed)


def test_scans_that_repeat_others_are_told_when_more_are_joined(tmp_path: Path) -> None:
    case = copy.deepcopy(dict(shipped_returns()[0].case))
    (tmp_path / "cases.jsonl").write_text(json.dumps(case | {"scans": case["scans"] * 2}))
    (tmp_path / "events.json").write_text(json.dumps(document()))
    notes: list[str] = []

    (line,) = good_lines(tmp_path / "cases.jsonl", [tmp_path / "events.json"], tell=notes.append)

    assert len(read_case(line).scans) == len(case["scans"])
    assert any("scans that repeat others count once" in note for note in notes)


def test_a_return_said_again_with_its_serial_in_another_print_stays_one(tmp_path: Path) -> None:
    again = RETURN.replace("**SN*F2LLX4ABCD", "**SN*S/N:f2ll-x4abcd")

    (case,) = Desk(tmp_path).cases(interchange(RETURN) + interchange(again, number=906, at="20260313 0900"))

    assert case.rma.rma_id == "RMA-10023"
