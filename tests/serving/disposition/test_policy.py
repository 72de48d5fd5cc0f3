from pathlib import Path
from typing import Any

import pytest
import yaml

from data.decision import Destination, Disposition
from data.device import DeviceClass
from data.money import Money
from serving.disposition.decision_table import FLOORS, Finding
from serving.disposition.policy import (
    DEFAULT_POLICY,
    POLICY_FOLDER,
    InvalidPolicy,
    UnknownCurrency,
    open_policy,
)

SHIPPED = POLICY_FOLDER / f"{DEFAULT_POLICY}.yaml"
NO_BATTERY = {DeviceClass.ROUTER, DeviceClass.MODEM, DeviceClass.NETWORK_GEAR}
NO_LOCK = NO_BATTERY | {DeviceClass.IOT_SENSOR, DeviceClass.OTHER}


def changed(tmp_path: Path, change: dict[str, Any], *, without: str | None = None) -> Path:
    document = yaml.safe_load(SHIPPED.read_text())
    for key, value in change.items():
        section, _, entry = key.partition(".")
        if entry:
            document[section][entry] = value
        else:
            document[section] = value
    if without:
        del document[without]
    path = tmp_path / "changed.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def test_shipped_policy_is_complete_and_known_by_name_and_path() -> None:
    by_name, by_path = open_policy(DEFAULT_POLICY), open_policy(SHIPPED)

    assert by_name == by_path
    assert by_name.identity.name == "house"
    assert len(by_name.identity.sha256) == 64


@pytest.mark.parametrize(("section", "passed_over"), [("battery", NO_BATTERY), ("lock_and_list", NO_LOCK)])
def test_every_class_is_looked_over_or_known_to_need_no_look(
    section: str, passed_over: set[DeviceClass]
) -> None:
    """A class that the policy forgets passes its gate unseen: nobody looks at its battery or its lock."""
    looked_over = getattr(open_policy(), section).classes

    assert set(DeviceClass) - looked_over == passed_over


def test_every_figure_says_its_unit_and_source() -> None:
    document = yaml.safe_load(SHIPPED.read_text())

    for section in ("values", "costs", "dwell", "fraud", "capacity"):
        assert document[section]["unit"], section
        assert document[section]["source"], section


@pytest.mark.parametrize(
    ("change", "without", "complaint"),
    [
        ({"currency": "dollars"}, None, "currency"),
        ({"currency": "XTS"}, None, "fx has no rate of XTS; it has AUD, CAD"),
        ({"fx": {}}, None, "fx: name a table (reference-1, reference-2)"),
        ({"fx": {"table": "reference-9"}}, None, "fx.table: give one of 'reference-1'"),
        ({"bonus": 1}, None, "bonus: unknown field"),
        ({}, "costs", "costs: Field required"),
        ({}, "impact", "impact is missing: add it"),
        ({}, "capacity", "capacity is missing: add it"),
        ({}, "form", "form: Field required"),
        ({"capacity.devices": {"vendor": 1}}, None, "capacity.devices lacks domestic_stock"),
        ({"next_steps.dance": ["Dance."]}, None, "next_steps.dance is asked for by nothing"),
        ({"dwell.loss_per_day": float("nan")}, None, "dwell.loss_per_day"),
        ({"dwell.days": {"restock": 3}}, None, "dwell.days lacks refurbish"),
        ({"values.fractions": {"restock": {"A": 1.0}}}, None, "values.fractions lacks refurbish"),
        ({"costs.amounts": {"restock": {"phone": -1}}}, None, "costs.amounts.restock.phone"),
        ({"site.countries": {"vendor": "CA"}}, None, "site.countries lacks domestic_stock"),
        ({"routes": {"restock": {"destination": "the_moon"}}}, None, "routes.restock.destination"),
        ({"next_steps.lock_on": ["Ask {who}."]}, None, "next_steps.lock_on names who"),
        ({"condition.works": ["F9"]}, None, "condition.works.0: give one of 'untested'"),
    ],
)
def test_wrong_policy_is_refused_with_the_line_that_is_wrong(
    tmp_path: Path, change: dict[str, Any], without: str | None, complaint: str
) -> None:
    path = changed(tmp_path, change, without=without)

    with pytest.raises(InvalidPolicy) as refusal:
        open_policy(path)

    assert complaint in str(refusal.value)
    assert str(path) in str(refusal.value)


