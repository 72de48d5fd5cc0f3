"""A grade is near its threshold by the probability that it was given by."""

from dataclasses import replace

import pytest

from data.condition import AsFarAsSeen, Assurance
from data.defect import Grade
from data.device import View
from serving.record.desk.closeness import _is_grade_near
from serving.record.desk.desk_rules import read_desk
from tests.serving.clear_return import graded_as_seen, photographed

NEAR = read_desk().near_threshold
STATED = Assurance(0.9, 0.1, 0.2, 0.95, 300, "drawn devices")
OF_ANY = Assurance(0.6, 0.1, 0.2, 0.95, 300, "drawn devices")
BOTH = (View.FRONT_OFF, View.BACK)
SURE, UNSURE = 0.9 + NEAR.grade.value + 0.001, 0.9 + NEAR.grade.value - 0.001


@pytest.mark.parametrize(("probability", "is_near"), [(SURE, False), (UNSURE, True)])
def test_a_grade_that_was_given_by_its_views_is_as_sure_as_by_them(probability, is_near) -> None:
    """That it is an A is less sure than that it is no worse, which it was given by."""
    seen = AsFarAsSeen(Grade.A, probability, needs_person=False, views=BOTH, assurance=STATED)
    condition = replace(photographed(A=0.7, B=0.3), assurance=STATED, as_far_as_seen=seen)

    assert _is_grade_near(condition, NEAR) is is_near


@pytest.mark.parametrize(("probability", "is_near"), [(SURE, False), (UNSURE, True)])
def test_a_grade_as_shown_is_near_by_what_is_stated_of_its_face(probability, is_near) -> None:
    shown = graded_as_seen(Grade.B, View.FRONT_OFF)
    assert shown.as_far_as_seen is not None
    seen = replace(shown.as_far_as_seen, probability=probability, assurance=STATED)

    assert _is_grade_near(replace(shown, as_far_as_seen=seen), NEAR) is is_near


@pytest.mark.parametrize(("share", "is_near"), [(0.99, False), (0.605, True)])
def test_a_grade_by_any_photos_is_as_sure_as_itself(share, is_near) -> None:
    condition = replace(photographed(A=share, B=1.0 - share), assurance=OF_ANY)

    assert _is_grade_near(condition, NEAR) is is_near


def test_without_a_grade_that_decides_nothing_is_near() -> None:
    assert not _is_grade_near(photographed(None), NEAR)
    assert not _is_grade_near(None, NEAR)
