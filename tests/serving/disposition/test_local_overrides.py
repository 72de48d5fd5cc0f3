"""Values that hold for a channel, a region or a vendor: the narrowest wins, and a tie is seen at once."""

from pathlib import Path
from typing import Any

import pytest

from data.decision import Disposition
from data.defect import Grade
from data.device import DeviceClass
from data.rma import Channel
from serving.disposition.decide import dispose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import InvalidPolicy, Policy, open_policy
from tests.serving.clear_return import clear_case, photographed, scored
from tests.serving.disposition.policy_text import line_with, with_overrides

REPAIR = "costs.amounts.repair.phone"
TWO = f"""regions: {{america: [CA, US], europe: [DE, FR]}}
vendors: {{acme: [AC-], beta: [BT-]}}
overrides:
  - name: americans
    when: {{regions: [america]}}
    replace: {{{REPAIR}: 70, dwell.days.repair: 5}}
    source: test
  - name: acme_in_america
    when: {{regions: [america], vendors: [acme]}}
    replace: {{{REPAIR}: 50}}
    source: test
"""


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    return open_policy(with_overrides(tmp_path, TWO))


def repair_cost(policy: Policy, **rma: Any) -> float:
    held = policy.for_return(clear_case(**rma).rma)
    return held.costs.amounts[Disposition.REPAIR][DeviceClass.PHONE]


@pytest.mark.parametrize(
    ("rma", "cost", "names"),
    [
        ({"country": "CA", "sku": "AC-1"}, 50, ("acme_in_america", "americans")),
        ({"country": "US", "sku": "BT-1"}, 70, ("americans",)),
        ({"country": "US", "sku": "ZZ-1"}, 70, ("americans",)),
        ({"country": "DE", "sku": "AC-1"}, 95, ()),
        ({"country": "NZ", "sku": "AC-1"}, 95, ()),
        ({"country": None, "sku": "AC-1"}, 95, ()),
    ],
)
def test_the_narrowest_override_holds_and_is_named(
    policy: Policy, rma: dict[str, Any], cost: float, names: tuple[str, ...]
) -> None:
    assert repair_cost(policy, **rma) == cost
    assert set(policy.for_return(clear_case(**rma).rma).identity.overrides) == set(names)


def test_what_no_narrower_override_replaces_comes_from_the_wider_one(policy: Policy) -> None:
    held = policy.for_return(clear_case(country="CA", sku="AC-1").rma)

    assert held.dwell.days[Disposition.REPAIR] == 5


def test_an_override_changes_the_decision_of_the_returns_it_is_for(tmp_path: Path) -> None:
    text = """regions: {}
vendors: {}
overrides:
  - name: depots
    when: {channels: [warranty_depot]}
    replace: {costs.amounts.restock.phone: 500}
    source: test
"""
    policy = open_policy(with_overrides(tmp_path, text))

    here, there = (
        dispose(Evidence(clear_case(channel=channel), photographed(Grade.A), scored()), policy)
        for channel in ("ecommerce_consumer", "warranty_depot")
    )

    assert here.disposition is Disposition.RESTOCK
    assert there.disposition is Disposition.REFURBISH


@pytest.mark.parametrize(
    ("text", "says", "marked"),
    [
        (
            TWO.replace("vendors: [acme]", "vendors: [acne]"),
            "acne can never match: vendors has acme, beta",
            "acne",
        ),
        (
            TWO.replace("[america], v", "[asia], v"),
            "asia can never match: regions has america, europe",
            "asia",
        ),
        (
            TWO.replace("when: {regions: [america], vendors: [acme]}", "when: {vendors: [acme]}"),
            f"americans and acme_in_america both replace {REPAIR} for channel",
            f"replace: {{{REPAIR}: 50}}",
        ),
        (
            TWO.replace("when: {regions: [america]}", "when: {}"),
            "name channels, regions or vendors",
            "when: {}",
        ),
        (TWO.replace("name: acme_in_america", "name: americans"), "this name stands there twice", None),
        (
            TWO.replace(f"{REPAIR}: 50", "costs.amounts.repair.fone: 50"),
            "there is no such value; under",
            "fone",
        ),
        (
            TWO.replace(f"{REPAIR}: 50", "costs.amounts.repair: 50"),
            "name one value of it: phone",
            "repair: 50",
        ),
        (TWO.replace(f"{REPAIR}: 50", "site.country: US"), "this can't be replaced", "site.country"),
        (TWO.replace(f"{REPAIR}: 50", f"{REPAIR}: -5"), "costs.amounts.repair.phone: give 0 or more", "-5"),
        (TWO.replace("america: [CA, US]", "america: []"), "regions.america", "america: []"),
        (TWO.replace("beta: [BT-]", "beta: [AC-X]"), "'AC-X' begins as 'AC-' of acme does", "AC-X"),
        (TWO.replace("[america], v", "[america], brands: [x], v"), "brands: unknown field", "brands"),
    ],
)
def test_an_override_that_can_not_be_is_refused_with_its_line(
    tmp_path: Path, text: str, says: str, marked: str | None
) -> None:
    path = with_overrides(tmp_path, text)

    with pytest.raises(InvalidPolicy) as refusal:
        open_policy(path)

    [line] = [line for line in str(refusal.value).splitlines() if says in line]
    if marked:
        assert line.strip().startswith(f"line {line_with(path, marked)}: ")


def test_an_override_that_narrower_ones_replace_altogether_is_refused(tmp_path: Path) -> None:
    text = f"""regions: {{}}
vendors: {{acme: [AC-]}}
overrides:
  - {{name: acme, when: {{vendors: [acme]}}, replace: {{{REPAIR}: 50}}, source: test}}
"""
    text += "".join(
        f"  - {{name: {channel}, when: {{channels: [{channel}], vendors: [acme]}}, "
        f"replace: {{{REPAIR}: 51}}, source: test}}\n"
        for channel in Channel
    )

    with pytest.raises(InvalidPolicy, match=r"\(acme\) can never hold: narrower ones replace all of it"):
        open_policy(with_overrides(tmp_path, text))


def test_a_gate_can_not_be_overridden_for_a_vendor(tmp_path: Path) -> None:
    text = TWO.replace(f"{REPAIR}: 50", "table: []")

    with pytest.raises(InvalidPolicy, match=r"this can't be replaced; what can: values.fractions"):
        open_policy(with_overrides(tmp_path, text))


def test_a_policy_without_overrides_holds_for_every_return_as_it_is() -> None:
    policy = open_policy()

    assert policy.for_return(clear_case(country="US").rma) is policy