@pytest.mark.parametrize("text", ["- a\n- list\n", "just words", "a: [unclosed"])
def test_file_that_is_no_policy_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)

    with pytest.raises(InvalidPolicy, match=str(path)):
        open_policy(path)


def test_missing_policy_names_the_shipped_ones() -> None:
    with pytest.raises(InvalidPolicy, match="house-1"):
        open_policy("hous-1")


def test_a_changed_file_has_another_hash(tmp_path: Path) -> None:
    changed_policy = open_policy(changed(tmp_path, {"fraud.review_cost": 19}))

    assert changed_policy.identity.sha256 != open_policy().identity.sha256


def test_amounts_are_converted_by_the_reference_rate() -> None:
    policy = open_policy()

    assert policy.amount(Money(amount=100, currency="CAD")) == 100
    assert policy.amount(Money(amount=100, currency="USD")) == pytest.approx(137)


def test_currency_without_a_rate_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(UnknownCurrency, match=r"'XXX'.*CAD.*USD"):
        open_policy().amount(Money(amount=1, currency="XXX"))


def test_stock_of_a_us_return_goes_to_the_us_facility_and_is_an_export() -> None:
    policy = open_policy()

    assert policy.destination(Disposition.RESTOCK, "US") is Destination.US_FACILITY
    assert policy.destination(Disposition.RESTOCK, None) is Destination.DOMESTIC_STOCK
    assert policy.leaves_the_country(Disposition.RESTOCK, "US")
    assert not policy.leaves_the_country(Disposition.RESTOCK, "CA")
    assert not policy.leaves_the_country(Disposition.RECYCLE, "US")


def test_norway_survives_yaml_which_reads_no_as_false(tmp_path: Path) -> None:
    text = SHIPPED.read_text().replace("country: CA\n", "country: NO\n")
    path = tmp_path / "norway.yaml"
    path.write_text(text)

    assert open_policy(path).site.country == "NO"


@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        ("house-1", "dcec174057c898cbbf932bdbb224259520ea58ca5099a0daa04b3d0ce252b40f"),
        ("house-2", "543b0458b441ec246de739fc5bcffb2814cc7bb12ec617cb354f80e114cbe262"),
        ("house-3", "b97f96ff96aee8f7514ffbf9aa5fdfc9b6934eb1fdb4770fa4d343f5be24aa19"),
    ],
)
def test_a_policy_of_before_is_read_in_its_own_bytes(name: str, sha256: str) -> None:
    assert open_policy(name).identity.sha256 == sha256


def test_version_one_is_read_as_the_code_closed_it_then_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    first, second = closing("house-1"), closing("house-2")

    assert first == {**second, Finding.ACCESSORIES_UNCHECKED: frozenset()}
    assert second[Finding.ACCESSORIES_UNCHECKED] == frozenset({"restock", "return_to_vendor"})
    [warning] = caplog.messages
    assert "policy house 1 has no condition.closed_by" in warning


def closing(name: str) -> dict[Finding, frozenset[str] | None]:
    """Return what each finding closes that is no floor."""
    return {row.when: row.closes for row in open_policy(name).table if row.when not in FLOORS}


def test_version_three_does_with_each_finding_what_version_two_did() -> None:
    """The table came out of the code: it says the same, and beside it floors by what photos show."""
    before = [row.model_copy(update={"source": None}) for row in open_policy("house-2").table]
    now = [row.model_copy(update={"source": None}) for row in open_policy("house-3").table]

    assert [row for row in now if row not in before and row.when is not Finding.DEFECT_FOUND] == []
    assert [row for row in before if row not in now] == []


def test_version_four_adds_to_version_three_what_a_grade_as_far_as_seen_does() -> None:
    before, now = open_policy("house-3"), open_policy("house-4")
    [row] = now.rows(Finding.GRADED_AS_SEEN)

    assert now.table == (*before.table[:18], row, *before.table[18:])
    assert row.closes == frozenset({"restock", "donate"})
    own = {"table", "next_steps", "version", "sha256"}
    assert now.model_dump(exclude=own) == before.model_dump(exclude=own)
    assert {**before.next_steps, "missing_faces": now.next_steps["missing_faces"]} == now.next_steps


def test_a_policy_that_closes_ways_for_unchecked_accessories_must_say_what_to_do(tmp_path: Path) -> None:
    steps = yaml.safe_load(SHIPPED.read_text())["next_steps"]
    del steps["unchecked_accessories"]

    with pytest.raises(InvalidPolicy, match="next_steps lacks unchecked_accessories"):
        open_policy(changed(tmp_path, {"next_steps": steps}))
