"""Nothing that is dated after `as_of` moves a score: not its bits, reasons, floors or missing inputs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.case import InvalidCase, ReturnCase, case_schema, parse_case
from data.decision import Disposition
from data.history import Link, PriorOutcome
from data.memory.memory import KnownReturn, Memory
from data.money import Money
from data.scan import ScanCode
from serving.disposition.decide import dispose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import open_policy
from serving.fraud.model import MODEL_NAME, FraudModel
from serving.memory.merge import with_memory
from serving.release import open_release
from tests.serving.clear_return import clear_case, photographed, scored

AS_OF = datetime(2026, 3, 10, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
BEFORE, LATER = AS_OF - DAY, AS_OF + SECOND


def at(instant: datetime) -> str:
    return instant.isoformat()


CLEARED = {
    "rma_id": "P-1",
    "links": ["customer", "address"],
    "customer_id": "C-1",
    "requested_at": at(AS_OF - 60 * DAY),
    "outcome": "honest",
    "outcome_known_at": at(AS_OF - 30 * DAY),
}
OPEN = {"rma_id": "P-2", "links": ["device"], "requested_at": at(AS_OF - 20 * DAY)}
CASE: dict[str, Any] = {
    "rma": {
        "rma_id": "R-1",
        "customer_id": "C-1",
        "channel": "ecommerce_consumer",
        "reason": "changed_mind",
        "ordered_at": at(AS_OF - 12 * DAY),
        "requested_at": at(AS_OF - 6 * DAY),
        "return_window_days": 30,
        "device_class": "phone",
        "sku": "PH-1",
        "expected_serial": "AB12CD34EF",
        "expected_weight_g": 480,
        "value": {"amount": 700, "currency": "USD"},
    },
    "scans": [
        {"code": "label_created", "time": at(AS_OF - 5 * DAY), "tracking_id": "1Z1"},
        {"code": "delivered", "time": at(AS_OF - 2 * DAY), "tracking_id": "1Z1", "weight_g": 470},
    ],
    "history": {"orders_count": 9, "prior_returns": [CLEARED, OPEN]},
    "as_of": at(AS_OF),
}
EMPTY_AND_LISTED = {
    "outcome": "empty",
    "list_status": "stolen",
    "lock": "on",
    "seal": "resealed",
    "functional": "failed",
    "observed_serial": "ZZ99YY88XX",
    "observed_device_class": "tablet",
    "weight_g": 90,
}


def with_rma(**fields: Any) -> dict[str, Any]:
    return {**CASE, "rma": {**CASE["rma"], **fields}}


def with_scan(code: str, time: datetime, **fields: Any) -> dict[str, Any]:
    scan = {"code": code, "time": at(time), "tracking_id": "1Z1", "facility": "F", "weight_g": 90, **fields}
    return {**CASE, "scans": [*CASE["scans"], scan]}


def with_prior(**fields: Any) -> dict[str, Any]:
    return {**CASE, "history": {"orders_count": 9, "prior_returns": [CLEARED, OPEN, fields]}}


def fraud(**fields: Any) -> dict[str, Any]:
    known = {"outcome": "fraud", "outcome_known_at": at(LATER)}
    return with_prior(**{"requested_at": at(BEFORE), "links": [*Link], **known, **fields})


# What an RMA may say of a fact that it did not say before.
TOLD_LATER: dict[str, dict[str, Any]] = {
    "address_id": {"address_id": "A-9"},
    "pickup_address_id": {"pickup_address_id": "A-8"},
    "payment_id": {"payment_id": "P-9"},
    "reason": {"reason": "wrong_goods", "first_reason": "changed_mind"},
    "delivered_at": {"delivered_at": at(AS_OF - 10 * DAY)},
    "return_window_days": {"return_window_days": 3},
    "account_created_at": {"account_created_at": at(AS_OF - 7 * DAY)},
    "has_receipt": {"has_receipt": False},
    "expected_serial": {"expected_serial": "QQ11WW22EE"},
    "expected_imei": {"expected_imei": "356938035643809", "expected_imeis": ["353270071234563"]},
    "expected_weight_g": {"expected_weight_g": 900},
    "expected_accessories": {"expected_accessories": ["charger", "cable"]},
    "declared_grade": {"declared_grade": "A"},
    "ownership": {"ownership": "financed"},
}
# The moments of a case, by where they stand, and cases to which something was added that they date later.
ADDED: dict[str, list[dict[str, Any]]] = {
    "rma.delivered_at": [with_rma(delivered_at=at(LATER))],
    "scans.time": [with_scan(code, LATER) for code in ScanCode],
    "scans.known_at": [with_scan(code, BEFORE, known_at=at(LATER)) for code in ScanCode],
    "verification.verified_at": [{**CASE, "verification": {"verified_at": at(LATER), **EMPTY_AND_LISTED}}],
    "verification.known_at": [
        {**CASE, "verification": {"verified_at": at(BEFORE), "known_at": at(LATER), **EMPTY_AND_LISTED}}
    ],
    "history.prior_returns.requested_at": [fraud(rma_id="P-3", requested_at=at(LATER))]
    + [fraud(rma_id=rma_id, requested_at=at(LATER)) for rma_id in ("P-1", "P-2")],
    "history.prior_returns.outcome_known_at": [
        fraud(**{**CLEARED, "outcome": "fraud", "outcome_known_at": at(LATER)}),
        fraud(**{**OPEN, "outcome": "fraud", "outcome_known_at": at(LATER)}),
        fraud(**{**OPEN, "outcome": "honest", "outcome_known_at": at(LATER)}),
    ],
}
# A case in which one of these is later than as_of, or than what can't be, is refused.
NEVER_LATER = ("rma.ordered_at", "rma.requested_at", "rma.account_created_at")


@pytest.fixture(scope="module")
def model() -> FraudModel:
    return FraudModel.open(open_release(MODEL_NAME))


@pytest.mark.parametrize(
    "later", [pytest.param(case, id=path) for path, cases in ADDED.items() for case in cases]
)
def test_what_is_dated_after_as_of_moves_nothing(model: FraudModel, later: dict[str, Any]) -> None:
    without, given = model.score([parse_case(CASE), parse_case(later)])

    assert given == without


@pytest.mark.parametrize(
    "path", ["scans.time", "verification.verified_at", "history.prior_returns.requested_at"]
)
def test_the_same_counts_once_as_of_is_later(model: FraudModel, path: str) -> None:
    """Else the test above would hold because nothing reads it."""
    much_later = at(AS_OF + DAY)

    without, given = model.score(
        [parse_case({**case, "as_of": much_later}) for case in (CASE, ADDED[path][0])]
    )

    assert given.probability != without.probability


@pytest.mark.parametrize("name", TOLD_LATER)
def test_a_fact_of_the_rma_counts_from_when_it_was_known(model: FraudModel, name: str) -> None:
    told = TOLD_LATER[name]
    untold = {"reason": told["first_reason"]} if name == "reason" else dict.fromkeys(told)
    cases = [
        with_rma(**{**told, **untold}),
        with_rma(**told, known_at={name: at(LATER)}),
        with_rma(**told, known_at={name: at(AS_OF)}),
        with_rma(**told),
    ]
    without, later, in_time, at_once = model.score(list(map(parse_case, map(without_nulls, cases))))

    assert later == without
    assert in_time == at_once
    assert any(f"rma.{name} became known after as_of" in note for note in parse_case(cases[1]).notes)


def test_a_count_of_orders_counts_from_when_it_was_made(model: FraudModel) -> None:
    bare = {**CASE, "history": {"prior_returns": CASE["history"]["prior_returns"]}}
    counted = {**CASE, "history": {**CASE["history"], "orders_count": 0, "orders_known_at": at(LATER)}}

    without, later = model.score([parse_case(bare), parse_case(counted)])

    assert later == without


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (path, place)
        for path, cases in ADDED.items()
        for place in range(len(cases))
        if path != "rma.delivered_at"
    ],
)
def test_the_answer_names_what_came_later(path: str, place: int) -> None:
    assert any("after as_of" in note for note in parse_case(ADDED[path][place]).notes)
    assert parse_case(CASE).notes == ()


@pytest.mark.parametrize(
    ("told", "untold"),
    [
        ({"reason": "changed_mind", "first_reason": "recall"}, {"reason": "recall"}),
        ({"reason": "defective", "first_reason": "changed_mind"}, {"reason": "changed_mind"}),
        ({"ownership": "owned"}, {"ownership": "unknown"}),
    ],
)
def test_no_disposition_is_more_lenient_for_what_became_known_later(
    told: dict[str, Any], untold: dict[str, Any]
) -> None:
    later = {next(iter(untold)): "2026-03-09T00:00:00Z"}

    with_it = dispose(evidence_of(clear_case(**told, known_at=later)), open_policy())
    without = dispose(evidence_of(clear_case(**{**told, **untold})), open_policy())

    assert (with_it.disposition, with_it.gates) == (without.disposition, without.gates)


@pytest.mark.parametrize(("name", "told"), [("ownership", "financed"), ("reason", "recall")])
def test_bad_news_counts_whenever_it_became_known(name: str, told: str) -> None:
    given: dict[str, Any] = {name: told, "known_at": {name: "2026-03-09T00:00:00Z"}}
    case = clear_case(**given)

    assert dispose(evidence_of(case), open_policy()).disposition is Disposition.QUARANTINE


@pytest.mark.parametrize("path", NEVER_LATER)
def test_what_comes_before_every_request_can_not_be_later(path: str) -> None:
    with pytest.raises(InvalidCase, match="after"):
        parse_case(with_rma(**{path.partition(".")[2]: at(LATER)}))


def test_every_moment_of_a_case_is_tried_here() -> None:
    told = {f"rma.known_at.{name}" for name in TOLD_LATER}

    assert moments(case_schema()) == {*ADDED, *told, *NEVER_LATER, "history.orders_known_at", "as_of"}


def test_what_was_told_later_does_not_hide_what_our_record_knew(model: FraudModel) -> None:
    worth, known_at = Money(amount=300, currency="USD"), AS_OF - 3 * DAY
    known = KnownReturn("P-2", (Link.DEVICE,), AS_OF - 20 * DAY, worth, None, PriorOutcome.FRAUD, known_at)
    told_later = ADDED["history.prior_returns.outcome_known_at"][2]

    without, given = model.score(
        [with_memory(parse_case(case), Memory(returns=(known,))) for case in (CASE, told_later)]
    )

    assert given == without


def without_nulls(case: dict[str, Any]) -> dict[str, Any]:
    return {**case, "rma": {name: value for name, value in case["rma"].items() if value is not None}}


def evidence_of(case: ReturnCase) -> Evidence:
    return Evidence(case, photographed(), scored())


def moments(schema: dict[str, Any]) -> set[str]:
    """Return where each moment of a case stands, from its JSON schema."""
    return {path.removeprefix(".") for path in _moments(schema, schema, "")}


def _moments(schema: dict[str, Any], part: dict[str, Any], path: str) -> Iterator[str]:
    if part.get("format") == "date-time":
        yield path
    inner = [*part.get("anyOf", []), *([part["items"]] if "items" in part else [])]
    if "$ref" in part:
        inner.append(schema["$defs"][part["$ref"].rpartition("/")[2]])
    for one in inner:
        yield from _moments(schema, one, path)
    for name, one in part.get("properties", {}).items():
        yield from _moments(schema, one, f"{path}.{name}")
