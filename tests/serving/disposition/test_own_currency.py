"""Amounts stand in the currency of the return beside the house's, with the rate, its day and its source."""

from datetime import date

import pytest

from data.decision import Disposition
from serving.disposition.decide import dispose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import open_policy
from tests.serving.clear_return import clear_case, photographed, scored

POLICY = open_policy()


def test_a_return_in_another_currency_reads_its_amounts_in_its_own() -> None:
    case = clear_case(value={"amount": 600, "currency": "USD"})

    choice = dispose(Evidence(case, photographed(), scored()), POLICY)

    own = choice.own_currency
    assert own is not None
    assert (own.currency, own.refund_amount, own.rate, own.rate_currency) == ("USD", 600, 1.37, "CAD")
    assert (own.as_of, own.table) == (date(2026, 1, 2), "reference 2")
    assert own.source.startswith("assumed: ")
    in_house = {value.disposition: value.amount for value in choice.expected_values}
    assert own.expected_amounts.keys() == in_house.keys()
    assert own.expected_amounts[Disposition.RESTOCK] == pytest.approx(
        in_house[Disposition.RESTOCK] / 1.37, abs=0.005
    )


def test_a_return_in_the_house_currency_needs_no_rate() -> None:
    assert dispose(Evidence(clear_case(), photographed(), scored()), POLICY).own_currency is None


def test_what_a_gate_decides_has_its_refund_in_the_own_currency_and_no_values() -> None:
    case = clear_case({"battery_signs": ["leak"]}, value={"amount": 50, "currency": "EUR"})

    own = dispose(Evidence(case, photographed(), scored()), POLICY).own_currency

    assert own is not None
    assert (own.refund_amount, own.expected_amounts) == (50, {})
