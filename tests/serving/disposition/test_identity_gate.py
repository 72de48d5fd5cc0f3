"""The gate takes a device for the one that was sold by the same comparison as the score."""

from typing import Any

import pytest

from data.case import ReturnCase
from data.decision import Destination, GateState
from serving.disposition.evidence import Evidence, GateAnswer
from serving.disposition.gates import evidence_gate
from serving.disposition.policy import open_policy
from tests.serving.clear_return import clear_case, photographed, scored

POLICY = open_policy()
SOLD = {"expected_serial": "KT4V70B9N21", "expected_imei": "352099001761481"}


def ask(case: ReturnCase) -> GateAnswer:
    return evidence_gate(Evidence(case, photographed(), scored()), POLICY)


@pytest.mark.parametrize(
    "read",
    [
        {"observed_serial": "KT4V-7OB9-N21", "observed_imei": "3520990017614801"},
        {"observed_serial": "S/N: KT4V70B9N21", "observed_imei": "35-209900-176148-1"},
        {"observed_serial": "KT4V70B9N2"},
        {"observed_serial": "352099001761481"},
        {"observed_serial": "N/A", "observed_imei": "35209900176148"},
        {"observed_imeis": ["352099001761499", "352099001761481"]},
    ],
)
def test_one_device_passes_however_its_numbers_were_read(read: dict[str, Any]) -> None:
    assert ask(clear_case(read, **SOLD)).gate.state is GateState.PASSED


@pytest.mark.parametrize(
    ("read", "says"),
    [
        ({"observed_serial": "ZZ99YY88XX7"}, "expects serial KT4V70B9N21; the device shows ZZ99YY88XX7."),
        ({"observed_serial": "KT4V70B9N22"}, "shows KT4V70B9N22, which differs in one place: read it again."),
        ({"observed_imei": "490154203237518"}, "expects IMEI 352099001761481; the device shows 4901542"),
        ({"observed_serial": "KT4V70B9N21", "observed_imei": "352099001761499"}, "differs in one place"),
        ({"observed_serial": "KT4V70B9N22", "observed_imei": "352099001761481"}, "differs in one place"),
        ({"observed_serial": "N/A"}, "shows N/A, which can't be compared with it: read it again."),
    ],
)
def test_what_may_be_another_device_is_held_and_says_why(read: dict[str, Any], says: str) -> None:
    answer = ask(clear_case(read, **SOLD))

    assert answer.has_decided
    assert answer.destination is Destination.REVIEW_DESK
    assert says in answer.gate.text


def test_an_imei_alone_says_nothing_of_a_device_sold_by_its_serial() -> None:
    answer = ask(clear_case({"observed_serial": "352099001761481"}, expected_serial="KT4V70B9N21"))

    assert answer.has_decided
    assert "can't be compared" in answer.gate.text
