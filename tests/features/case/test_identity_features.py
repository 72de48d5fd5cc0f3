"""The model sees what the comparison of identities says, and NaN where it says nothing."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from data.case import ReturnCase, parse_case
from data.fraud import Moment
from features.case.case_vector import vectorise_many
from features.case.contract import case_contract
from features.case.missing import missing_inputs
from tests.serving.clear_return import clear_case

CONTRACT = case_contract()
SERIAL, IMEI, SECOND = "KT4V70B9N21", "352099001761481", "352099001761499"
NAMES = ("serial_mismatch", "serial_difference", "imei_mismatch", "tac_mismatch", "imei_check_fails")


def vectorise(case: ReturnCase) -> NDArray[np.float32]:
    return vectorise_many([case], [None])[0]


def features(read: dict[str, object], **rma: object) -> tuple[float, ...]:
    sold = {"expected_serial": SERIAL, "expected_imei": IMEI, **rma}
    found = vectorise(clear_case(read, **sold)).tolist()
    return tuple(found[CONTRACT.places[name]] for name in NAMES)


NAN = math.nan


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ({"observed_serial": SERIAL, "observed_imei": IMEI}, (0, 0, 0, 0, 0)),
        ({"observed_serial": "S/N: kt4v-7ob9-n21", "observed_imei": "35-209900-176148-1"}, (0, 0, 0, 0, 0)),
        ({"observed_serial": "SKT4V70B9N21", "observed_imei": "3520990017614801"}, (0, 0, 0, 0, NAN)),
        ({"observed_serial": "KT4V7X0B9N21"}, (0, 0, NAN, NAN, NAN)),
        ({"observed_serial": "KT4V70B9N22"}, (1, 1 / 11, NAN, NAN, NAN)),
        ({"observed_serial": "N/A", "observed_imei": SECOND}, (NAN, NAN, 1, 0, 0)),
        ({"observed_serial": IMEI}, (NAN, NAN, 0, 0, 0)),
        ({"observed_serial": "490154203237518"}, (NAN, NAN, 1, 1, 0)),
        ({"observed_imeis": [SECOND, IMEI]}, (NAN, NAN, 0, 0, 0)),
        ({"observed_imei": SECOND, "observed_imeis": ["352099001761482"]}, (NAN, NAN, 0, 0, 1)),
        ({"observed_imei": "AF0123450ABCDE"}, (NAN, NAN, NAN, NAN, NAN)),
    ],
)
def test_what_is_read_is_compared_once_and_for_all(
    read: dict[str, object], expected: tuple[float, ...]
) -> None:
    np.testing.assert_allclose(features(read), expected, rtol=1e-6)


def test_a_second_imei_of_the_phone_that_was_sold_is_no_mismatch() -> None:
    found = features({"observed_imei": SECOND}, expected_imei=None, expected_imeis=[IMEI, SECOND])

    assert found[2:4] == (0, 0)


@pytest.mark.parametrize(
    ("read", "missing"),
    [
        ({"observed_serial": SERIAL}, {"verification.observed_imei"}),
        ({"observed_serial": IMEI}, {"verification.observed_serial"}),
        ({"observed_serial": "unreadable"}, {"verification.observed_serial", "verification.observed_imei"}),
        ({"observed_serial": SERIAL, "observed_imeis": [IMEI]}, set()),
    ],
)
def test_an_imei_in_the_place_of_the_serial_leaves_the_serial_missing(
    read: dict[str, object], missing: set[str]
) -> None:
    case = clear_case(read, expected_serial=SERIAL, expected_imei=IMEI)
    found = {path for path in missing_inputs(case, None, Moment.T2, CONTRACT) if "observed" in path}

    assert found - {"verification.observed_device_class"} == missing


def test_an_account_made_after_its_order_was_not_there_when_it_was_given() -> None:
    case = clear_case(ordered_at="2026-02-20T09:00:00Z", account_created_at="2026-02-25T09:00:00Z")

    assert vectorise(case)[CONTRACT.places["account_age_at_order_days"]] == 0
    assert parse_case(case.model_dump(mode="json")) == case
