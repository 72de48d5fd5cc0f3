"""A record that an earlier version wrote reads as it was, and its requests are known again."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from data.case import ReturnCase, read_case
from data.decision import Change, Disposition, WouldChange
from data.fraud import Action, Floor, FloorFinding
from serving.record.entry import DECISION, canonical_json, case_document, decision_document, fingerprint
from serving.record.record import Record
from serving.record.tables import DECISIONS

# One decision with its request, written by the code of commit 3ed8c60: a tablet with spellings and repeated
# scans that have since been given a meaning.
KEPT: dict[str, Any] = json.loads(Path(__file__).with_name("kept-by-3ed8c60.json").read_text("utf-8"))


@pytest.fixture
def case() -> ReturnCase:
    return read_case(json.dumps(KEPT["sent"]))


def test_the_same_case_is_written_in_the_same_bytes(case: ReturnCase) -> None:
    assert canonical_json(case_document(case)) == KEPT["row"]["return_case"]


def test_the_same_decision_is_written_in_the_same_bytes() -> None:
    decision = DECISION.validate_json(KEPT["row"]["decision"])

    assert canonical_json(decision_document(decision)) == KEPT["row"]["decision"]


def test_a_later_field_of_a_decision_is_kept_once_it_says_something() -> None:
    decision = DECISION.validate_json(KEPT["row"]["decision"])
    policy = replace(decision.policy, overrides=("depots",))
    change = WouldChange(
        Change.SANITISED, Disposition.RESTOCK, 212.0, "CAD", "sanitised: restock, CAD +212.00"
    )
    floor = Floor(FloorFinding.EMPTY_BOX, Action.HOLD, "The bench found an empty box")
    fraud = replace(decision.fraud, floors=(floor,))
    filled = replace(decision, policy=policy, would_change=(change,), fraud=fraud)

    assert decision.fraud.floors == ()
    assert DECISION.validate_json(canonical_json(decision_document(filled))) == filled


def test_a_request_sent_again_finds_the_decision_that_was_kept(tmp_path: Path, case: ReturnCase) -> None:
    record = Record.open(f"sqlite:///{tmp_path / 'record.sqlite'}", lambda: "event")
    with record.engine.begin() as connection:
        connection.execute(insert(DECISIONS).values(KEPT["row"]))

    found = record.find(KEPT["row"]["idempotency_key"], fingerprint(case, ()))

    assert found is not None
    assert found == record.get(KEPT["row"]["decision_id"])
    assert found.case == json.loads(KEPT["row"]["return_case"])
    record.close()


@pytest.mark.parametrize("part", ["rma", "verification"])
def test_a_later_field_is_kept_once_it_says_something(case: ReturnCase, part: str) -> None:
    field = {"rma": "expected_imeis", "verification": "observed_imeis"}[part]
    empty, filled = (
        read_case(json.dumps({**KEPT["sent"], part: {**KEPT["sent"][part], field: imeis}}))
        for imeis in ([], ["356938035643809"])
    )

    assert fingerprint(empty, ()) == fingerprint(case, ()) == KEPT["row"]["fingerprint"]
    assert case_document(filled)[part][field] == ["356938035643809"]
    assert fingerprint(filled, ()) != fingerprint(case, ())
