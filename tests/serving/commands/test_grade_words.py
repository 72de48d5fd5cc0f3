"""What `regrade grade` says in words where the photos do not show the whole device."""

from pathlib import Path

import pytest

from serving.commands.grade_verb import _in_words

ASSURED = {"least_probability": 0.8}


def answer(**changes):
    quality: dict[str, list[str]] = {"instructions": []}
    return {
        "grade": None,
        "abstain_reasons": ["face_not_seen: no usable photo shows back; take one photo of the back"],
        "defects": [],
        "photos": [{"index": 0, "quality": quality}],
        "as_far_as_seen": {"grade": "B", "probability": 0.93, "needs_person": False, "assurance": ASSURED},
        "next_photo": {"view": "back", "gain": 1.1},
        **changes,
    }


def said(**changes) -> str:
    return _in_words([Path("front.jpg")], answer(**changes))


def test_a_grade_as_shown_stands_beside_the_photo_that_is_missing() -> None:
    assert said().endswith("; B or better as shown (93%); next photo: back")


def test_a_worse_grade_is_no_better_one() -> None:
    seen = {**answer()["as_far_as_seen"], "grade": "D"}
    assert "; D as shown (93%); " in said(as_far_as_seen=seen)


@pytest.mark.parametrize("change", [{"needs_person": True}, {"assurance": None}])
def test_what_needs_a_person_is_not_said_as_a_grade(change) -> None:
    seen = {**answer()["as_far_as_seen"], **change}
    assert "as shown" not in said(as_far_as_seen=seen)


def test_nothing_is_asked_for_where_no_photo_would_better_the_grade() -> None:
    assert said(as_far_as_seen=None, next_photo=None) == (
        "front.jpg: no grade (face not seen: no usable photo shows back; take one photo of the back)"
    )
