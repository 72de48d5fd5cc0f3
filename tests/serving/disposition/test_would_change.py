"""The answer says what would change it: settled points that lead to more, and nothing that a gate forbids."""

from typing import Any

import pytest

from data.case import ReturnCase, parse_case
from data.condition import Condition
from data.decision import Change, Disposition
from data.defect import Grade
from data.device import View
from data.fraud import Action
from serving.disposition.decide import DispositionChoice, choose, dispose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import open_policy
from serving.disposition.would_change import MOST, SETTLED
from tests.serving.clear_return import clear_case, graded_as_seen, photographed, scored

POLICY = open_policy()
BARE = parse_case({**clear_case().model_dump(mode="json"), "verification": None})


def decide(
    case: ReturnCase | None = None, condition: Condition | None = None, action: Action = Action.RELEASE
) -> DispositionChoice:
    return dispose(Evidence(case or clear_case(), condition or photographed(), scored(action)), POLICY)


def test_every_open_point_has_its_words_and_what_settles_it() -> None:
    assert list(SETTLED) == [one for one in Change if one not in {Change.GRADED_BY_PERSON, Change.TOGETHER}]


@pytest.mark.parametrize(
    ("bench", "rma", "change", "said"),
    [
        ({"sanitisation": "unknown"}, {}, Change.SANITISED, "sanitised"),
        ({"sanitisation": "unevaluated"}, {}, Change.SANITISED, "sanitised"),
        ({"battery_signs": []}, {}, Change.BATTERY_CHECKED, "battery checked and sound"),
        ({"outcome": "not_opened"}, {}, Change.VERIFIED, "verified as what was sold"),
        ({"lock": "on"}, {}, Change.LOCK_REMOVED, "activation lock removed"),
        ({"list_status": "unknown"}, {}, Change.LOOKED_UP, "looked up and free"),
        ({}, {"ownership": "financed"}, Change.RELEASED_BY_LENDER, "released by the lender"),
        ({"functional": "untested"}, {}, Change.FUNCTION_TESTED, "functional test passed"),
        ({"accessories": []}, {"expected_accessories": ["box"]}, Change.SET_COMPLETE, "set found complete"),
        ({}, {"expected_accessories": ["box"]}, Change.SET_COMPLETE, "set found complete"),
    ],
)
def test_one_open_point_is_named_with_what_it_would_bring(
    bench: dict[str, Any], rma: dict[str, Any], change: Change, said: str
) -> None:
    clear, choice = decide(), decide(clear_case(bench, **rma))

    [told] = choice.would_change
    gain = round(clear.expected_values[0].amount - choice.worth.amount, 2)
    assert (told.change, told.disposition) == (change, Disposition.RESTOCK)
    assert (told.amount_difference, told.currency) == (gain, "CAD")
    assert told.text == f"{said}: restock, CAD +{gain:.2f}"


@pytest.mark.parametrize("action", [Action.REVIEW, Action.HOLD])
def test_a_held_return_says_what_its_release_is_worth(action: Action) -> None:
    [told] = decide(action=action).would_change

    assert told.change is Change.RELEASED_BY_REVIEWER
    assert told.amount_difference == decide().expected_values[0].amount


def test_points_that_only_help_together_are_named_together_and_no_others() -> None:
    """A set that nobody missed stands in no list of what it takes."""
    case = clear_case({"sanitisation": "unknown", "functional": "untested"})

    [told] = decide(case).would_change

    assert told.change is Change.TOGETHER
    assert told.text.startswith("sanitised, functional test passed: restock, CAD +")


def test_a_parcel_that_nobody_opened_says_all_that_it_takes() -> None:
    [told] = decide(BARE).would_change

    assert told.change is Change.TOGETHER
    assert all(word in told.text for word in ("verified", "battery", "sanitised", "looked up", "test"))


def test_the_nearest_better_grade_that_changes_the_way_is_named() -> None:
    told = {one.change: one for one in decide(condition=photographed(Grade.C)).would_change}

    assert told[Change.GRADED_BY_PERSON].text.startswith("graded A by a person: restock")


