from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.case import ReturnCase, parse_case
from data.condition import Condition
from data.decision import Destination, Disposition, GateKind, GateState
from data.defect import Grade
from data.fraud import Action, Floor, FloorFinding
from serving.disposition import gates
from serving.disposition.decision_table import Finding
from serving.disposition.evidence import Evidence, GateAnswer
from serving.disposition.gates import GATES, ask_gates
from serving.disposition.policy import Policy, open_policy
from tests.serving.clear_return import clear_case, photographed, scored

POLICY = open_policy()
WAYS_OUT_AS_A_DEVICE = {Disposition.RESTOCK, Disposition.DONATE, Disposition.RETURN_TO_VENDOR}

Gate = Callable[[Evidence, Policy], GateAnswer]


def with_row(when: Finding, **update: Any) -> Policy:
    """Return the policy with another row for one finding."""
    rows = (row.model_copy(update=update) if row.when is when else row for row in POLICY.table)
    return POLICY.model_copy(update={"table": tuple(rows)})


def ask(
    gate: Gate,
    case: ReturnCase | None = None,
    condition: Condition | None = None,
    action: Action = Action.RELEASE,
    policy: Policy = POLICY,
) -> GateAnswer:
    evidence = Evidence(case or clear_case(), condition or photographed(), scored(action))
    return gate(evidence, policy)


def bench(**verification: Any) -> ReturnCase:
    return clear_case(verification)


def test_gates_are_asked_in_the_order_of_their_weight_and_cite_the_policy() -> None:
    answers = ask_gates(Evidence(clear_case(), photographed(), scored()), POLICY)

    assert [answer.gate.kind for answer in answers] == list(GateKind)
    assert len(GATES) == len(GateKind)
    assert all(answer.gate.rule == POLICY.gates[answer.gate.kind].rule for answer in answers)


@pytest.mark.parametrize("kind", GateKind)
def test_every_gate_is_tried_here(kind: GateKind) -> None:
    asked = f"gates.{GATES[kind].__name__}"
    is_tried = asked in Path(__file__).read_text(encoding="utf-8")

    assert is_tried, f"no test here asks {asked}"


def test_clear_return_passes_every_gate_but_the_vendors() -> None:
    answers = ask_gates(Evidence(clear_case(), photographed(), scored()), POLICY)

    closed = {way for answer in answers for way in answer.gate.forbidden}
    assert closed == {Disposition.RETURN_TO_VENDOR}
    assert not any(answer.has_decided for answer in answers)


@pytest.mark.parametrize("sign", ["swelling", "leak", "heat", "corrosion", "smell", "recalled"])
def test_any_battery_sign_quarantines_in_the_cage_and_never_flies(sign: str) -> None:
    answer = ask(gates.battery_gate, bench(battery_signs=[sign]))

    assert answer.has_decided
    assert answer.destination is Destination.QUARANTINE_CAGE
    assert sign in answer.gate.text
    assert any("never by air" in step and "UN 3481" in step and "DDR" in step for step in answer.steps)


def test_a_suspicion_that_is_no_number_is_not_below_the_threshold() -> None:
    assert ask(gates.battery_gate, condition=photographed(swelling=float("nan"))).has_decided


def test_battery_sign_beside_none_seen_still_quarantines() -> None:
    assert ask(gates.battery_gate, bench(battery_signs=["none_seen", "swelling"])).has_decided


@pytest.mark.parametrize(
    ("kind", "sign", "un_number", "packing"),
    [
        ("lithium_ion", "heat", "UN 3481", "P911/LP906"),
        ("lithium_metal", "leak", "UN 3091", "P911/LP906"),
        ("lithium_ion", "corrosion", "UN 3481", "P908/LP904"),
        ("unknown", "swelling", "assumed lithium ion", "P908/LP904"),
    ],
)
def test_hazard_steps_name_un_number_and_packing(kind: str, sign: str, un_number: str, packing: str) -> None:
    steps = " ".join(ask(gates.battery_gate, bench(battery_kind=kind, battery_signs=[sign])).steps)

    assert un_number in steps
    assert packing in steps


