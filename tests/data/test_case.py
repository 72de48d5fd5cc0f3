"""What is sent twice counts once, impossible orders of dates are refused, and no text stops an answer."""

import copy
import json
import random
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data.case import InvalidCase, ReturnCase, parse_case, read_case
from data.history import Link, PriorOutcome, PriorReturn, distinct_returns
from data.identity.spelling import absent_from
from data.money import Money
from data.scan import distinct_scans
from features.case.case_vector import vectorise_many
from serving.demo.returns import shipped_returns

HONEST = shipped_returns()[0].case
PRIOR: dict[str, Any] = {
    "rma_id": "RMA-70",
    "links": ["customer"],
    "customer_id": "CUS-70",
    "requested_at": "2026-05-02T10:00:00Z",
    "value": {"amount": 60.0, "currency": "USD"},
    "outcome": "honest",
    "outcome_known_at": "2026-05-20T10:00:00Z",
}


def vectorise(case: ReturnCase) -> NDArray[np.float32]:
    return vectorise_many([case], [None])[0]


def changed(**parts: Any) -> dict[str, Any]:
    case = copy.deepcopy(dict(HONEST))
    for path, value in parts.items():
        *steps, last = path.split("__")
        place = case
        for step in steps:
            place = place[step]
        place[last] = value
    return case


def with_priors(*priors: dict[str, Any]) -> ReturnCase:
    return parse_case(changed(history={"orders_count": 9, "prior_returns": list(priors)}))


def test_scans_sent_twice_count_once_and_it_is_noted() -> None:
    once = parse_case(HONEST)
    twice = parse_case(changed(scans=HONEST["scans"] * 2))

    assert vectorise(twice).tobytes() == vectorise(once).tobytes()
    assert twice.notes == (f"{len(HONEST['scans'])} scans repeat others and count once",)
    assert once.notes == ()
    assert len(twice.scans) == 2 * len(once.scans), "the case stays as it was sent"


def test_a_scan_sent_again_later_is_known_since_it_was_first_sent() -> None:
    scan = parse_case(HONEST).scans[1]
    later, sooner = (
        scan.model_copy(update={"known_at": scan.time.replace(year=year)}) for year in (2028, 2027)
    )

    assert distinct_scans([later, scan, sooner]) == (scan,)
    assert distinct_scans([later, sooner]) == (sooner,)


def test_scans_that_differ_in_any_fact_are_two() -> None:
    scan = parse_case(HONEST).scans[1]
    heavier = scan.model_copy(update={"weight_g": 500.0})

    assert set(distinct_scans([scan, heavier])) == {scan, heavier}


SPELLED = {
    "small letters": lambda scan: {**scan, "tracking_id": scan["tracking_id"].lower()},
    "hyphens": lambda scan: {**scan, "tracking_id": "-".join(scan["tracking_id"])},
    "capitals": lambda scan: {**scan, "carrier": scan["carrier"].upper()},
    "another space": lambda scan: {**scan, "facility": scan["facility"].replace(" ", "\u00a0")},
    "an empty place": lambda scan: {**scan, "place": scan.get("place", {})},
}


@pytest.mark.parametrize("spelled", SPELLED.values(), ids=SPELLED)
def test_scans_sent_twice_in_other_letters_count_once(spelled: Any) -> None:
    named = {"tracking_id": "T1", "carrier": "Northline", "facility": "Hub 2"}
    scans = [{**named, **scan} for scan in HONEST["scans"]]
    once, twice = (
        parse_case({**HONEST, "scans": [*scans, *more]}) for more in ([], [spelled(scan) for scan in scans])
    )

    assert vectorise(twice).tobytes() == vectorise(once).tobytes()
    assert len(twice.distinct_scans) == len(scans)


def test_parties_and_places_are_counted_once_in_any_letters() -> None:
    scans = [{**scan, "tracking_id": "T-1", "carrier": "Northline"} for scan in HONEST["scans"]]
    shouted = [
        {**scan, "tracking_id": "t1", "carrier": "NORTHLINE"} if number % 2 else scan
        for number, scan in enumerate(scans)
    ]

    one, other = (parse_case({**HONEST, "scans": each}) for each in (scans, shouted))
    assert vectorise(other).tobytes() == vectorise(one).tobytes()


def test_an_earlier_return_is_known_in_any_letters() -> None:
    twice = with_priors(PRIOR, {**PRIOR, "rma_id": str(PRIOR["rma_id"]).lower()})

    assert vectorise(twice).tobytes() == vectorise(with_priors(PRIOR)).tobytes()


def test_accessories_are_known_in_any_letters() -> None:
    absent = absent_from(frozenset({"CABLE", " box"}), frozenset({"Cable", "box", "charger"}))

    assert absent == {"charger"}


def test_a_return_listed_twenty_times_counts_once_and_it_is_noted() -> None:
    twenty = with_priors(*[PRIOR] * 20)

    assert vectorise(twenty).tobytes() == vectorise(with_priors(PRIOR)).tobytes()
    assert twenty.notes == ("19 entries of earlier returns repeat others and count once",)


