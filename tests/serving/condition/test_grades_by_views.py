"""A grade is given without a person only by the error that is stated of photos of the same sides."""

from dataclasses import replace

import pytest

from data.condition import AsFarAsSeen
from data.defect import DefectKind
from data.device import LARGE_SURFACES, Surface, View
from serving.condition.criteria import PackGrade, PossibleDefect
from serving.condition.rulebook import Calibrated, Rulebook
from tests.serving.condition.stated import STATED

FRONT, BOTH = (View.FRONT_OFF,), (View.FRONT_OFF, View.BACK)
CLEAN = (dict.fromkeys(DefectKind, 0.01),)
SURE_CRACK = PossibleDefect(DefectKind.CRACK, Surface.FRONT, 0.99, None)
SHOWN = {FRONT: {Surface.FRONT}, BOTH: set(LARGE_SURFACES)}


@pytest.fixture(scope="module")
def shipped() -> Rulebook:
    return Rulebook.read()


def stating(rules: Rulebook, *views: tuple[View, ...], whole: bool = True, **changes: object) -> Rulebook:
    """Return rules of a release that states the error of these sets, and as older ones of four photos."""
    stated = {**STATED, "criteria": rules.house.sha256, **changes}
    sets = [{**stated, "sides": [view.surface for view in of], "photos": len(of)} for of in views]
    manifest = {"abstention_as_seen": sets} | ({"abstention": stated} if whole else {})
    return replace(rules, calibrated=Calibrated.of(manifest, rules.house, rules.measured_with))


def graded_by(
    rules: Rulebook, views: tuple[View, ...], *possible: PossibleDefect
) -> tuple[PackGrade, AsFarAsSeen | None]:
    whole, _ = rules.grade(possible, frozenset(SHOWN[views]), size_spread=0.0)
    return whole, rules.grade_as_seen(possible, views, CLEAN, size_spread=0.0)


def test_a_clean_device_is_graded_by_what_is_stated_of_both_its_faces(shipped: Rulebook) -> None:
    rules = stating(shipped, BOTH)
    whole, seen = graded_by(rules, BOTH)

    assert whole.grade == "A"
    assert rules.doubt(whole, seen) == rules.unseen(whole, frozenset(LARGE_SURFACES)) == []
    assert rules.assurance_for(seen) == rules.calibrated.as_seen[0].assurance


def test_what_is_stated_of_four_photos_gives_no_grade_by_one(shipped: Rulebook) -> None:
    """Model 8 stated its error of four views for any set: false on 22 of 72 single real photos."""
    rules = stating(shipped, BOTH)
    whole, seen = graded_by(rules, FRONT)

    assert rules.assurance is None
    assert rules.assurance_for(seen) is None
    assert rules.doubt(whole, seen) == [
        "not_assured: the release states no error of grades from such photos (front); ask a person"
    ]


def test_a_face_that_is_missing_is_asked_for_by_its_name(shipped: Rulebook) -> None:
    rules = stating(shipped, FRONT, BOTH)
    whole, seen = graded_by(rules, FRONT)

    assert rules.doubt(whole, seen) == []
    [reason] = rules.unseen(whole, frozenset({Surface.FRONT}))
    assert reason.startswith("face_not_seen: no usable photo is named or surely seen as back; ")


def test_heavy_damage_on_one_face_is_a_grade_of_the_whole(shipped: Rulebook) -> None:
    rules = stating(shipped, FRONT)
    whole, seen = graded_by(rules, FRONT, SURE_CRACK)

    assert whole.grade == "D"
    assert rules.doubt(whole, seen) == rules.unseen(whole, frozenset({Surface.FRONT})) == []


def test_a_grade_that_is_not_sure_enough_for_its_views_says_from_where_it_is(shipped: Rulebook) -> None:
    rules = stating(shipped, BOTH, threshold=0.97)
    doubtful = PossibleDefect(DefectKind.DENT, Surface.BACK, 0.05, None)
    whole, seen = graded_by(rules, BOTH, doubtful)

    [reason] = rules.doubt(whole, seen)
    assert reason.startswith(
        "uncertain: what the photos show, A as shown, has probability 0.95, at least 0.97"
    )


@pytest.mark.parametrize("fault", [{"threshold": None}, {"criteria": "0" * 64}])
def test_nothing_is_given_where_no_statement_holds_for_the_rules_in_use(shipped, fault) -> None:
    rules = stating(shipped, FRONT, BOTH, **fault)
    whole, seen = graded_by(rules, BOTH)

    [reason] = rules.doubt(whole, seen)
    assert reason.startswith("not_assured: ")
    assert rules.notes


def test_an_older_release_goes_on_by_what_it_states_of_any_photos(shipped: Rulebook) -> None:
    stated = {**STATED, "criteria": shipped.house.sha256}
    calibrated = Calibrated.of({"abstention": stated}, shipped.house, shipped.measured_with)
    rules = replace(shipped, calibrated=calibrated)
    whole, seen = graded_by(rules, FRONT)

    assert rules.assurance_for(seen) == rules.assurance
    assert rules.unseen(whole, frozenset({Surface.FRONT})) == []
