"""What a grade as far as seen decides: nothing that the missing face would have to allow."""

from dataclasses import replace

import pytest

from data.decision import Destination, Disposition, GateKind, GateState
from data.defect import Grade
from data.device import View
from serving.disposition import gates
from serving.disposition.decision_table import Finding
from serving.disposition.evidence import Evidence
from serving.disposition.gates import ask_gates
from serving.disposition.policy import open_policy
from tests.serving.clear_return import clear_case, graded_as_seen, scored
from tests.serving.disposition.test_gates import WAYS_OUT_AS_A_DEVICE, ask, bench, with_row


@pytest.mark.parametrize(
    ("views", "missing", "asked"),
    [
        ((View.FRONT_ON, View.TOP), "the back", "Take a photo of the back: restocking needs it."),
        ((View.BACK,), "the front", "Take a photo of the front: restocking needs it."),
        (
            (View.EDGE,),
            "the front or the back",
            "Take a photo of the front and the back: restocking needs it.",
        ),
    ],
)
def test_a_face_that_is_not_seen_closes_stock_and_charity_and_is_asked_for_by_name(
    views: tuple[View, ...], missing: str, asked: str
) -> None:
    answer = ask(gates.evidence_gate, condition=graded_as_seen(Grade.B, *views))

    assert answer.gate.state is GateState.RESTRICTED
    assert set(answer.gate.forbidden) == {Disposition.RESTOCK, Disposition.DONATE}
    assert answer.gate.text == (
        f"Graded B or better as shown, and no photo that can be judged shows {missing}."
    )
    assert answer.steps == (asked,)


def test_a_grade_as_far_as_seen_by_both_faces_passes_as_a_grade_does() -> None:
    answer = ask(gates.evidence_gate, condition=graded_as_seen(Grade.B, View.FRONT_OFF, View.BACK))

    assert answer.gate.state is GateState.PASSED
    assert answer.gate.text == "Verified, and graded B or better as shown."


def test_what_nobody_verified_and_no_photo_shows_closes_the_ways_of_both() -> None:
    answer = ask(gates.evidence_gate, bench(outcome="not_opened"), graded_as_seen())

    assert set(answer.gate.forbidden) == WAYS_OUT_AS_A_DEVICE
    assert answer.gate.text.startswith("The parcel was not verified against its RMA yet. Graded A as shown")
    assert len(answer.steps) == 2


def test_a_policy_may_leave_a_face_that_is_not_seen_to_a_person_also_unverified() -> None:
    strict = with_row(Finding.GRADED_AS_SEEN, closes=None, decides=Destination.REVIEW_DESK)

    answer = ask(gates.evidence_gate, bench(outcome="not_opened"), graded_as_seen(), policy=strict)

    assert answer.destination is Destination.REVIEW_DESK


@pytest.mark.parametrize("views", [(View.FRONT_OFF,), (View.FRONT_OFF, View.BACK)])
@pytest.mark.parametrize("name", ["house-1", "house-2", "house-3"])
def test_a_policy_without_the_row_leaves_every_grade_as_far_as_seen_to_a_person(
    name: str, views: tuple[View, ...]
) -> None:
    policy, seen = open_policy(name), graded_as_seen(Grade.D, *views)
    given, without = (
        ask_gates(Evidence(clear_case(), condition, scored()), policy)
        for condition in (seen, replace(seen, as_far_as_seen=None))
    )

    assert given == without
    assert [answer.gate.kind for answer in given if answer.has_decided] == [GateKind.EVIDENCE]


def test_a_grade_as_far_as_seen_that_nothing_assures_decides_nothing() -> None:
    condition = graded_as_seen(Grade.A, View.FRONT_OFF, View.BACK)
    assert condition.as_far_as_seen is not None
    unassured = replace(condition, as_far_as_seen=replace(condition.as_far_as_seen, assurance=None))

    assert ask(gates.evidence_gate, condition=unassured).destination is Destination.REVIEW_DESK


def test_floors_bite_on_the_grade_as_far_as_seen_and_on_what_the_rest_may_hide() -> None:
    both = (View.FRONT_OFF, View.BACK)
    worn = ask(gates.condition_gate, condition=graded_as_seen(Grade.C, *both, A=1.0))
    doubtful = ask(gates.condition_gate, condition=graded_as_seen(Grade.A, *both, A=0.7, D=0.3))

    assert Disposition.RESTOCK in worn.gate.forbidden
    assert "graded C as shown" in worn.gate.text
    assert {Disposition.RESTOCK, Disposition.DONATE} <= set(doubtful.gate.forbidden)