def test_photo_raises_suspicion_but_never_clears_a_battery() -> None:
    possible = ask(gates.battery_gate, condition=photographed(swelling=0.9))
    unseen = ask(gates.battery_gate, bench(battery_signs=[]), photographed(swelling=0.0))
    seen = ask(gates.battery_gate, bench(battery_signs=["swelling"]), photographed(swelling=0.0))

    assert possible.has_decided
    assert unseen.gate.state is GateState.RESTRICTED
    assert set(unseen.gate.forbidden) == WAYS_OUT_AS_A_DEVICE
    assert seen.has_decided


def test_suspicion_starts_at_the_policy_threshold() -> None:
    threshold = POLICY.battery.photo_suspicion.value

    assert ask(gates.battery_gate, condition=photographed(swelling=threshold)).has_decided
    assert not ask(gates.battery_gate, condition=photographed(swelling=threshold - 0.01)).has_decided


def test_router_without_a_battery_needs_no_look_at_one() -> None:
    case = clear_case({"battery_signs": [], "battery_kind": "none"}, device_class="router")

    assert ask(gates.battery_gate, case).gate.state is GateState.PASSED


def test_a_hazard_that_a_clock_dates_after_the_decision_counts_and_good_news_does_not() -> None:
    ahead = {"verified_at": "2026-03-09T09:00:00Z"}
    answer = ask(gates.battery_gate, clear_case({**ahead, "battery_signs": ["swelling"]}))

    assert answer.destination is Destination.QUARANTINE_CAGE
    assert "swelling" in answer.gate.text
    sound = ask(gates.battery_gate, clear_case({**ahead, "battery_signs": ["none_seen"]}))
    assert sound.gate.state is GateState.RESTRICTED
    assert "Nobody has looked" in sound.gate.text


@pytest.mark.parametrize("state", ["unevaluated", "unknown"])
def test_what_may_hold_data_does_not_leave_as_a_device(state: str) -> None:
    answer = ask(gates.data_gate, bench(sanitisation=state))

    assert set(answer.gate.forbidden) == WAYS_OUT_AS_A_DEVICE
    assert any("purge" in step and "certificate" in step for step in answer.steps)


@pytest.mark.parametrize("state", ["clear", "purge", "not_data_bearing"])
def test_sanitised_device_passes_the_data_gate(state: str) -> None:
    assert ask(gates.data_gate, bench(sanitisation=state)).gate.state is GateState.PASSED


def test_destroyed_storage_closes_reuse() -> None:
    answer = ask(gates.data_gate, bench(sanitisation="destroy"))

    assert set(answer.gate.forbidden) == {*WAYS_OUT_AS_A_DEVICE, Disposition.REFURBISH}


@pytest.mark.parametrize(
    ("verification", "rma", "destination"),
    [
        ({"list_status": "stolen"}, {}, Destination.QUARANTINE_CAGE),
        ({"list_status": "lost"}, {}, Destination.QUARANTINE_CAGE),
        ({"lock": "on"}, {}, Destination.REVIEW_DESK),
        ({}, {"ownership": "financed"}, Destination.REVIEW_DESK),
    ],
)
def test_locked_listed_or_financed_is_held(
    verification: dict[str, Any], rma: dict[str, Any], destination: Destination
) -> None:
    answer = ask(gates.lock_and_list_gate, clear_case(verification, **rma))

    assert answer.has_decided
    assert answer.destination is destination


@pytest.mark.parametrize(
    ("verification", "rma", "named"),
    [
        ({"lock": "unknown"}, {}, "activation lock"),
        ({"list_status": "unknown"}, {}, "stolen-device list"),
        ({}, {"ownership": "unknown"}, "open financing"),
    ],
)
def test_unknown_lock_is_no_clearance_and_no_hold(
    verification: dict[str, Any], rma: dict[str, Any], named: str
) -> None:
    answer = ask(gates.lock_and_list_gate, clear_case(verification, **rma))

    assert set(answer.gate.forbidden) == WAYS_OUT_AS_A_DEVICE
    assert named in answer.gate.text


def test_unknown_lock_of_a_modem_restricts_nothing() -> None:
    case = clear_case({"lock": "unknown", "list_status": "unknown"}, device_class="modem")

    assert ask(gates.lock_and_list_gate, case).gate.state is GateState.PASSED