def prior(outcome: PriorOutcome, *links: Link, known: int | None = None, day: int = 1) -> PriorReturn:
    return PriorReturn(
        rma_id="RMA-70",
        links=frozenset(links or {Link.CUSTOMER}),
        requested_at=datetime(2026, 5, day, tzinfo=UTC),
        value=Money(amount=10 * day, currency="USD"),
        outcome=outcome,
        outcome_known_at=datetime(2026, 6, known, tzinfo=UTC) if known else None,
    )


FRAUD, UNKNOWN, CLEARED = PriorOutcome.FRAUD, PriorOutcome.UNKNOWN, PriorOutcome.HONEST


@pytest.mark.parametrize(
    ("entries", "worst"),
    [
        ([prior(CLEARED, known=2), prior(FRAUD, known=9)], prior(FRAUD, known=9)),
        ([prior(CLEARED, known=2), prior(UNKNOWN)], prior(UNKNOWN)),
        ([prior(UNKNOWN), prior(FRAUD)], prior(FRAUD)),
        ([prior(FRAUD), prior(FRAUD, known=9), prior(FRAUD, known=4)], prior(FRAUD, known=4)),
        ([prior(UNKNOWN, day=1), prior(UNKNOWN, day=20)], prior(UNKNOWN, day=20)),
    ],
)
def test_of_entries_that_contradict_each_other_the_worst_counts(
    entries: list[PriorReturn], worst: PriorReturn
) -> None:
    for order in (entries, entries[::-1]):
        assert distinct_returns(order) == (worst,)


def test_the_links_of_entries_of_one_return_are_united() -> None:
    (one,) = distinct_returns([prior(CLEARED, Link.ADDRESS), prior(FRAUD, Link.DEVICE, known=3)])

    assert (one.outcome, one.links) == (FRAUD, frozenset({Link.ADDRESS, Link.DEVICE}))


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_anything_is_sent_does_not_matter(seed: int) -> None:
    rng = random.Random(seed)
    tied = {**HONEST["scans"][1], "weight_g": 700.0}
    scans = [*HONEST["scans"], *HONEST["scans"], tied]
    priors = [PRIOR, {**PRIOR, "outcome": "unknown"}, {**PRIOR, "rma_id": "RMA-71", "links": ["device"]}]
    case = changed(scans=scans, history={"orders_count": 9, "prior_returns": priors})
    shuffled = copy.deepcopy(case)
    rng.shuffle(shuffled["scans"])
    rng.shuffle(shuffled["history"]["prior_returns"])

    assert vectorise(parse_case(shuffled)).tobytes() == vectorise(parse_case(case)).tobytes()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rma__ordered_at": "2026-08-28T00:00:00Z"}, "ordered_at must not be later than delivered_at"),
        ({"rma__account_created_at": "2026-09-01T00:00:00Z"}, "account_created_at must not be later"),
        ({"verification__verified_at": "2026-08-30T00:00:00Z"}, "nothing can be verified before its return"),
        ({"as_of": "2026-08-30T00:00:00Z"}, "as_of must not be earlier than the request"),
        (
            {"history": {"prior_returns": [{**PRIOR, "outcome_known_at": "2026-05-01T00:00:00Z"}]}},
            "is before requested_at",
        ),
    ],
)
def test_an_impossible_order_of_dates_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidCase, match=says):
        parse_case(changed(**changes))


@pytest.mark.parametrize(
    ("given", "alone"),
    [
        ({"rma__delivered_at": "2026-09-30T12:00:00Z"}, {"rma__delivered_at": None}),
        (
            {
                "history": {
                    "prior_returns": [
                        {**PRIOR, "requested_at": "2027-01-01T00:00:00Z", "outcome_known_at": None}
                    ]
                }
            },
            {"history": {"prior_returns": []}},
        ),
    ],
)
def test_a_date_after_as_of_is_not_known_yet(given: dict[str, Any], alone: dict[str, Any]) -> None:
    assert (
        vectorise(parse_case(changed(**given))).tobytes() == vectorise(parse_case(changed(**alone))).tobytes()
    )


def test_zero_grams_is_not_weighed() -> None:
    zero, unknown = (parse_case(changed(rma__expected_weight_g=grams)) for grams in (0, None))

    assert zero == unknown
    assert zero.rma.expected_weight_g is None


def test_half_a_character_is_refused_by_its_field_alone() -> None:
    with pytest.raises(InvalidCase) as refused:
        parse_case(changed(rma__rma_id="RMA-\ud83d"))

    (line,) = refused.value.problems
    assert line.startswith("rma.rma_id: take out the half of a character")
    assert line.encode()


@pytest.mark.parametrize("depth", [150, 250, 900])
def test_a_case_nested_without_end_is_refused(depth: int) -> None:
    value: Any = "end"
    for _ in range(depth):
        value = [value]

    with pytest.raises(InvalidCase):
        parse_case(changed(rma__sku=value))
    with pytest.raises(InvalidCase):
        read_case(json.dumps(value))


def test_findings_dated_after_the_decision_are_noted_with_what_to_do() -> None:
    ahead = {**HONEST["verification"], "verified_at": "2099-01-01T00:00:00+00:00"}
    case = parse_case({**HONEST, "verification": ahead})

    assert case.known_verification is None
    (note,) = case.notes
    assert "verified_at 2099-01-01" in note
    assert "only signs of a hazard count" in note
