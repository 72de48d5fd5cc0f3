"""Which photo is asked for next: the one that may better the grade most."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from data.condition import MAX_PHOTOS, NextPhoto
from data.defect import DefectKind
from data.device import Surface, View
from serving.condition.combine_views import ViewChances, combine
from serving.condition.next_photo import next_photo
from serving.condition.rulebook import Calibrated, Rulebook

BASE_RATE = dict.fromkeys(DefectKind, 0.2)
FRONT, RAKING, BACK = View.FRONT_OFF, View.FRONT_RAKING, View.BACK


@pytest.fixture(scope="module")
def rules() -> Rulebook:
    return replace(Rulebook.read(), calibrated=Calibrated(base_rate=BASE_RATE))


def photo(view: View, *, is_fit: bool = True, **suspected: float) -> ViewChances:
    suspicions = {DefectKind(kind): chance for kind, chance in suspected.items()}
    return ViewChances(view, {**dict.fromkeys(DefectKind, 0.001), **suspicions}, is_fit)


def shown(*photos: ViewChances) -> frozenset[Surface]:
    return frozenset(one.view.surface for one in photos if one.is_fit)


def asked(rules: Rulebook, *photos: ViewChances) -> View | None:
    found = next_after(rules, photos, shown(*photos))
    return found.view if found else None


def next_after(rules: Rulebook, photos: Sequence[ViewChances], seen: frozenset[Surface]) -> NextPhoto | None:
    chances = combine(photos, share_of_all=rules.measuring.all_photos_weigh)
    graded, _ = rules.grade(rules.possible([], chances), seen, size_spread=0.0)
    return next_photo(rules, [], photos, seen, graded, size_spread=0.0)


@pytest.mark.parametrize(
    ("photos", "view"),
    [
        ([photo(FRONT)], BACK),
        ([photo(BACK)], FRONT),
        ([photo(FRONT), photo(BACK, is_fit=False)], BACK),
        ([photo(FRONT), photo(BACK)], None),
        ([photo(FRONT, scratch=0.7), photo(BACK)], RAKING),
        ([photo(FRONT), photo(BACK, dent=0.7)], BACK),
        ([photo(FRONT), photo(BACK), photo(RAKING, display_fault=0.7)], View.FRONT_ON),
        ([photo(FRONT)] * MAX_PHOTOS, None),
    ],
    ids=[
        "no back",
        "no front",
        "back not fit",
        "both clean",
        "scratch on the front",
        "dent on the back",
        "display",
        "no more",
    ],
)
def test_the_side_in_doubt_is_asked_for(rules, photos, view) -> None:
    assert asked(rules, *photos) is view


def test_the_gain_is_in_grades(rules) -> None:
    found = next_after(rules, [photo(FRONT)], shown(photo(FRONT)))

    assert found is not None
    # By house-2.yaml an unseen face leaves B at best, C with 10 % and D with 4 %: 1.18 grades below an A.
    assert found.gain == pytest.approx(0.86 + 2 * 0.10 + 3 * 0.04, abs=0.05)


def test_nothing_is_said_where_a_release_states_no_base_rate(rules) -> None:
    older = replace(rules, calibrated=Calibrated())

    assert next_after(older, [photo(FRONT)], shown(photo(FRONT))) is None


def test_a_face_that_does_not_count_as_seen_is_asked_for(rules) -> None:
    """Nobody named the photo of the back, and the network is not sure that it is one."""
    found = next_after(rules, [photo(FRONT), photo(BACK)], shown(photo(FRONT)))

    assert found is not None
    assert found.view is BACK
