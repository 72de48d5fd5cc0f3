"""One table says what each finding does: complete, in order, and never laxer than the house rules."""

from pathlib import Path
from typing import Any

import pytest

from data.condition import Condition
from data.decision import Disposition, GateState
from data.defect import DefectKind
from data.verification import BatterySign
from serving.disposition import gates
from serving.disposition.decision_table import FINDINGS_OF, FLOORS, GATE_OF, LEAST, Finding
from serving.disposition.evidence import Evidence, GateAnswer
from serving.disposition.policy import InvalidPolicy, Policy, open_policy
from tests.serving.clear_return import clear_case, photographed, scored
from tests.serving.disposition.policy_text import SHIPPED, edited, line_with

POLICY = open_policy()
NOT_CHECKED = "when: battery_not_checked, closes: [restock, donate, return_to_vendor, export]}"


def showing(kind: DefectKind, probability: float) -> Condition:
    condition = photographed()
    [photo] = condition.photos
    probabilities = {**photo.defect_probabilities, kind: probability}
    shown = type(photo)(**{**vars(photo), "defect_probabilities": probabilities})
    return type(condition)(**{**vars(condition), "photos": (shown,)})


def ask(condition: Condition | None = None, policy: Policy = POLICY, **bench: Any) -> GateAnswer:
    return gates.condition_gate(Evidence(clear_case(bench), condition or photographed(), scored()), policy)


def test_every_finding_is_of_one_gate_and_stands_in_the_table() -> None:
    assert [finding for findings in FINDINGS_OF.values() for finding in findings] == list(Finding)
    assert {row.when for row in POLICY.table} == set(Finding)
    assert all(row.gate is GATE_OF[row.when] for row in POLICY.table)


def test_every_finding_of_the_house_rules_has_what_it_must_do_at_the_least() -> None:
    operators_own = {finding for finding in Finding if GATE_OF[finding] == "condition"}

    assert set(LEAST) == set(Finding) - operators_own
    assert operators_own >= FLOORS


@pytest.mark.parametrize("kind", ["crack", "bent", "missing_part", "display_fault"])
@pytest.mark.parametrize("probability", [0.5, 0.9, float("nan")])
def test_a_defect_with_a_floor_is_never_restocked_whatever_the_grade(kind: str, probability: float) -> None:
    answer = ask(showing(DefectKind(kind), probability))

    assert Disposition.RESTOCK in answer.gate.forbidden
    assert "The photos show a" in answer.gate.text


def test_a_defect_below_its_floor_closes_nothing() -> None:
    assert ask(showing(DefectKind.CRACK, 0.49)).gate.forbidden == ask().gate.forbidden


def test_a_floor_may_decide_alone(tmp_path: Path) -> None:
    floor = "defect: crack, probability: 0.5, closes: [restock, donate]"
    policy = open_policy(
        edited(tmp_path, (floor, floor.replace("closes: [restock, donate]", "decides: review_desk")))
    )

    answer = ask(showing(DefectKind.CRACK, 0.8), policy)

    assert answer.gate.state is GateState.DECIDED
    assert answer.destination == "review_desk"