def test_recalled_phone_is_a_battery_hazard_and_recalled_router_a_recall() -> None:
    phone = ask_gates(Evidence(clear_case(reason="recall"), photographed(), scored()), POLICY)
    router_case = clear_case({"battery_kind": "none"}, reason="recall", device_class="router")
    router = ask_gates(Evidence(router_case, photographed(), scored()), POLICY)

    assert next(answer.gate.kind for answer in phone if answer.has_decided) is GateKind.BATTERY
    assert next(answer.gate.kind for answer in router if answer.has_decided) is GateKind.RECALL


def test_embargoed_sku_goes_back_to_nobody_but_its_vendor() -> None:
    embargo = POLICY.recall.model_copy(update={"embargoed_skus": frozenset({"PH-128"})})
    policy = POLICY.model_copy(update={"recall": embargo})

    answer = ask(gates.recall_gate, policy=policy)

    assert answer.gate.state is GateState.RESTRICTED
    assert Disposition.RETURN_TO_VENDOR not in answer.gate.forbidden
    assert {Disposition.RESTOCK, Disposition.REFURBISH, Disposition.DONATE} <= set(answer.gate.forbidden)


@pytest.mark.parametrize(
    ("verification", "state"),
    [
        ({}, GateState.PASSED),
        ({"functional": "untested"}, GateState.RESTRICTED),
        ({"functional": "failed"}, GateState.RESTRICTED),
        ({"sanitisation": "unknown"}, GateState.RESTRICTED),
    ],
)
def test_device_crosses_a_border_only_tested_and_without_data(
    verification: dict[str, Any], state: GateState
) -> None:
    answer = ask(gates.cross_border_gate, clear_case(verification, country="US"))

    assert answer.gate.state is state
    assert (Disposition.RESTOCK in answer.gate.forbidden) is (state is GateState.RESTRICTED)


def test_untested_export_for_repair_asks_for_a_compliance_review() -> None:
    countries = {**POLICY.site.countries, Destination.REPAIR_CENTRE: "US"}
    policy = POLICY.model_copy(update={"site": POLICY.site.model_copy(update={"countries": countries})})

    answer = ask(gates.cross_border_gate, bench(functional="untested"), policy=policy)

    assert Disposition.REPAIR in answer.gate.forbidden
    assert any("compliance review" in step for step in answer.steps)


@pytest.mark.parametrize(
    ("action", "has_decided"), [(Action.RELEASE, False), (Action.REVIEW, True), (Action.HOLD, True)]
)
def test_fraud_action_decides_who_waits(action: Action, has_decided: bool) -> None:
    answer = ask(gates.fraud_gate, action=action)

    assert answer.has_decided is has_decided
    assert answer.destination is (Destination.REVIEW_DESK if has_decided else None)


@pytest.mark.parametrize(
    ("action", "verb"), [(Action.REVIEW, "a review costs"), (Action.HOLD, "held, a hold")]
)
def test_a_floor_is_told_before_the_probability_that_it_overrides(action: Action, verb: str) -> None:
    floor = Floor(FloorFinding.EMPTY_BOX, action, "The bench found an empty box (asks for it)")
    fraud = replace(scored(action), floors=(floor,))

    answer = gates.fraud_gate(Evidence(clear_case(), photographed(), fraud), POLICY)

    assert answer.has_decided
    assert answer.gate.text.startswith(
        "The bench found an empty box (asks for it). Fraud probability 0.02 (CAD 12.00 at stake): " + verb
    )


@pytest.mark.parametrize(
    ("verification", "rma"),
    [
        ({"outcome": "mismatch_instance"}, {}),
        ({"outcome": "empty"}, {}),
        ({"outcome": "counterfeit"}, {}),
        ({"observed_serial": "S-2"}, {"expected_serial": "S-1"}),
        ({"observed_imei": "490154203237518"}, {"expected_imei": "356938035643809"}),
        ({"observed_device_class": "tablet"}, {}),
    ],
)
def test_other_contents_than_authorised_wait_for_a_person(
    verification: dict[str, Any], rma: dict[str, Any]
) -> None:
    answer = ask(gates.evidence_gate, clear_case(verification, **rma))

    assert answer.has_decided
    assert answer.destination is Destination.REVIEW_DESK


def test_serial_in_other_letters_is_the_same_serial() -> None:
    case = clear_case({"observed_serial": "f2lx9"}, expected_serial="F2LX9")

    assert ask(gates.evidence_gate, case).gate.state is GateState.PASSED


