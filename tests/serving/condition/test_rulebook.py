"""The rulebook: what counts as a suspicion, and when a grade is sure enough."""

from dataclasses import replace

import pytest

from data.condition import Assurance, Box, DefectFinding
from data.defect import DefectKind, Grade, Severity
from data.device import Surface
from data.versioned_file import InvalidFile
from serving.condition.combine_views import Chance
from serving.condition.criteria import PackGrade, PossibleDefect
from serving.condition.device_defect import DeviceDefect
from serving.condition.rulebook import Calibrated, Rulebook

CRACK, SCRATCH, OIL = DefectKind.CRACK, DefectKind.SCRATCH, DefectKind.OIL
BOTH = frozenset({Surface.FRONT, Surface.BACK})
STATED = {
    "threshold": 0.8,
    "over_graded_at_most": 0.1,
    "under_graded_at_most": 0.2,
    "confidence": 0.95,
    "devices": 300,
    "measured_on": "drawn devices",
}


@pytest.fixture(scope="module")
def rules():
    return Rulebook.read()


def finding(photo=0, probability=0.9, length_mm=4.0, sd=1.0):
    box = Box(0, 0, 1, 1)
    return DefectFinding(
        SCRATCH, Surface.FRONT, photo, probability, box, Severity.VISIBLE, length_mm, 1.0, sd
    )


def scratch(*findings):
    return DeviceDefect("front-scratch-1", SCRATCH, Surface.FRONT, findings)


def with_rates(rules, **rates):
    manifest = {"base_rate": rates}
    return replace(rules, calibrated=Calibrated.of(manifest, rules.house))


def test_a_defect_of_several_photos_is_suspected_once_as_sure_and_as_long_as_it_ever_shows(rules):
    defect = scratch(finding(0, 0.95, 3.0), finding(1, 0.7, 5.0, sd=2.0), finding(2, 0.8, None, None))
    [defect] = rules.possible([defect], {Surface.FRONT: {SCRATCH: Chance.sole(0.95)}})
    assert (defect.probability, defect.length_mm, defect.length_sd_mm) == (0.95, 5.0, 2.0)


@pytest.mark.parametrize(("probability", "grade"), [(0.49, "A"), (0.51, "C")])
def test_a_defect_less_likely_than_not_takes_from_the_odds_but_names_no_grade(rules, probability, grade):
    possible = rules.possible([scratch(finding(0, probability, 5.0, sd=0.1))], {})
    graded, _ = rules.grade(possible, BOTH, size_spread=0.0)
    assert graded.grade == grade
    assert graded.probabilities["A"] == pytest.approx(1.0 - probability, abs=0.01)


def test_without_a_base_rate_a_faint_probability_is_no_suspicion(rules):
    assert rules.possible([], {Surface.FRONT: {CRACK: Chance.sole(0.19)}}) == []
    [defect] = rules.possible([], {Surface.FRONT: {CRACK: Chance.sole(0.21)}})
    assert defect.probability == 0.21


def test_with_a_base_rate_every_probability_counts_and_moves_to_the_prevalence(rules):
    shifted = with_rates(rules, crack=0.2)
    [defect] = shifted.possible([], {Surface.FRONT: {CRACK: Chance.sole(0.15), SCRATCH: Chance.sole(0.1)}})
    assert defect.kind is CRACK
    assert defect.probability < 0.15
    graded, _ = shifted.grade([defect], BOTH, size_spread=0.0)
    assert 0.0 < graded.probabilities[Grade.D] == pytest.approx(defect.probability)


def test_the_base_rate_itself_moves_to_the_prevalence_itself(rules):
    shifted = with_rates(rules, crack=0.2)
    [defect] = shifted.possible([], {Surface.FRONT: {CRACK: Chance.sole(0.2)}})
    assert defect.probability == pytest.approx(rules.prevalence.share[CRACK])


def test_dirt_is_never_suspected_as_damage(rules):
    assert with_rates(rules, oil=0.2).possible([], {Surface.FRONT: {OIL: Chance.sole(0.99)}}) == []


def test_a_release_that_states_nothing_leaves_the_pack_to_say_what_is_sure_enough(rules):
    assert rules.assurance == Assurance(rules.house.abstain_below)


