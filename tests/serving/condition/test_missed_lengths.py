"""How long damage is that no photo reports: as a release states, and never a gain where it states nothing."""

from dataclasses import replace
from itertools import accumulate, pairwise

import pytest

from data.defect import DefectKind, Grade
from data.device import DeviceClass, Surface
from data.versioned_file import InvalidFile
from serving.condition.combine_views import Chance
from serving.condition.criteria import PossibleDefect, apply_pack, read_pack
from serving.condition.criteria.missed_lengths import MissedLengths, read_missed_lengths
from serving.condition.device_defect import DeviceDefect
from serving.condition.model import ConditionModel
from serving.condition.regrade import NotRegraded, Regrader, rules_of
from serving.condition.rulebook import Rulebook
from serving.demo.returns import shipped_returns
from serving.release import open_release
from tests.serving.condition.test_rulebook import finding, scratch

CHIP, CRACK, DENT = DefectKind.CHIP, DefectKind.CRACK, DefectKind.DENT
SCRATCH, SWELLING = DefectKind.SCRATCH, DefectKind.SWELLING
BOTH = frozenset({Surface.FRONT, Surface.BACK})
LENGTHS = (0.5, 1.0, 2.0, 5.0)
STATING = {"missed_lengths_mm": {SCRATCH: list(LENGTHS)}, "thresholds": {SCRATCH: 0.4, CRACK: 0.4}}

MODEL_8 = {"A": 0.35822216790886, "B": 0.0, "C": 0.6256738028809679, "D": 0.016104029210172177, "E": 0.0}
MODEL_8_LIMIT = "possible scratch on front at 39%, size not measured: C at best"


@pytest.fixture(scope="module")
def model_8():
    return open_release("condition", version="8")


def perhaps(kind, probability, lengths_mm=(1.0, 2.0, 4.0, 8.0), surface=Surface.FRONT):
    return PossibleDefect(kind, surface, probability, None, lengths_mm=lengths_mm)


@pytest.fixture(scope="module")
def pack():
    return read_pack()


@pytest.mark.parametrize(
    ("surface", "shares"),
    [
        (Surface.FRONT, {"A": 0.8 + 0.2 * 0.5, "B": 0.0, "C": 0.2 * 0.5}),
        (Surface.BACK, {"A": 0.8 + 0.2 * 0.5, "B": 0.2 * 0.25, "C": 0.2 * 0.25}),
        (Surface.LABEL, {"A": 1.0, "B": 0.0, "C": 0.0}),
    ],
)
def test_odds_follow_from_the_lengths_of_the_like(pack, surface, shares):
    """Of 1, 2, 4 and 8 mm two keep to the 3 mm of an A; at worst the pack admits what has no size to a C."""
    odds = apply_pack(pack, [perhaps(SCRATCH, 0.2, surface=surface)], BOTH).probabilities
    assert {grade: odds[grade] for grade in shares} == pytest.approx(shares)
    assert odds[Grade.D] == odds[Grade.E] == 0.0


def test_the_doubt_of_the_devices_size_makes_lengths_of_the_like_doubtful_too(pack):
    at_the_limit = [perhaps(SCRATCH, 1.0, (2.9,))]
    odds = apply_pack(pack, at_the_limit, BOTH, size_spread=0.3).probabilities
    assert 0.3 < odds[Grade.A] < 0.9
    assert apply_pack(pack, at_the_limit, BOTH).probabilities[Grade.A] == 1.0


def test_a_length_that_was_measured_counts_alone(pack):
    measured = replace(perhaps(SCRATCH, 1.0, (0.1,)), length_mm=4.0)
    assert apply_pack(pack, [measured], BOTH) == apply_pack(pack, [replace(measured, lengths_mm=())], BOTH)


def test_six_that_are_short_still_count_six(pack):
    assert apply_pack(pack, [perhaps(SCRATCH, 0.9, (1.0,))] * 6, BOTH).grade == Grade.B