def test_no_photos_means_no_grade_and_no_restock() -> None:
    answer = gates.evidence_gate(Evidence(clear_case(), None, scored()), POLICY)

    assert answer.has_decided
    assert "no photos" in answer.gate.text


def test_abstained_grade_repeats_the_photo_instructions() -> None:
    answer = ask(gates.evidence_gate, condition=photographed(None))

    assert answer.has_decided
    assert answer.steps[0] == "Add light."
    assert "too dark" in answer.gate.text


def test_parcel_that_nobody_opened_is_not_sold() -> None:
    case = clear_case()
    unopened = parse_case({**case.model_dump(mode="json"), "verification": None})

    answer = ask(gates.evidence_gate, unopened)

    assert set(answer.gate.forbidden) == WAYS_OUT_AS_A_DEVICE


@pytest.mark.parametrize(
    ("grade", "closed"),
    [
        (Grade.A, set()),
        (Grade.B, set()),
        (Grade.C, {Disposition.RESTOCK}),
        (Grade.D, {Disposition.RESTOCK, Disposition.DONATE}),
        (Grade.E, {Disposition.RESTOCK, Disposition.DONATE, Disposition.REFURBISH}),
    ],
)
def test_each_grade_closes_the_ways_it_is_too_bad_for(grade: Grade, closed: set[Disposition]) -> None:
    answer = ask(gates.condition_gate, condition=photographed(grade))

    assert set(answer.gate.forbidden) - {Disposition.RETURN_TO_VENDOR} == closed


def test_doubt_about_the_grade_closes_restock_too() -> None:
    doubtful = photographed(Grade.B, A=0.3, B=0.4, C=0.3)
    sure = photographed(Grade.B, A=0.3, B=0.6, C=0.1)

    assert Disposition.RESTOCK in ask(gates.condition_gate, condition=doubtful).gate.forbidden
    assert Disposition.RESTOCK not in ask(gates.condition_gate, condition=sure).gate.forbidden


@pytest.mark.parametrize("functional", ["untested", "failed", "F1", "F2"])
def test_what_was_not_shown_to_work_is_not_restocked(functional: str) -> None:
    answer = ask(gates.condition_gate, bench(functional=functional))

    assert {Disposition.RESTOCK, Disposition.DONATE} <= set(answer.gate.forbidden)


def test_missing_charger_closes_restock_and_is_named() -> None:
    case = clear_case({"accessories": ["box"]}, expected_accessories=["box", "charger"])

    answer = ask(gates.condition_gate, case)

    assert Disposition.RESTOCK in answer.gate.forbidden
    assert "charger" in " ".join(answer.steps)


def test_accessories_that_nobody_checked_close_what_missing_ones_close() -> None:
    """They passed for complete: a device went to stock as a whole set that nobody had looked at."""
    case = clear_case(expected_accessories=["box", "charger"])
    incomplete = clear_case({"accessories": ["box"]}, expected_accessories=["box", "charger"])

    answer = ask(gates.condition_gate, case)

    assert Disposition.RESTOCK in answer.gate.forbidden
    assert answer.gate.forbidden == ask(gates.condition_gate, incomplete).gate.forbidden
    assert "Nobody has checked the accessories: box, charger" in answer.gate.text
    assert "box, charger" in " ".join(answer.steps)


@pytest.mark.parametrize(
    ("finding", "value", "when"),
    [
        ("functional", "failed", Finding.FUNCTION_FAILED),
        ("functional", "F1", Finding.FUNCTION_UNTESTED),
        ("accessories", [], Finding.ACCESSORIES_MISSING),
        ("accessories", None, Finding.ACCESSORIES_UNCHECKED),
    ],
)
def test_what_the_bench_finds_closes_what_the_policy_says(finding: str, value: Any, when: Finding) -> None:
    policy = with_row(when, closes=frozenset({"recycle"}))
    expected = ["box"] if finding == "accessories" else None
    case = clear_case({finding: value}, reason="defective", expected_accessories=expected)

    assert ask(gates.condition_gate, case, policy=policy).gate.forbidden == (Disposition.RECYCLE,)


def test_vendor_takes_back_what_is_defective() -> None:
    answer = ask(gates.condition_gate, clear_case(reason="defective"))

    assert Disposition.RETURN_TO_VENDOR not in answer.gate.forbidden
