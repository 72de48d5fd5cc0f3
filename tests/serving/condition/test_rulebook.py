"""The rulebook: what counts as a suspicion, and when a grade is sure enough."""

import re
from dataclasses import replace

import pytest

from data.condition import Assurance, Box, DefectFinding
from data.defect import DefectKind, Grade, Severity
from data.device import Surface, View
from data.versioned_file import InvalidFile
from serving.condition.combine_views import Chance
from serving.condition.criteria import PackGrade, PossibleDefect, read_pack
from serving.condition.criteria.pack import HOUSE_PACK
from serving.condition.criteria.prevalence import DEFAULT_PREVALENCE
from serving.condition.device_defect import DeviceDefect
from serving.condition.rulebook import Calibrated, Rulebook
from serving.release import open_release
from tests.serving.condition.stated import STATED

CRACK, SCRATCH, OIL = DefectKind.CRACK, DefectKind.SCRATCH, DefectKind.OIL
BOTH = frozenset({Surface.FRONT, Surface.BACK})


@pytest.fixture(scope="module")
def rules():
    return Rulebook.read()


@pytest.fixture(scope="module")
def champion():
    return open_release("condition")


def finding(photo=0, probability=0.9, length_mm=4.0, sd=1.0):
    box = Box(0, 0, 1, 1)
    return DefectFinding(
        SCRATCH, Surface.FRONT, photo, probability, box, Severity.VISIBLE, length_mm, 1.0, sd
    )


def scratch(*findings):
    return DeviceDefect("front-scratch-1", SCRATCH, Surface.FRONT, findings)


def with_rates(rules, **rates):
    return replace(rules, calibrated=calibrated({"base_rate": rates}, rules))


def calibrated(manifest, rules):
    return Calibrated.of(manifest, rules.house, rules.measured_with)


def assured(rules, **changes):
    """Return rules for which a release states the error of its grades, but for what the test changes."""
    stated = {**STATED, "criteria": rules.house.sha256, **changes}
    return replace(rules, calibrated=calibrated({"abstention": stated}, rules))


def test_a_defect_of_several_photos_counts_once_as_sure_and_as_long_as_it_ever_shows(rules):
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


def test_dirt_never_counts_as_damage(rules):
    assert with_rates(rules, oil=0.2).possible([], {Surface.FRONT: {OIL: Chance.sole(0.99)}}) == []


def test_a_release_says_what_is_sure_enough_and_what_that_was_measured_to_hold(rules):
    assert assured(rules).assurance == Assurance(0.8, 0.1, 0.2, 0.95, 300, "drawn devices")


def test_the_packs_least_probability_asks_for_more_and_never_for_less(rules):
    assert assured(rules, threshold=0.4).least_probability == rules.house.abstain_below
    assert assured(rules, threshold=0.9).least_probability == 0.9


def test_where_a_release_states_nothing_no_grade_is_given_without_a_person(rules):
    assert rules.assurance is None
    [reason] = rules.doubt(graded("E", 1.0))
    assert reason == "not_assured: no release states the error of its grades; ask a person"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            {"criteria": "5bcb96f53afedabb"},
            r"the criteria file house 2 \(5bcb.*\) is not the one .*\(5bcb96f53afe\)",
        ),
        ({"threshold": None}, "found no probability from which the error of its grades is bounded"),
        ({"measured_with": {}}, r"the prevalence file assumed 1 .* \(none\)"),
        ({"measured_with": {"prevalence": "0" * 64}}, r"the prevalence file assumed 1 .* \(000000000000\)"),
    ],
)
def test_a_statement_for_other_files_or_one_that_was_not_reached_gives_no_grade(rules, change, why):
    unassured = assured(rules, **change)
    assert unassured.assurance is None
    [reason] = unassured.doubt(graded("E", 1.0))
    assert re.match(f"not_assured: .*{why}.*; ask a person", reason)
    [note] = unassured.notes
    assert re.search(why, note)
    assert "regrade study risk" in note