def test_damage_that_no_length_allows_stays_what_it_is(pack):
    assert apply_pack(pack, [perhaps(CRACK, 0.7, (0.1,))], BOTH).grade == Grade.D


@pytest.mark.parametrize(
    ("possible", "says"),
    [
        (
            [perhaps(SCRATCH, 0.49, (4.0, 5.0)), perhaps(CRACK, 0.3, surface=Surface.BACK)],
            "possible scratch on front at 49%, perhaps > 3 mm: C, not B",
        ),
        (
            [perhaps(CHIP, 0.45), perhaps(SCRATCH, 0.3)],
            "possible chip on front at 45%, perhaps <= 2 mm: B",
        ),
        ([perhaps(SCRATCH, 0.6, (1.0, 2.0))], "scratch on front, perhaps <= 3 mm: A"),
        ([perhaps(SCRATCH, 0.5, ())], "scratch on front, perhaps <= 3 mm: A"),
    ],
)
def test_the_deciding_limit_names_no_length_that_was_not_measured(pack, possible, says):
    assert apply_pack(pack, possible, BOTH).deciding_limit == says


def suspected(manifest, chance, kind=SCRATCH, defects=()):
    """Return what may be there of one kind on a front, by a release's manifest."""
    return Rulebook.read(manifest).possible(defects, {Surface.FRONT: {kind: chance}})


def test_a_suspicion_is_as_long_as_what_the_release_missed():
    assert suspected(STATING, Chance.sole(0.3)) == [
        PossibleDefect(SCRATCH, Surface.FRONT, 0.3, None, lengths_mm=LENGTHS)
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"missed_lengths_mm": {}},
        {"missed_lengths_mm": {CHIP: list(LENGTHS)}},
        {"missed_lengths_mm": {SCRATCH: []}},
        {"thresholds": {}},
    ],
)
def test_a_suspicion_whose_lengths_are_not_stated_has_no_size(changes):
    [one] = suspected({**STATING, **changes}, Chance.sole(0.3))
    assert one.is_unsized


def test_nothing_is_said_of_how_long_a_swelling_is():
    stated = {"missed_lengths_mm": {SWELLING: [1.0]}, "thresholds": {SWELLING: 0.4}}
    [one] = suspected(stated, Chance.sole(0.3), SWELLING)
    assert one.is_unsized


@pytest.mark.parametrize(("highest", "is_missed"), [(0.39, True), (0.4, False), (0.9, False)])
def test_what_a_photo_passed_the_threshold_with_was_not_missed(highest, is_missed):
    [one] = suspected(STATING, Chance(highest, 0.3))
    assert one.is_unsized is not is_missed


def test_what_is_reported_without_a_size_stays_without():
    reported = scratch(finding(0, 0.45, None, None))
    [one] = suspected(STATING, Chance.sole(0.45), defects=[reported])
    assert one.is_unsized


def test_a_likely_suspicion_is_damage_of_unknown_size_and_asks_for_a_photo():
    rules = Rulebook.read({**STATING, "thresholds": {SCRATCH: 0.9}})
    for probability, is_asked in ((0.49, False), (0.5, True), (0.8, True)):
        possible = rules.possible([], {Surface.FRONT: {SCRATCH: Chance.sole(probability)}})
        graded, _ = rules.grade(possible, BOTH, size_spread=0.0)
        assert possible[0].is_unsized is is_asked
        assert bool(rules.unmeasured(graded, possible)) is is_asked


