"""What was sent and what was known become one case: lists without doubles, of counts the larger."""

from datetime import UTC, datetime
from typing import Any

import pytest

from data.history import Link, PriorOutcome
from data.memory.memory import KnownReturn, Memory
from data.money import Money
from serving.memory.merge import with_memory
from tests.serving.memory.told import case_of

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def known(rma_id: str, *links: Link, **given: Any) -> KnownReturn:
    return KnownReturn(rma_id, links or (Link.ADDRESS,), DAY, Money(amount=5, currency="CAD"), **given)


def sent(rma_id: str, **given: Any) -> dict[str, Any]:
    return {"rma_id": rma_id, "links": ["address"], "requested_at": "2026-03-01T00:00:00Z", **given}


def test_without_a_memory_a_case_stays_as_it_was_sent() -> None:
    case = case_of("RMA-9")

    assert with_memory(case, None) is case


def test_a_return_that_both_know_stands_there_once_with_the_worse_of_both() -> None:
    case = case_of("RMA-9", history={"prior_returns": [sent("rma-1", customer_id="bo"), sent("RMA-2")]})
    fraud = {"outcome": PriorOutcome.FRAUD, "outcome_known_at": DAY, "customer": "RMA-1"}
    memory = Memory((known("RMA-1", Link.PAYMENT, **fraud), known("RMA-3", customer="RMA-1")))

    history = with_memory(case, memory).history

    assert history is not None
    both = {prior.rma_id: prior for prior in history.prior_returns}
    assert list(both) == ["RMA-1", "RMA-2", "RMA-3"]
    assert both["RMA-1"].links == {Link.ADDRESS, Link.PAYMENT}
    assert both["RMA-1"].outcome is PriorOutcome.FRAUD
    # One customer, called as the caller calls them.
    assert both["RMA-1"].customer_id == both["RMA-3"].customer_id == "bo"


def test_returns_of_the_same_customer_are_told_by_their_own_name() -> None:
    case = case_of("RMA-9", customer_id="ana")
    history = with_memory(case, Memory((known("RMA-1", Link.CUSTOMER, customer="RMA-1"),))).history

    assert history is not None
    assert [prior.customer_id for prior in history.prior_returns] == ["ana"]


@pytest.mark.parametrize(("told", "kept"), [(3, 7), (9, 9), (None, None)])
def test_of_the_number_of_orders_the_larger_counts_where_one_was_sent(
    told: int | None, kept: int | None
) -> None:
    case = case_of("RMA-9", history={"orders_count": told})
    history = with_memory(case, Memory((known("RMA-1", Link.CUSTOMER),), orders_count=7)).history

    assert history is not None
    assert history.orders_count == kept


def test_a_case_holds_no_more_returns_than_it_may_and_leaves_out_no_fraud() -> None:
    case = case_of("RMA-9", history={"prior_returns": [sent(f"S-{n}") for n in range(450)]})
    frauds = [known(f"F-{n}", outcome=PriorOutcome.FRAUD, outcome_known_at=DAY) for n in range(20)]
    memory = Memory(tuple([known(f"K-{n}") for n in range(200)] + frauds))

    history = with_memory(case, memory).history

    assert history is not None
    named = [prior.rma_id for prior in history.prior_returns]
    assert len(named) == 500
    assert {f"F-{n}" for n in range(20)} | {f"S-{n}" for n in range(450)} <= set(named)


def test_signs_of_a_hazard_stay_where_what_the_record_knew_takes_the_place_of_the_rest() -> None:
    sent = {"verified_at": "2026-03-09T09:00:00Z", "battery_signs": ["swelling", "none_seen"]}
    found = {"verified_at": "2026-03-08T09:00:00Z", "outcome": "match", "battery_signs": ["none_seen"]}

    merged = with_memory(case_of("RMA-1", verification=sent), Memory(verification=found)).verification

    assert merged is not None
    assert merged.outcome == "match"
    assert "swelling" in merged.battery_signs


def test_a_count_of_orders_that_was_made_later_stays_out() -> None:
    known = KnownReturn(
        "RMA-0", (Link.CUSTOMER,), datetime(2026, 3, 1, tzinfo=UTC), Money(amount=300, currency="USD"), None
    )
    history = {"orders_count": 500, "orders_known_at": "2026-03-20T00:00:00Z"}

    merged = with_memory(case_of("RMA-1", history=history), Memory(returns=(known,))).as_known

    assert merged.history is not None
    assert merged.history.orders_count is None