@pytest.mark.parametrize("name", sorted(STATED))
def test_a_statement_that_lacks_a_figure_gives_no_grade(rules, name):
    stated = {**STATED, "criteria": rules.house.sha256}
    del stated[name]
    unassured = replace(rules, calibrated=calibrated({"abstention": stated}, rules))
    assert unassured.assurance is None
    assert f"(abstention) lacks {name}" in unassured.calibrated.not_assured


def test_the_released_model_is_assured_with_the_files_that_ship(champion):
    rules = Rulebook.read(champion.manifest)
    assert {one.sides for one in rules.calibrated.as_seen} == {frozenset({Surface.FRONT}), BOTH}
    assert rules.notes == ()


def test_a_comment_added_to_the_house_pack_never_lowers_the_least_probability(champion, tmp_path):
    """It fell from 0.825 to the pack's own 0.60, and a phone with a swollen battery was given a grade."""
    commented = tmp_path / "house-2.yaml"
    commented.write_bytes(HOUSE_PACK.read_bytes() + b"# a comment\n")
    before = Rulebook.read(champion.manifest)
    after = Rulebook.read(champion.manifest, house=read_pack(commented))
    swollen = PossibleDefect(DefectKind.SWELLING, Surface.BACK, 0.70, None)

    def doubts(rules):
        whole, _ = rules.grade([swollen], BOTH, size_spread=0.0)
        seen = rules.grade_as_seen([swollen], (View.FRONT_OFF, View.BACK), (), size_spread=0.0)
        assert seen.needs_person
        return [reason.split(":")[0] for reason in rules.doubt(whole, seen)]

    assert doubts(before) == ["uncertain"]
    assert doubts(after) == ["not_assured"]


def test_another_prevalence_than_the_measured_one_leaves_every_grade_to_a_person(champion, tmp_path):
    rosy = tmp_path / "prevalence.yaml"
    rosy.write_text(DEFAULT_PREVALENCE.read_text().replace("swelling: 0.003", "swelling: 0.000001"))
    rules = Rulebook.read(champion.manifest, prevalence=rosy)
    assert rules.doubt(graded("A", 1.0))


def test_a_release_measured_with_an_operators_own_prevalence_is_assured_with_it(rules, tmp_path):
    own = tmp_path / "prevalence.yaml"
    own.write_text("{name: ours, version: '2026-10', source: audits, share: {crack: 0.11}}")
    files = {role: file.sha256 for role, file in Rulebook.read(prevalence=own).measured_with.items()}
    stated = {**STATED, "criteria": rules.house.sha256, "measured_with": files}
    assert Rulebook.read({"abstention": stated}, prevalence=own).assurance is not None
    assert Rulebook.read({"abstention": stated}).assurance is None


def test_a_length_without_its_doubt_counts_as_not_measured(rules):
    [defect] = rules.possible([scratch(finding(0, 0.9, 2.9, sd=None))], {})
    assert defect.length_mm is None


def test_fewer_places_than_a_grade_allows_defects_are_refused(monkeypatch, rules):
    """A label with 25 scratches kept 20 of them, the most that a B allows, and was a B."""
    few = rules.measuring.model_copy(update={"places_max": 20})
    monkeypatch.setattr("serving.condition.rulebook.read_measuring", lambda: few)
    with pytest.raises(InvalidFile, match="keep at least 31 places"):
        Rulebook.read()


def graded(grade, chance):
    return PackGrade(grade, {grade: chance}, "")


def test_a_grade_that_is_not_sure_enough_goes_to_a_person_with_a_code_and_what_to_do(rules):
    [reason] = assured(rules).doubt(graded("B", 0.5))
    assert reason.startswith("uncertain: grade B has probability 0.50, at least 0.8 is needed; ")
    assert "ask a person" in reason
    assert assured(rules).doubt(graded("B", 0.8)) == []
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
