"""One home for exchange rates: tables that ship, and an operator's own laid over or beside them."""

import math
from datetime import date
from pathlib import Path

import pytest

from data.case import ReturnCase
from data.exchange.rate_table import FOLDER, TABLES, RateTable, read_rates, shipped_rates
from data.fraud import Moment
from data.money import Money
from data.versioned_file import InvalidFile
from features.case.case_vector import vectorise_many
from features.case.contract import CaseContract, case_contract
from features.case.currency import FITTED_WITH, usd_for_one, usd_with
from features.case.missing import missing_inputs
from serving.disposition.policy import UnknownCurrency, open_policy
from tests.serving.clear_return import clear_case

OWN = """name: treasury
version: "7"
base: {base}
as_of: 2026-11-01
source: our treasury
rates: {rates}
"""


def own(folder: Path, base: str, rates: str) -> Path:
    path = folder / "rates.yaml"
    path.write_text(OWN.format(base=base, rates=rates))
    return path


def table(folder: Path, base: str, rates: str) -> RateTable:
    return read_rates(own(folder, base, rates))


def test_every_table_that_lies_there_is_known_and_readable() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == list(TABLES)
    assert [shipped_rates(name).base for name in TABLES] == ["USD", "CAD"]


def test_a_rate_into_the_base_is_to_the_bit_what_the_table_says() -> None:
    rates = shipped_rates("reference-2").quoted

    assert rates.quote("EUR", "CAD").rate == 1.61
    assert rates.quote("EUR", "USD").rate == 1.61 / 1.37
    assert rates.quote("EUR", "CAD").as_of == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("base", "rates", "zar"),
    [
        ("CAD", "{CAD: 1.0, ZAR: 0.08}", 0.08),
        ("USD", "{USD: 1.0, ZAR: 0.058}", 0.058 * 1.37),
        ("ZAR", "{ZAR: 1.0, CAD: 12.5}", 1 / 12.5),
    ],
)
def test_an_operators_table_may_have_any_base_that_meets_ours(
    tmp_path: Path, base: str, rates: str, zar: float
) -> None:
    policy = open_policy(rates=own(tmp_path, base, rates))

    assert policy.amount(Money(amount=100, currency="ZAR")) == pytest.approx(100 * zar)
    assert policy.amount(Money(amount=100, currency="CAD")) == 100
    assert policy.quote("ZAR").table == "treasury 7"


def test_where_both_know_a_currency_the_policy_takes_the_operators_and_the_score_its_own(
    tmp_path: Path,
) -> None:
    """What the model was fitted with stays, or the same return would be another one to it."""
    path = own(tmp_path, "CAD", "{CAD: 1.0, USD: 1.5, ZAR: 0.08}")

    assert open_policy(rates=path).quote("USD").rate == 1.5
    scored = usd_with(read_rates(path))
    assert {code: scored[code] for code in usd_for_one()} == usd_for_one()
    assert scored["ZAR"] == pytest.approx(0.08 / 1.5)


def test_the_score_is_fitted_with_the_first_table() -> None:
    assert (FITTED_WITH, shipped_rates(FITTED_WITH).version) == ("reference-1", "2025-07")


def in_zar() -> ReturnCase:
    return clear_case(value={"amount": 1000, "currency": "ZAR"})


def test_a_currency_that_nobody_knows_fails_closed() -> None:
    with pytest.raises(UnknownCurrency, match=r"'ZAR' has no reference rate.*REGRADE_RATES"):
        open_policy().amount(in_zar().rma.value)

    assert math.isnan(value_usd(case_contract()))
    assert "rma.value.currency" in missing_inputs(in_zar(), None, Moment.T2, case_contract())


def test_a_currency_that_the_operator_adds_is_known_to_policy_and_score(tmp_path: Path) -> None:
    rates = table(tmp_path, "USD", "{USD: 1.0, ZAR: 0.058}")
    contract = CaseContract(case_contract().version, case_contract().features, usd_with(rates))

    assert value_usd(contract) == pytest.approx(58.0)
    assert "rma.value.currency" not in missing_inputs(in_zar(), None, Moment.T2, contract)


def value_usd(contract: CaseContract) -> float:
    [vector] = vectorise_many([in_zar()], [None], contract)
    return float(vector[contract.places["value_usd"]])


@pytest.mark.parametrize(
    ("base", "rates", "says"),
    [
        ("CAD", "{USD: 1.3}", "rates must hold CAD: 1.0"),
        ("CAD", "{CAD: 1.0, USD: 0}", "rates.USD: give more than 0"),
        ("CAD", "{CAD: 1.0, dollars: 2}", "line 6: rates.dollars"),
        ("ZAR", "{ZAR: 1.0, BWP: 1.3}", "base ZAR has no rate in CAD: add CAD to its rates"),
    ],
)
def test_an_operators_table_that_can_not_be_used_is_refused(
    tmp_path: Path, base: str, rates: str, says: str
) -> None:
    with pytest.raises(InvalidFile, match=says):
        open_policy(rates=own(tmp_path, base, rates))
