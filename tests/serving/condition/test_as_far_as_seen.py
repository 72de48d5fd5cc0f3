"""The grade that photos support as far as they show: with a person where nothing bounds its error."""

from dataclasses import replace
from itertools import pairwise

import pytest

import regrade
from data.condition import AsFarAsSeen
from data.defect import DefectKind, Grade
from data.device import Surface, View
from serving.condition.criteria import PossibleDefect
from serving.condition.model import ConditionModel
from serving.condition.rulebook import Calibrated, Rulebook
from serving.demo.returns import shipped_returns
from serving.release import open_release
from tests.serving.condition.stated import STATED

CRACK, SCRATCH, OIL = DefectKind.CRACK, DefectKind.SCRATCH, DefectKind.OIL
FRONT, BACK = (View.FRONT_OFF,), (View.BACK,)
OF_A_FRONT = {"sides": ["front"], "photos": 1}
CLEAN = (dict.fromkeys(DefectKind, 0.01),)


@pytest.fixture(scope="module")
def rules() -> Rulebook:
    return Rulebook.read()


def stating(rules: Rulebook, *statements: dict) -> Rulebook:
    """Return rules for which a release states the error of grades as far as seen."""
    stated = [{**STATED, **OF_A_FRONT, "criteria": rules.house.sha256, **one} for one in statements]
    manifest = {"abstention_as_seen": stated}
    return replace(rules, calibrated=Calibrated.of(manifest, rules.house, rules.measured_with))


def as_seen(rules: Rulebook, *possible: PossibleDefect, views=FRONT, photos=CLEAN) -> AsFarAsSeen:
    found = rules.grade_as_seen(possible, views, photos, size_spread=0.0)
    assert found is not None
    return found


def defect(kind: DefectKind, probability: float, length_mm: float | None = 5.0) -> PossibleDefect:
    return PossibleDefect(kind, Surface.FRONT, probability, length_mm)


def test_what_a_front_shows_is_graded_without_what_the_back_may_hide(rules: Rulebook) -> None:
    found = as_seen(stating(rules, {}), defect(SCRATCH, 0.02))

    assert found.grade is Grade.A
    assert found.probability == pytest.approx(0.98)
    assert not found.needs_person
    assert found.views == FRONT
    assert found.assurance is not None
    assert found.assurance.least_probability == 0.8
    # Of the whole device an A needs both faces.
    whole, _ = rules.grade([defect(SCRATCH, 0.02)], frozenset({Surface.FRONT}), size_spread=0.0)
    assert whole.grade == "B"


def test_a_grade_below_b_is_as_sure_as_the_damage_that_makes_it(rules: Rulebook) -> None:
    """A clean phone was sure of its D: no worse than D is nearly everything."""
    found = as_seen(rules, defect(SCRATCH, 0.6))

    assert found.grade is Grade.C
    assert found.probability == pytest.approx(0.6)


def test_a_b_is_as_sure_as_that_it_is_no_worse(rules: Rulebook) -> None:
    found = as_seen(rules, defect(DefectKind.DISCOLOURATION, 0.6, 2.0), defect(CRACK, 0.1))

    assert found.grade is Grade.B
    assert found.probability == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("statements", "views"),
    [
        ([], FRONT),
        ([{"sides": ["back"]}], FRONT),
        ([{"sides": ["front", "back"], "photos": 2}], FRONT),
        ([{}], BACK),
        ([{}], (*FRONT, *BACK)),
        ([{"photos": 2}], FRONT),
        ([{"threshold": None}], FRONT),
        ([{"criteria": "0" * 64}], FRONT),
        ([{"measured_with": {}}], FRONT),
        ([{}], (View.EDGE,)),
    ],
    ids=[
        "nothing stated",
        "of the other side",
        "of both sides",
        "of the front, shown the back",
        "of the front, shown both",
        "of more photos",
        "no bound reached",
        "other criteria",
        "other rules",
        "no large side",
    ],
)
def test_where_nothing_bounds_the_error_a_person_is_needed(rules: Rulebook, statements, views) -> None:
    found = as_seen(stating(rules, *statements), views=views)

    assert found.needs_person
    assert found.assurance is None


def test_more_photos_of_the_same_side_are_as_sure_as_the_most_that_were_measured(rules: Rulebook) -> None:
    several = stating(
        rules, {"threshold": 0.9}, {"photos": 3, "threshold": 0.7}, {"photos": 9, "threshold": 0.6}
    )

    for count, least in ((1, 0.9), (2, 0.9), (3, 0.7), (8, 0.7), (9, 0.6), (12, 0.6)):
        found = as_seen(several, views=FRONT * count)
        assert found.assurance is not None
        assert found.assurance.least_probability == least


@pytest.mark.parametrize(
    "asks",
    [
        {"possible": (defect(CRACK, 0.3),)},
        {"possible": (defect(SCRATCH, 0.6, None),)},
        {"photos": ({**CLEAN[0], OIL: 0.9},)},
    ],
    ids=["unsure", "a size that may decide is not known", "dirt"],
)
def test_what_leaves_a_grade_to_a_person_does_so_as_far_as_seen(rules: Rulebook, asks) -> None:
    found = as_seen(stating(rules, {}), *asks.get("possible", ()), photos=asks.get("photos", CLEAN))

    assert found.needs_person
    assert found.assurance is not None


def test_more_suspicion_never_makes_it_better_or_surer_to_be_good(rules: Rulebook) -> None:
    chances = [step / 50 for step in range(51)]
    for kind in (CRACK, SCRATCH, DefectKind.BENT):
        found = [as_seen(rules, defect(kind, chance)) for chance in chances]
        assert [one.grade.rank for one in found] == sorted(one.grade.rank for one in found)
        for one, worse in pairwise(found):
            is_good = one.grade is worse.grade and one.grade in {Grade.A, Grade.B}
            assert not is_good or worse.probability <= one.probability + 1e-12


@pytest.mark.parametrize(("version", "needs_person"), [("8", True), ("9", False), ("10", False)])
def test_a_release_says_so_of_a_drawn_photo_without_a_person_where_it_states_an_error(
    version: str, needs_person: bool
) -> None:
    photo = shipped_returns()[0].photos[0]
    model = ConditionModel.open(open_release("condition", version=version))
    condition = model.grade([photo.path.read_bytes()], views=[photo.view])

    found = condition.as_far_as_seen
    assert found is not None
    assert found.views == (photo.view,)
    assert found.needs_person is needs_person
    assert found.grade.rank <= max(grade.rank for grade in condition.grade_probabilities)


def test_the_command_line_tells_it(capsys: pytest.CaptureFixture[str]) -> None:
    photo = shipped_returns()[0].photos[0]
    regrade.main(["grade", "--json", str(photo.path)])

    assert '"as_far_as_seen"' in capsys.readouterr().out


def test_without_a_photo_that_can_be_judged_nothing_is_said(rules: Rulebook) -> None:
    assert rules.grade_as_seen((), (), CLEAN, size_spread=0.0) is None
