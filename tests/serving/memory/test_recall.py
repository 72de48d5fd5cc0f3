"""What was known of a return at its moment is recalled, by all that it shares with others; nothing later."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from data.history import Link, PriorOutcome
from data.memory.memory import Memory, SameBy, SamePhoto
from features.photo.likeness.likeness import take_likeness
from serving.memory.bounds import read_bounds
from serving.memory.recall import recall
from serving.memory.trait import PhotoTraits
from serving.record.memory.chronicle import Chronicle
from tests.serving.memory.told import case_of, fact, fraud, photo

SCAN = {"code": "picked_up", "time": "2026-03-01T09:00:00Z", "tracking_id": "1Z-999-AA1"}
BENCH = {"verified_at": "2026-03-02T09:00:00Z", "observed_imei": "356938035643809"}


@pytest.mark.parametrize(
    ("link", "theirs", "ours"),
    [
        (Link.CUSTOMER, {"customer_id": "ANA-7"}, {"customer_id": "ana-7"}),
        (Link.ADDRESS, {"address_id": "A-1"}, {"pickup_address_id": "A-1"}),
        (Link.PAYMENT, {"payment_id": "P-1"}, {"payment_id": "P-1"}),
        (Link.DEVICE, {"expected_serial": "S/N: F4GH-7KLM"}, {"expected_serial": "F4GH7KLM"}),
        (Link.DEVICE, {"verification": BENCH}, {"expected_imei": "35-693803-564380-9"}),
        (
            Link.LABEL,
            {"scans": [SCAN]},
            {"scans": [{**SCAN, "tracking_id": "1z999aa1"}]},
        ),
    ],
)
def test_an_earlier_return_is_found_by_what_both_share(
    link: Link, theirs: dict[str, Any], ours: dict[str, Any]
) -> None:
    past = Chronicle()
    past.tell_decision(case_of("RMA-1", 2 if "verification" in theirs else 1, **_since(theirs)))
    past.tell_decision(case_of("RMA-2", 3, customer_id="bo", address_id="A-2", expected_serial="ZZZZ9999"))

    found = past.recall(case_of("RMA-3", 9, **_since(ours)))

    assert found is not None
    assert [(one.rma_id, one.links) for one in found.returns] == [("RMA-1", (link,))]


def _since(given: dict[str, Any]) -> dict[str, Any]:
    """Let a verification be made within the day of the case."""
    return {
        name: {**value, "verified_at": "2026-03-02T09:00:00Z"} if name == "verification" else value
        for name, value in given.items()
    }


@pytest.mark.parametrize("serial", ["N/A", "0000000", "12", "unknown"])
def test_a_number_that_names_no_unit_links_nobody(serial: str) -> None:
    past = Chronicle()
    past.tell_decision(case_of("RMA-1", 1, expected_serial=serial))

    assert past.recall(case_of("RMA-2", expected_serial=serial)) is None


def test_what_a_decision_knew_later_is_not_used() -> None:
    past = Chronicle()
    past.tell_decision(case_of("RMA-1", 20, customer_id="ana"))

    assert past.recall(case_of("RMA-2", 19, customer_id="ana")) is None
    assert past.recall(case_of("RMA-2", 21, customer_id="ana")) is not None


def test_an_outcome_counts_from_when_it_was_known_and_is_corrected_by_a_later_one() -> None:
    past = Chronicle()
    past.tell_decision(case_of("RMA-1", 1, customer_id="ana"))
    past.tell_fact("RMA-1", fraud("2026-03-10T00:00:00Z"))
    past.tell_fact("RMA-1", fraud("2026-03-20T00:00:00Z", is_confirmed=False))

    outcomes = [_only(past.recall(case_of("RMA-2", day, customer_id="ana"))).outcome for day in (9, 11, 21)]

    assert outcomes == [PriorOutcome.UNKNOWN, PriorOutcome.FRAUD, PriorOutcome.HONEST]


def test_a_label_that_was_scanned_later_links_from_when_the_scan_was_known() -> None:
    past = Chronicle()
    past.tell_decision(case_of("RMA-1", 1))
    past.tell_fact("RMA-1", fact(kind="scan", scan=SCAN, known_at="2026-03-10T00:00:00Z"))
    ours = [{**SCAN, "time": "2026-03-08T09:00:00Z"}]

    assert past.recall(case_of("RMA-2", 9, scans=ours)) is None
    assert _only(past.recall(case_of("RMA-2", 11, scans=ours))).links == (Link.LABEL,)


def test_the_same_return_decided_again_is_no_other_return() -> None:
    past = Chronicle()
    past.tell_decision(case_of("RMA-1", 1, customer_id="ana"), [photo()])

    assert past.recall(case_of("rma-1", 2, customer_id="ana"), [photo()]) is None


def test_a_return_that_was_decided_often_stands_there_once_as_it_was_last() -> None:
    past = Chronicle()
    for day in (1, 2, 3):
        past.tell_decision(case_of("RMA-1", day, customer_id="ana", value={"amount": day, "currency": "CAD"}))

    assert _only(past.recall(case_of("RMA-2", customer_id="ana"))).value.amount == 3


def test_facts_of_the_same_return_fill_in_what_was_not_sent() -> None:
    past = Chronicle()
    past.tell_decision(case_of("RMA-1", 1))
    past.tell_fact("RMA-1", fact(kind="scan", scan=SCAN, known_at="2026-03-02T00:00:00Z"))
    past.tell_fact("RMA-1", fact(kind="verification", verification=BENCH))
    past.tell_fact("RMA-1", fact(kind="verification", verification={**BENCH, "lock": "on"}, known_at=NEXT))

    found = past.recall(case_of("RMA-1", requested_at="2026-03-01T08:00:00Z"))
    again = past.recall(
        case_of("RMA-1", requested_at="2026-03-01T08:00:00Z", scans=[SCAN], verification=BENCH)
    )

    assert found is not None
    assert [scan["known_at"] for scan in found.scans] == ["2026-03-02T00:00:00+00:00"]
    assert found.verification is not None
    assert found.verification["lock"] == "unknown"
    assert again is None


NEXT = "2026-03-30T00:00:00Z"


def test_a_verification_that_is_only_made_later_hides_none_that_is_known() -> None:
    past = Chronicle()
    past.tell_decision(case_of("RMA-1", 1))
    past.tell_fact("RMA-1", fact(kind="verification", verification={**BENCH, "battery_signs": ["leak"]}))

    found = past.recall(
        case_of("RMA-1", requested_at="2026-03-01T08:00:00Z", verification={"verified_at": NEXT})
    )

    assert found is not None
    assert found.verification is not None
    assert found.verification["battery_signs"] == ["leak"]


@pytest.mark.parametrize(
    ("theirs", "by"),
    [
        (photo(2), SameBy.AS_SENT),
        (photo(2, sent="c" * 64), SameBy.PIXELS),
        (photo(2, pixels=None), SameBy.AS_SENT),
    ],
)
def test_a_photo_that_another_return_was_decided_by_is_known_again(theirs: PhotoTraits, by: SameBy) -> None:
    past = Chronicle()
    past.tell_decision(case_of("RMA-1", 1), [theirs])

    found = past.recall(case_of("RMA-2"), [photo(0, sent="d" * 64, pixels="e" * 64), photo(1)])

    assert found is not None
    assert found.photos == (SamePhoto(1, "RMA-1", 2, by),)
    assert _only(found).links == (Link.PHOTO,)
    assert found.reused_for == ("RMA-1",)


def test_a_photo_that_was_encoded_anew_is_known_by_its_likeness() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    noise = np.random.default_rng(2).integers(-3, 4, pixels.shape)
    anew = np.clip(pixels.astype(int) + noise, 0, 255).astype(np.uint8)
    theirs, ours = (take_likeness(Image.fromarray(each)) for each in (pixels, anew))
    past = Chronicle()
    past.tell_decision(case_of("RMA-1", 1), [PhotoTraits(0, "1" * 64, "2" * 64, theirs)])

    found = past.recall(case_of("RMA-2"), [PhotoTraits(0, "3" * 64, "4" * 64, ours)])

    assert found is not None
    [same] = found.photos
    assert (same.by, same.rma_id) == (SameBy.LIKENESS, "RMA-1")
    assert same.agreement is not None
    assert same.agreement > 0.9


def test_of_very_many_returns_the_newest_are_recalled() -> None:
    past, bounds = Chronicle(), read_bounds().model_copy(update={"newest": 3})
    for number in range(1, 7):
        past.tell_decision(case_of(f"RMA-{number}", number, customer_id="ana"))

    found = recall(case_of("RMA-9", 9, customer_id="ana"), (), past, bounds)

    assert found is not None
    assert [one.rma_id for one in found.returns] == ["RMA-4", "RMA-5", "RMA-6"]


def test_who_is_another_customer_is_told_by_a_return_and_not_by_name() -> None:
    past = Chronicle()
    past.tell_decision(case_of("RMA-1", 1, customer_id="bo", address_id="A-1"))
    past.tell_decision(case_of("RMA-2", 2, customer_id="bo", address_id="A-1"))
    past.tell_decision(case_of("RMA-3", 3, address_id="A-1"))

    found = past.recall(case_of("RMA-4", customer_id="ana", address_id="A-1"))

    assert found is not None
    assert [one.customer for one in found.returns] == ["RMA-1", "RMA-1", None]
    assert "bo" not in repr(found)


def _only(memory: Memory | None) -> Any:
    assert memory is not None
    [found] = memory.returns
    return found


@pytest.mark.parametrize("name", ["address_id", "payment_id", "expected_serial"])
def test_what_became_known_later_links_nobody(name: str) -> None:
    past = Chronicle()
    shared: dict[str, Any] = {name: "SHARED-77X"}
    past.tell_decision(case_of("RMA-1", 1, **shared))
    known_at = {"expected_serial": "2026-03-20T00:00:00Z", name: "2026-03-20T00:00:00Z"}

    assert past.recall(case_of("RMA-2", 9, **shared)) is not None
    assert past.recall(case_of("RMA-2", 9, **shared, known_at=known_at)) is None


def test_findings_count_from_when_they_reached_the_record() -> None:
    past = Chronicle()
    past.tell_decision(case_of("RMA-1", 1))
    past.tell_fact("RMA-1", bench_fact("empty", "2026-03-05T09:00:00Z"))
    past.tell_fact("RMA-1", bench_fact("match", "2026-03-07T09:00:00Z", known_at="2026-03-20T09:00:00Z"))

    found = past.recall(case_of("RMA-1", 10, requested_at="2026-03-01T08:00:00Z"))

    assert found is not None
    assert found.verification is not None
    assert found.verification["outcome"] == "empty"


def bench_fact(outcome: str, verified_at: str, **given: str) -> Any:
    return fact(kind="verification", verification={"verified_at": verified_at, "outcome": outcome, **given})