@pytest.mark.parametrize("lengths", [(0.5, 1.0), (2.0, 9.0), (90.0,), ()])
@pytest.mark.parametrize("threshold", [0.3, 0.49, 0.9])
@pytest.mark.parametrize("surface", [Surface.FRONT, Surface.BACK, Surface.UNKNOWN])
@pytest.mark.parametrize("base_rate", [{}, {SCRATCH: 0.1}, {SCRATCH: 0.4}])
def test_a_surer_photo_never_improves_the_odds(lengths, threshold, surface, base_rate):
    """Up to where it is likely, or reported: then it has no size, and a pack admits that to some grade."""
    manifest = {
        "missed_lengths_mm": {SCRATCH: list(lengths)},
        "thresholds": {SCRATCH: threshold},
        "base_rate": base_rate,
    }
    rules = Rulebook.read(manifest)

    def odds(probability):
        """Return the chance of each grade or better on every scale, by how sure one photo is."""
        is_reported = probability >= threshold
        unsized = replace(finding(0, probability, None, None), surface=surface)
        defects = [DeviceDefect("scratch-1", SCRATCH, surface, (unsized,))] if is_reported else []
        possible = rules.possible(defects, {surface: {SCRATCH: Chance.sole(probability)}})
        packs = (rules.house, *rules.standards)
        graded = [apply_pack(pack, possible, BOTH, size_spread=0.05) for pack in packs]
        return [list(accumulate(one.probabilities.values())) for one in graded]

    # Below, no base rate known, a faint probability is none.
    for fainter, surer in pairwise(odds(0.2 + step * 0.03) for step in range(26)):
        for was, now in zip(fainter, surer, strict=True):
            assert all(after <= before + 1e-12 for before, after in zip(was, now, strict=True))


def test_short_lengths_leave_a_suspicion_an_a_that_no_size_took():
    def chance_of_a(manifest):
        rules = Rulebook.read(manifest)
        possible = rules.possible([], {Surface.FRONT: {SCRATCH: Chance.sole(0.3)}})
        return rules.grade(possible, BOTH, size_spread=0.0)[0].probabilities["A"]

    assert chance_of_a({}) == pytest.approx(0.7)
    assert chance_of_a(STATING) == pytest.approx(0.7 + 0.3 * 0.75)


def test_a_manifest_is_read_by_kind():
    assert read_missed_lengths({}) == {}
    assert read_missed_lengths(STATING) == {SCRATCH: MissedLengths(0.4, LENGTHS)}


@pytest.mark.parametrize("lengths", [[2.0, 1.0], [-1.0, 1.0], [1.0, float("inf")], [float("nan")]])
def test_lengths_that_are_none_are_refused(lengths):
    with pytest.raises(InvalidFile, match="missed_lengths_mm of scratch"):
        read_missed_lengths({**STATING, "missed_lengths_mm": {SCRATCH: lengths}})


def test_model_8_states_no_lengths_and_grades_as_before(model_8):
    """The odds were written down before lengths could be stated."""
    rules = Rulebook.read(model_8.manifest)
    chances = {
        Surface.FRONT: {SCRATCH: Chance.sole(0.3), CHIP: Chance.sole(0.2), CRACK: Chance.sole(0.05)},
        Surface.BACK: {SCRATCH: Chance(0.45, 0.2), DENT: Chance.sole(0.15)},
    }
    possible = rules.possible([], chances)
    graded, _ = rules.grade(possible, BOTH, size_spread=0.03)

    assert all(one == PossibleDefect(one.kind, one.surface, one.probability, None) for one in possible)
    assert graded.probabilities == pytest.approx(MODEL_8, abs=1e-12)
    assert graded.deciding_limit == MODEL_8_LIMIT


def test_a_kept_condition_is_graded_again_by_the_lengths_that_decided(model_8):
    manifest = {**model_8.manifest, "missed_lengths_mm": {SCRATCH: list(LENGTHS), CHIP: list(LENGTHS)}}
    intact = [photo.path.read_bytes() for photo in shipped_returns()[0].photos]
    model = ConditionModel.open(model_8, rulebook=Rulebook.read(manifest))
    kept = model.grade(intact, device_class=DeviceClass.PHONE)
    pack = read_pack()

    def again(stated):
        regrader = Regrader(rules_of(stated, Rulebook.read()), {pack.sha256: pack})
        return regrader.regrade(kept, pack, device_class=DeviceClass.PHONE, sku=None)

    assert again(manifest).grade_probabilities == pytest.approx(kept.grade_probabilities, abs=1e-9)
    with pytest.raises(NotRegraded, match="odds up to"):
        again(model_8.manifest)