def test_a_release_says_what_is_sure_enough_and_what_that_was_measured_to_hold(rules):
    calibrated = Calibrated.of({"abstention": {**STATED, "criteria": rules.house.sha256}}, rules.house)
    assurance = replace(rules, calibrated=calibrated).assurance
    assert assurance == Assurance(0.8, 0.1, 0.2, 0.95, 300, "drawn devices")


@pytest.mark.parametrize("change", [{"criteria": "another pack"}, {"threshold": None}])
def test_a_statement_for_another_pack_or_one_that_was_not_reached_is_not_used(rules, change):
    stated = {**STATED, "criteria": rules.house.sha256, **change}
    calibrated = Calibrated.of({"abstention": stated}, rules.house)
    assert replace(rules, calibrated=calibrated).assurance == Assurance(rules.house.abstain_below)


def graded(grade, chance):
    return PackGrade(grade, {grade: chance}, "")


def test_a_grade_that_is_not_sure_enough_goes_to_a_person_with_a_code_and_what_to_do(rules):
    [reason] = rules.doubt(graded("B", 0.5))
    assert reason.startswith("uncertain: grade B has probability 0.50, at least 0.6 is needed; ")
    assert "ask a person" in reason
    assert rules.doubt(graded("B", 0.6)) == []
    assert rules.never_uncertain().doubt(graded("B", 0.01)) == []


def test_dirt_asks_to_clean_unless_the_damage_shows_through_it(rules):
    photos = [{OIL: 0.1}, {OIL: 0.9}]
    assert rules.dirt(graded("B", 1.0), photos) == [
        "clean_and_retake: oil on photo 2; wipe the device and take the photo again"
    ]
    assert rules.dirt(graded("D", 1.0), photos) == []


@pytest.mark.parametrize("seen", [set(), {Surface.LEFT, Surface.TOP, Surface.LABEL}, {Surface.UNKNOWN}])
def test_a_device_of_which_no_large_face_was_seen_is_not_graded_unless_heavy_damage_shows(rules, seen):
    assert rules.unseen(graded("B", 1.0), frozenset(seen)) == [
        "face_not_seen: no usable photo shows front or back; take one photo of the front and one of the back"
    ]
    assert rules.unseen(graded("D", 1.0), frozenset(seen)) == []
    assert rules.unseen(graded("B", 1.0), frozenset({*seen, Surface.BACK})) == []


@pytest.mark.parametrize(
    ("grade", "defect", "is_asked"),
    [
        ("C", PossibleDefect(DefectKind.COATING_LOSS, Surface.BACK, 0.9, None), True),
        ("C", PossibleDefect(DefectKind.COATING_LOSS, Surface.BACK, 0.9, 4.0), False),
        ("C", PossibleDefect(DefectKind.COATING_LOSS, Surface.BACK, 0.4, None), False),
        ("D", PossibleDefect(DefectKind.COATING_LOSS, Surface.BACK, 0.9, None), False),
        ("D", PossibleDefect(DefectKind.CRACK, Surface.BACK, 0.9, None), False),
    ],
)
def test_damage_without_a_size_that_may_allow_less_asks_for_another_photo(rules, grade, defect, is_asked):
    reasons = rules.unmeasured(graded(grade, 1.0), [defect, defect])
    assert reasons == [
        "size_not_measured: coating loss on back, whose size may allow less than C; "
        "take another photo of that side, square on and filling the picture"
    ] * int(is_asked)


def test_an_operators_files_take_the_place_of_what_ships(tmp_path):
    prevalence = tmp_path / "prevalence.yaml"
    prevalence.write_text("{name: ours, version: '2026-10', source: audits, share: {crack: 0.11}}")
    rules = Rulebook.read({"base_rate": {"crack": 0.11, "scratch": 0.2}}, prevalence=prevalence)
    [defect] = rules.possible([], {Surface.FRONT: {CRACK: Chance.sole(0.3)}})
    assert defect.probability == pytest.approx(0.3)
    with pytest.raises(InvalidFile, match="can't be read"):
        Rulebook.read(sizes=tmp_path / "none.yaml")
