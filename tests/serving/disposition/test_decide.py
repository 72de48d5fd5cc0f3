from typing import Any

import pytest

from data.case import ReturnCase, parse_case
from data.condition import Condition
from data.decision import Destination, Disposition
from data.defect import Grade
from data.fraud import Action
from serving.disposition.decide import DispositionChoice, dispose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import UnknownCurrency, open_policy
from tests.serving.clear_return import clear_case, photographed, scored

POLICY = open_policy()


def decide(
    case: ReturnCase | None = None, condition: Condition | None = None, action: Action = Action.RELEASE
) -> DispositionChoice:
    evidence = Evidence(case or clear_case(), condition or photographed(), scored(action))
    return dispose(evidence, POLICY)


def cad(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": "CAD"}


def amounts(choice: DispositionChoice) -> dict[Disposition, float]:
    return {value.disposition: value.amount for value in choice.expected_values}


def test_intact_clear_phone_is_restocked_by_value() -> None:
    choice = decide()

    assert (choice.disposition, choice.destination) == (Disposition.RESTOCK, Destination.DOMESTIC_STOCK)
    assert choice.decided_by == "value"
    assert choice.runner_up == choice.expected_values[1]
    assert f"CAD {choice.expected_values[0].amount:.2f}" in choice.because


def test_value_is_proceeds_over_the_grades_less_cost_less_waiting() -> None:
    choice = decide(condition=photographed(Grade.B, A=0.25, B=0.75))

    fractions = POLICY.values.fractions[Disposition.RESTOCK]
    proceeds = 600 * (0.25 * fractions[Grade.A] + 0.75 * fractions[Grade.B])
    waiting = 600 * POLICY.dwell.loss_per_day * POLICY.dwell.days[Disposition.RESTOCK]
    assert amounts(choice)[Disposition.RESTOCK] == pytest.approx(proceeds - 9 - waiting, abs=0.005)


def test_values_are_ordered_best_first_and_only_of_open_ways() -> None:
    choice = decide(condition=photographed(Grade.D))

    values = [value.amount for value in choice.expected_values]
    assert values == sorted(values, reverse=True)
    assert Disposition.RESTOCK not in amounts(choice)
    assert Disposition.QUARANTINE not in amounts(choice)


@pytest.mark.parametrize(
    ("case", "condition", "expected"),
    [
        (clear_case(), photographed(Grade.C), Disposition.REFURBISH),
        (clear_case({"functional": "failed"}), photographed(Grade.E), Disposition.REPAIR),
        (clear_case(value=cad(40)), photographed(Grade.E), Disposition.RECYCLE),
        (clear_case({"sanitisation": "unknown"}), photographed(Grade.A), Disposition.REFURBISH),
        (
            clear_case(
                {"functional": "failed"}, reason="defective", value={"amount": 120, "currency": "CAD"}
            ),
            photographed(Grade.C),
            Disposition.RETURN_TO_VENDOR,
        ),
    ],
    ids=["worn", "broken", "cheap and broken", "data unknown", "defective under warranty"],
)
def test_each_kind_of_return_has_its_way(
    case: ReturnCase, condition: Condition, expected: Disposition
) -> None:
    assert decide(case, condition).disposition is expected


def test_device_that_may_hold_data_is_wiped_before_anything_else() -> None:
    choice = decide(clear_case({"sanitisation": "unevaluated"}))

    assert choice.disposition is not Disposition.RESTOCK
    assert "Sanitise it to NIST SP 800-88 purge" in choice.next_steps[0]


def test_foreign_currency_is_weighed_in_the_policys_own() -> None:
    home = decide(clear_case(value=cad(137)))
    abroad = decide(clear_case(value={"amount": 100, "currency": "USD"}))

    assert amounts(home) == amounts(abroad)


def test_unknown_currency_decides_nothing() -> None:
    with pytest.raises(UnknownCurrency):
        decide(clear_case(value={"amount": 100, "currency": "XTS"}))


def test_gate_that_decides_leaves_no_values_and_no_runner_up() -> None:
    choice = decide(clear_case({"battery_signs": ["swelling"]}))

    assert (choice.disposition, choice.destination) == (Disposition.QUARANTINE, Destination.QUARANTINE_CAGE)
    assert choice.decided_by == "gate:battery"
    assert choice.expected_values == ()
    assert choice.runner_up is None
    assert "49 CFR 173.185(f)" in choice.because


@pytest.mark.parametrize(
    ("verification", "rma", "action", "decided_by"),
    [
        ({"battery_signs": ["leak"], "lock": "on"}, {}, Action.HOLD, "gate:battery"),
        ({"lock": "on", "outcome": "empty"}, {}, Action.HOLD, "gate:lock_and_list"),
        ({"battery_kind": "none"}, {"reason": "recall"}, Action.HOLD, "gate:recall"),
        ({"outcome": "empty"}, {}, Action.HOLD, "gate:fraud"),
        ({"outcome": "empty"}, {}, Action.RELEASE, "gate:evidence"),
    ],
)
def test_the_weightiest_gate_decides(
    verification: dict[str, Any], rma: dict[str, Any], action: Action, decided_by: str
) -> None:
    assert decide(clear_case(verification, **rma), action=action).decided_by == decided_by


def test_second_hold_is_named_in_the_next_steps() -> None:
    steps = " ".join(decide(clear_case({"battery_signs": ["leak"], "lock": "on"})).next_steps)

    assert "DDR" in steps
    assert "activation lock" in steps


@pytest.mark.parametrize("action", [Action.REVIEW, Action.HOLD])
def test_customer_reads_nothing_of_fraud(action: Action) -> None:
    choice = decide(action=action)

    assert choice.destination is Destination.REVIEW_DESK
    assert "held for review" in choice.customer_text
    assert "fraud" not in choice.customer_text.lower()
    assert not any(character.isdigit() for character in choice.customer_text)


def test_no_text_for_customers_in_the_policy_says_fraud() -> None:
    texts = POLICY.customer_texts.model_dump().values()

    assert all("fraud" not in text.lower() and "score" not in text.lower() for text in texts)


def test_recycler_is_certified_and_the_weee_category_named() -> None:
    choice = decide(clear_case(value=cad(30)), photographed(Grade.E))

    assert choice.destination is Destination.CERTIFIED_RECYCLER
    assert any("certified recycler only" in step and "category 6" in step for step in choice.next_steps)


def test_export_papers_are_asked_for_only_when_the_device_is_exported() -> None:
    abroad = clear_case(country="US")

    restocked, repaired = decide(abroad, photographed(Grade.A)), decide(abroad, photographed(Grade.D))

    assert restocked.destination is Destination.US_FACILITY
    assert any("export papers" in step for step in restocked.next_steps)
    assert repaired.destination is Destination.REPAIR_CENTRE
    assert not any("export papers" in step for step in repaired.next_steps)


def test_scrap_is_not_tested_first() -> None:
    choice = decide(clear_case({"functional": "untested"}, value=cad(20)), photographed(Grade.E))

    assert choice.disposition is Disposition.RECYCLE
    assert not any("functional test" in step for step in choice.next_steps)


def test_device_without_photos_goes_to_the_review_desk() -> None:
    choice = dispose(Evidence(clear_case(), None, scored()), POLICY)

    assert (choice.disposition, choice.destination) == (Disposition.QUARANTINE, Destination.REVIEW_DESK)
    assert choice.decided_by == "gate:evidence"


def test_bare_rma_with_photos_is_inspected_not_sold() -> None:
    case = clear_case()
    bare = parse_case({**case.model_dump(mode="json"), "verification": None})

    choice = decide(bare)

    assert choice.disposition is Disposition.REFURBISH
    assert "Check the battery" in choice.next_steps[0]


def test_when_the_gates_close_everything_a_person_decides() -> None:
    abroad = dict.fromkeys(POLICY.site.countries, "US")
    policy = POLICY.model_copy(update={"site": POLICY.site.model_copy(update={"countries": abroad})})
    evidence = Evidence(clear_case({"functional": "untested"}), photographed(), scored())

    choice = dispose(evidence, policy)

    assert (choice.disposition, choice.destination) == (Disposition.QUARANTINE, Destination.REVIEW_DESK)
    assert "no way open" in choice.because


@pytest.mark.parametrize("worse", list(Grade)[1:])
def test_a_worse_grade_is_never_worth_more(worse: Grade) -> None:
    better = list(Grade)[worse.rank - 1]
    before, after = (
        amounts(decide(condition=photographed(better))),
        amounts(decide(condition=photographed(worse))),
    )

    assert all(after[way] <= before[way] for way in after)