def test_an_abstention_says_what_its_likeliest_grade_would_bring() -> None:
    doubtful = photographed(None, A=0.2, B=0.5, C=0.3)

    [told] = decide(condition=doubtful).would_change

    assert told.text.startswith("graded B by a person: refurbish, CAD +")


def test_a_photo_of_the_missing_side_is_told_with_what_it_would_bring() -> None:
    half, both = (
        decide(condition=graded_as_seen(Grade.A, *views, A=0.8, B=0.12, D=0.08))
        for views in ((View.FRONT_OFF,), (View.FRONT_OFF, View.BACK))
    )

    told = {one.change: one for one in half.would_change}
    shown = told[Change.MISSING_FACES_SHOWN]
    assert (half.disposition, both.disposition) == (Disposition.REFURBISH, Disposition.RESTOCK)
    assert shown.amount_difference == round(both.worth.amount - half.worth.amount, 2)
    assert shown.text.startswith("missing side photographed: restock, CAD +")
    assert "graded A by a person: restock" in told[Change.GRADED_BY_PERSON].text
    assert both.would_change == ()


def test_a_photo_of_the_missing_side_is_not_promised_where_it_would_open_nothing() -> None:
    worn = decide(condition=graded_as_seen(Grade.C))
    kept = dispose(Evidence(clear_case(), graded_as_seen(), scored()), open_policy("house-3"))

    assert Change.MISSING_FACES_SHOWN not in {one.change for one in worn.would_change}
    assert Change.MISSING_FACES_SHOWN not in {one.change for one in kept.would_change}


def test_by_both_faces_the_nearest_better_grade_is_named_as_for_a_grade_given() -> None:
    seen = decide(condition=graded_as_seen(Grade.C, View.FRONT_OFF, View.BACK))

    assert seen.would_change == decide(condition=photographed(Grade.C)).would_change


@pytest.mark.parametrize(
    ("bench", "rma"),
    [
        ({"battery_signs": ["leak"], "sanitisation": "unknown"}, {}),
        ({"list_status": "stolen", "lock": "on"}, {}),
        ({"outcome": "counterfeit", "sanitisation": "unknown"}, {}),
        ({"battery_kind": "none"}, {"reason": "recall"}),
    ],
)
def test_what_no_open_point_settles_is_promised_nothing(bench: dict[str, Any], rma: dict[str, Any]) -> None:
    choice = decide(clear_case(bench, **rma))

    assert choice.disposition is Disposition.QUARANTINE
    assert choice.would_change == ()


def test_a_clear_return_at_its_best_has_nothing_to_change() -> None:
    assert decide().would_change == ()


def test_without_photos_no_grade_is_promised() -> None:
    choice = dispose(Evidence(clear_case(), None, scored()), POLICY)

    assert choice.would_change == ()


def test_changes_are_few_worth_more_first_and_always_the_same() -> None:
    case = clear_case(
        {"lock": "on", "functional": "untested", "sanitisation": "unknown", "battery_signs": []}
    )
    choices = [decide(case, photographed(Grade.B), Action.RELEASE) for _ in range(2)]

    changes = choices[0].would_change
    gains = [one.amount_difference for one in changes]
    assert choices[0] == choices[1]
    assert 0 < len(changes) <= MOST
    assert gains == sorted(gains, reverse=True)
    assert all(gain > 0 for gain in gains)


def test_a_change_says_what_the_policy_would_choose_if_it_were_so() -> None:
    told = decide(clear_case({"lock": "on", "functional": "untested"})).would_change

    for one in told:
        bench = {"lock": "off"} | (
            {"functional": "F5"} if one.change is Change.TOGETHER else {"functional": "untested"}
        )
        then = choose(Evidence(clear_case(bench), photographed(), scored()), POLICY)
        assert (then.disposition, then.worth.amount) == (one.disposition, one.amount_difference)
    assert len(told) == 2
