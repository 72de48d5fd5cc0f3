"""Of a case that is junk the first errors are told in order, and it takes no longer than a good one."""

import json
import time
from contextlib import suppress
from typing import Any

import pytest

from data.case import MAX_CASE_BYTES, InvalidCase, read_case
from data.first_errors import MOST_CHARACTERS, MOST_LINES

RMA = {
    "rma_id": "R-1",
    "channel": "retail_store",
    "requested_at": "2026-03-01T09:00:00Z",
    "device_class": "phone",
    "sku": "PHONE-1",
    "value": {"amount": 300, "currency": "USD"},
}
GOOD: dict[str, Any] = {"rma": RMA, "as_of": "2026-03-04T09:00:00Z"}
SCAN = {"code": "arrived", "time": "2026-03-02T09:00:00Z"}
PRIOR = {"rma_id": "R-0", "links": ["customer"], "requested_at": "2026-01-02T09:00:00Z"}
MAX_SCANS = 500
# Junk takes as long as a good case of its size, give or take; without limits it took a hundred times that.
MOST_TIMES_AS_LONG = 20


def refused(value: Any) -> InvalidCase:
    with pytest.raises(InvalidCase) as error:
        read_case(json.dumps(value))
    return error.value


def places(error: InvalidCase) -> list[str]:
    return [line.partition(":")[0] for line in error.problems]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (
            {"scans": [{**SCAN, "time": []}, SCAN, {"code": "flown"}]},
            "scans.0.time scans.2.code scans.2.time",
        ),
        (
            {
                "scans": [SCAN, 1],
                "history": {"orders_count": -1, "prior_returns": [PRIOR, 2], "x": "red"},
            },
            "scans.1 history.orders_count history.prior_returns.1 history.x",
        ),
        (
            {"rma": {**RMA, "sku": ""}, "scans": [1], "verification": 2, "as_of": "soon", "colour": "red"},
            "rma.sku scans.0 verification as_of colour",
        ),
        ({"rma": {**RMA, "colour": "red"}, "scans": {"0": SCAN}}, "rma.colour scans"),
        ({"scans": [SCAN] * (MAX_SCANS + 1)}, "scans"),
        ({"scans": [{}, *[SCAN] * MAX_SCANS]}, "scans.0.code scans.0.time"),
        ({"as_of": "2026-02-01T09:00:00Z"}, "case"),
        # What is wrong with the whole is told when its parts are right.
        ({"as_of": "2026-02-01T09:00:00Z", "scans": [SCAN, 1]}, "scans.1"),
    ],
)
def test_every_error_of_a_few_is_told_in_the_order_of_the_fields(wrong: dict[str, Any], where: str) -> None:
    error = refused({**GOOD, **wrong})

    assert places(error) == where.split()
    assert error.unlisted == 0


def unknown(count: int) -> dict[str, int]:
    return {f"field_{number}": number for number in range(count)}


@pytest.mark.parametrize(
    ("junk", "unlisted"),
    [
        (unknown(MOST_LINES + 30), 30),
        ({"rma": {**RMA, **unknown(10_000)}}, 10_000 - MOST_LINES),
        ({"rma": {**RMA, "k" * 90_000: 1, "sku": "s" * 90_000}}, 0),
        ({"scans": [{"c" * 400: "x" * 400}] * MAX_SCANS}, None),
        ({"history": {"prior_returns": [{}] * 500}}, None),
        ({"verification": {"battery_signs": ["warm"] * 20_000}}, 0),
    ],
)
def test_of_very_many_errors_the_first_are_told_in_short_and_the_others_are_counted(
    junk: dict[str, Any], unlisted: int | None
) -> None:
    error = refused({**GOOD, **junk})

    assert 1 <= len(error.problems) <= MOST_LINES
    assert all(len(line) <= MOST_CHARACTERS for line in error.problems)
    if unlisted is not None:
        assert error.unlisted == unlisted
    assert str(error).endswith(f"and {error.unlisted} more") is (error.unlisted > 0)


JUNK: dict[str, dict[str, Any]] = {
    "unknown fields": unknown(12_000),
    "unknown fields of the RMA": {**GOOD, "rma": {**RMA, **unknown(12_000)}},
    "wrong words": {**GOOD, "verification": {"battery_signs": ["x"] * 40_000}},
    "wrong links": {**GOOD, "history": {"prior_returns": [{**PRIOR, "links": ["x"] * 80}] * 500}},
    "wrong scans": {**GOOD, "scans": [{name: {} for name in (*SCAN, "place", "known_at", "weight_g")}] * 500},
    "empty scans": {**GOOD, "scans": [{}] * 60_000},
    "wrong IMEIs": {**GOOD, "rma": {**RMA, "expected_imeis": ["x"] * 40_000}},
    "wrong IMEIs on the bench": {**GOOD, "verification": {"observed_imeis": ["x"] * 40_000}},
    "empty source codes": {**GOOD, "rma": {**RMA, "source_codes": [{}] * 60_000}},
    "empty source codes of a scan": {**GOOD, "scans": [{**SCAN, "source_codes": [{}] * 60_000}]},
    "wrong accessories": {**GOOD, "rma": {**RMA, "expected_accessories": [1] * 60_000}},
}


@pytest.mark.parametrize("name", JUNK)
def test_junk_takes_no_longer_than_a_good_case_of_its_size(name: str) -> None:
    junk = json.dumps(JUNK[name])
    good = json.dumps({**GOOD, "scans": [SCAN] * MAX_SCANS})
    assert len(junk) <= MAX_CASE_BYTES

    seconds_a_byte = cpu_seconds(junk) / len(junk)

    assert seconds_a_byte < MOST_TIMES_AS_LONG * cpu_seconds(good) / len(good)


def cpu_seconds(text: str) -> float:
    """Return the least of a few tries, so that others on the machine and a first call do not count."""
    return min(_once(text) for _ in range(4))


def _once(text: str) -> float:
    started = time.thread_time()
    with suppress(InvalidCase):
        read_case(text)
    return time.thread_time() - started