def test_a_stricter_row_than_the_house_rule_is_kept_to(tmp_path: Path) -> None:
    strict = NOT_CHECKED.replace(
        "closes: [restock, donate, return_to_vendor, export]", "decides: review_desk"
    )
    policy = open_policy(edited(tmp_path, (NOT_CHECKED, strict)))
    unseen = Evidence(clear_case({"battery_signs": []}), photographed(), scored())

    assert gates.battery_gate(unseen, policy).has_decided
    assert not gates.battery_gate(unseen, POLICY).has_decided
    assert BatterySign.NONE_SEEN not in unseen.bench.battery_signs


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            NOT_CHECKED,
            "when: battery_not_checked, closes: [restock, donate, return_to_vendor]}",
            "never laxer: it must close restock, return_to_vendor, donate, export, or decide",
        ),
        (
            "{gate: battery, when: hazard_sign, decides: quarantine_cage}",
            "{gate: battery, when: hazard_sign, decides: review_desk}",
            "it must decide for quarantine_cage",
        ),
        (
            "{gate: lock_and_list, when: locked, decides: review_desk}",
            "{gate: lock_and_list, when: locked, closes: [restock]}",
            "it must decide for the cage or the review desk",
        ),
        (
            "{gate: fraud, when: fraud_hold, decides: review_desk}",
            "{gate: evidence, when: fraud_hold, decides: review_desk}",
            "the evidence gate never finds it; write gate: fraud",
        ),
        (
            "when: graded_as_seen, closes: [restock, donate]}",
            "when: graded_as_seen, closes: [restock]}",
            "never laxer: it must close restock, donate, or decide",
        ),
        (
            "{gate: recall, when: embargoed, closes: [restock, refurbish, repair, donate]}",
            "{gate: recall, when: embargoed}",
            "give either decides or closes",
        ),
        (
            "defect: crack, probability: 0.5, closes: [restock, donate]",
            "defect: crack, closes: [restock, donate]",
            "add probability",
        ),
        (
            "when: grade_worse_than, grade: B,",
            "when: grade_worse_than, grade: E,",
            "no grade is worse than E: it can never be found",
        ),
        (
            "when: grade_worse_than, grade: C,",
            "when: grade_worse_than, grade: B,",
            "this floor stands there twice",
        ),
        (
            "{gate: condition, when: function_failed,",
            "{gate: condition, when: function_failed, grade: B,",
            "grade says nothing here: remove it",
        ),
        (
            "{gate: condition, when: function_failed, closes: [restock, refurbish, donate]}",
            "{gate: condition, when: function_failed, closes: [restock, refurbsh, donate]}",
            "give one of restock, refurbish",
        ),
        (
            "{gate: condition, when: function_failed, closes: [restock, refurbish, donate]}",
            "{gate: condition, when: functon_failed, closes: [restock, refurbish, donate]}",
            "give one of 'hazard_sign'",
        ),
    ],
)
def test_a_row_that_can_not_be_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    path = edited(tmp_path, (old, new))

    with pytest.raises(InvalidPolicy) as refusal:
        open_policy(path)

    [line] = [line for line in str(refusal.value).splitlines() if says in line]
    wrong = max(number for number, row in enumerate(path.read_text().splitlines(), 1) if new in row)
    assert line.strip().startswith(f"line {wrong}: table")


def test_a_row_that_is_missing_or_twice_is_refused(tmp_path: Path) -> None:
    row = "  - {gate: data, when: media_destroyed, closes: [restock, refurbish, donate, return_to_vendor]}\n"
    for change, says in (("", "table lacks media_destroyed"), (row * 2, "has 2 rows for media_destroyed")):
        with pytest.raises(InvalidPolicy, match=says):
            open_policy(edited(tmp_path, (row, change)))


AS_SEEN = next(line for line in SHIPPED.read_text().splitlines(True) if "when: graded_as_seen" in line)
AS_SEEN_STEP = '  missing_faces:\n    - "Take a photo of the {faces}: restocking needs it."\n'


def test_a_table_may_lack_the_row_of_grades_as_far_as_seen_and_then_needs_no_step_for_it(
    tmp_path: Path,
) -> None:
    without = open_policy(edited(tmp_path, (AS_SEEN, ""), (AS_SEEN_STEP, "")))

    assert POLICY.takes_grades_as_seen
    assert not without.takes_grades_as_seen


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        ((AS_SEEN, AS_SEEN * 2), "has 2 rows for graded_as_seen"),
        ((AS_SEEN_STEP, ""), "next_steps lacks missing_faces"),
    ],
)
def test_a_row_of_grades_as_far_as_seen_stands_there_once_with_its_step(
    tmp_path: Path, edit: tuple[str, str], says: str
) -> None:
    with pytest.raises(InvalidPolicy, match=says):
        open_policy(edited(tmp_path, edit))


def test_rows_stand_in_the_order_in_which_they_are_asked(tmp_path: Path) -> None:
    """Whoever reads the table from the top must not think that the lock is asked before the list."""
    listed, locked = "when: listed, decides: quarantine_cage", "when: locked, decides: review_desk"
    path = edited(tmp_path, (listed, "@"), (locked, listed), ("@", locked))

    with pytest.raises(InvalidPolicy, match="listed outweighs locked: write it above") as refusal:
        open_policy(path)

    assert f"line {line_with(path, listed)}: table" in str(refusal.value)
