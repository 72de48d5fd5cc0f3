"""The criteria packs: which limit decides, and the odds over grades."""

import itertools
import math
from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data.defect import DefectKind, Grade
from data.device import Surface
from serving.condition.criteria import (
    BadPack,
    PossibleDefect,
    apply_pack,
    read_pack,
    read_prevalence,
    read_standards,
)
from serving.condition.criteria.pack import HOUSE_PACK, Zone
from serving.condition.criteria.prevalence import DEFAULT_PREVALENCE

BOTH = frozenset({Surface.FRONT, Surface.BACK})
PACKS = (read_pack(), *read_standards())
CHIP, CRACK, DENT, SCRATCH = DefectKind.CHIP, DefectKind.CRACK, DefectKind.DENT, DefectKind.SCRATCH


@pytest.fixture(scope="module")
def pack():
    return read_pack()


def found(kind, length_mm=None, probability=0.99, surface=Surface.FRONT, sd=0.0):
    return PossibleDefect(kind, surface, probability, length_mm, sd)


def test_a_clean_device_seen_from_both_sides_is_an_a(pack):
    graded = apply_pack(pack, [], BOTH)
    assert graded.grade == Grade.A
    assert graded.probabilities[Grade.A] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("kind", "length_mm", "surface", "grade"),
    [
        (SCRATCH, 2.0, Surface.FRONT, Grade.A),
        (SCRATCH, 4.2, Surface.FRONT, Grade.C),
        (SCRATCH, 4.2, Surface.BACK, Grade.B),
        (SCRATCH, 12.0, Surface.FRONT, Grade.D),
        (SCRATCH, 12.0, Surface.BACK, Grade.C),
        (SCRATCH, 18.0, Surface.LEFT, Grade.C),
        (SCRATCH, 30.0, Surface.LABEL, Grade.B),
        (SCRATCH, 30.0, Surface.FRONT, Grade.D),
        (SCRATCH, None, Surface.FRONT, Grade.C),
        (SCRATCH, 4.2, Surface.UNKNOWN, Grade.C),
        (CHIP, 1.5, Surface.FRONT, Grade.B),
        (CHIP, 4.0, Surface.TOP, Grade.C),
        (DENT, 0.8, Surface.BACK, Grade.B),
        (DENT, 1.8, Surface.BACK, Grade.C),
        (DENT, 1.8, Surface.LEFT, Grade.B),
        (CRACK, 2.0, Surface.FRONT, Grade.D),
        (CRACK, None, Surface.BACK, Grade.D),
        (DefectKind.BENT, None, Surface.LEFT, Grade.E),
        (DefectKind.DISPLAY_FAULT, 5.0, Surface.FRONT, Grade.E),
        (DefectKind.MISSING_PART, 3.0, Surface.BACK, Grade.E),
    ],
)
def test_one_defect_allows_no_better_than_its_limit(pack, kind, length_mm, surface, grade):
    assert apply_pack(pack, [found(kind, length_mm, surface=surface)], BOTH).grade == grade


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_the_display_is_judged_no_more_leniently_than_the_back_edges_and_label(pack):
    for kind, length_mm in itertools.product(pack.limits, (0.5, 1.5, 4.0, 12.0, 40.0, None)):
        ranks = {
            surface: pack.rank[apply_pack(pack, [found(kind, length_mm, surface=surface)], BOTH).grade]
            for surface in Surface
        }
        assert max(ranks.values()) == ranks[Surface.FRONT] == ranks[Surface.UNKNOWN], (kind, length_mm)


def test_the_deciding_limit_names_defect_size_and_grades(pack):
    text = apply_pack(pack, [found(SCRATCH, 4.2), found(SCRATCH, 1.0)], BOTH).deciding_limit
    assert text == "scratch 4.2 mm on front > 3 mm: C, not B"
    text = apply_pack(pack, [found(SCRATCH, 4.2, surface=Surface.BACK)], BOTH).deciding_limit
    assert text == "scratch 4.2 mm on back > 3 mm: B, not A"


@pytest.mark.parametrize(
    ("possible", "says"),
    [
        ([found(SCRATCH, 1.0)] * 6, "6 x scratch on front > 5: B, not A"),
        ([found(SCRATCH)], "scratch on front, size not measured: C at best"),
        ([found(CRACK, 9.0)], "crack on front (cracked glass or housing): D at best"),
        ([found(CHIP, 1.0, surface=Surface.UNKNOWN)], "chip 1.0 mm on an unknown side <= 2 mm: B"),
        (
            [found(SCRATCH, 60.0, 1.0), found(CRACK, 9.0, 0.95)],
            "crack on front (cracked glass or housing): D at best",
        ),
        ([found(SCRATCH, 60.0, 1.0), found(CRACK, 9.0, 0.6)], "scratch 60.0 mm on front > 7 mm: D, not C"),
        ([], "no limit reached: A"),
        ([found(SCRATCH, 2.0)], "scratch 2.0 mm on front <= 3 mm: A"),
        ([found(SCRATCH, 3.2, 0.55, sd=0.5)], "scratch 3.2 mm on front, perhaps <= 3 mm: A"),
        ([found(SCRATCH, 7.6, 0.67, sd=1.0)], "scratch 7.6 mm on front > 3 mm: C, not B"),
        (
            [found(SCRATCH, 2.9, surface=side, sd=0.8) for side in BOTH],
            "scratch 2.9 mm on back, perhaps > 3 mm: B, not A",
        ),
        (
            [found(SCRATCH, probability=0.4), found(CRACK, probability=0.3, surface=Surface.BACK)],
            "possible scratch on front at 40%, size not measured: C at best",
        ),
        (
            [found(DefectKind.BENT, probability=0.45), found(CHIP, 3.0, 0.3)],
            "possible bent on front at 45% (frame bent): C, not B",
        ),
    ],
)
def test_the_deciding_limit_says_what_it_was(pack, possible, says):
    assert apply_pack(pack, possible, BOTH).deciding_limit == says


def test_the_grade_is_the_best_that_the_device_more_likely_than_not_reaches(pack):
    doubts = [found(CRACK, probability=0.4), found(SCRATCH, 5.0, probability=0.3, surface=Surface.BACK)]
    graded = apply_pack(pack, doubts, BOTH)
    assert graded.probabilities[Grade.A] == pytest.approx(0.6 * 0.7)
    assert graded.probabilities[Grade.B] == pytest.approx(0.6 * 0.3)
    assert graded.grade == Grade.B


def test_what_was_not_seen_is_named(pack):
    assert apply_pack(pack, [], frozenset({Surface.FRONT})).deciding_limit == "back not seen: B at best"


@pytest.mark.parametrize(
    ("name", "possible", "grade"),
    [
        ("ctia_like", [], "A"),
        ("ctia_like", [found(SCRATCH, 8.0)], "C"),
        ("ctia_like", [found(CRACK, 8.0)], "D"),
        ("r2_cosmetic", [], "C6"),
        ("r2_cosmetic", [found(SCRATCH, 20.0)], "C3"),
        ("r2_cosmetic", [found(CRACK, 20.0)], "C2"),
        ("r2_cosmetic", [found(DefectKind.BENT)], "C1"),
        ("viewing_distance", [], "unseen_at_20_cm"),
        ("viewing_distance", [found(SCRATCH, 1.5)], "unseen_at_30_cm"),
        ("viewing_distance", [found(SCRATCH, 2.5)], "unseen_at_50_cm"),
        ("viewing_distance", [found(SCRATCH, 4.0)], "seen_at_50_cm"),
        ("viewing_distance", [found(CRACK)], "broken"),
    ],
)
def test_other_scales_grade_the_same_defects(name, possible, grade):
    [pack] = [pack for pack in PACKS if pack.name == name]
    assert apply_pack(pack, possible, BOTH).grade == grade


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
@pytest.mark.parametrize("seen", [BOTH, frozenset({Surface.FRONT})], ids=["both", "front"])
@pytest.mark.parametrize("length_mm", [None, 0.4, 1.5, 2.5, 4.0, 80.0])
def test_what_decided_is_said_without_codes_and_against_no_double_negation(pack, seen, length_mm):
    for kind in [kind for kind in DefectKind if not kind.is_dirt]:
        text = apply_pack(pack, [found(kind, length_mm)], seen).deciding_limit

        assert "_" not in text
        assert "not unseen" not in text


def test_the_lengths_of_the_viewing_distances_follow_from_their_angles():
    [pack] = [pack for pack in PACKS if pack.name == "viewing_distance"]
    for kind, minutes in ((SCRATCH, 20), (CHIP, 10)):
        for step, distance_mm in zip(pack.limits[kind].of(Zone.FRONT).steps, (200, 300, 500), strict=True):
            length_mm = 2 * distance_mm * math.tan(math.radians(minutes / 60) / 2)
            assert step.up_to_mm == pytest.approx(length_mm, abs=0.06)


def test_every_r2_code_is_explained():
    [pack] = [pack for pack in PACKS if pack.name == "r2_cosmetic"]
    assert {*pack.codes, *pack.not_from_photos} == {f"C{number}" for number in range(10)}
    assert set(pack.codes) == set(pack.scale)


@pytest.mark.parametrize(("count", "grade"), [(5, Grade.A), (6, Grade.B), (10, Grade.B), (11, Grade.D)])
def test_more_scratches_than_a_step_allows_cost_a_grade(pack, count, grade):
    assert apply_pack(pack, [found(SCRATCH, 1.0)] * count, BOTH).grade == grade


def test_scratches_are_counted_a_surface(pack):
    both_sides = [found(SCRATCH, 1.0, surface=side) for side in BOTH for _ in range(5)]
    assert apply_pack(pack, both_sides, BOTH).grade == Grade.A


def test_dirt_is_no_damage(pack):
    assert apply_pack(pack, [found(DefectKind.OIL), found(DefectKind.DUST)], BOTH).grade == Grade.A


def test_odds_follow_from_the_defects_probabilities(pack):
    possible = [found(CRACK, probability=0.7), found(DefectKind.BENT, probability=0.2)]
    odds = apply_pack(pack, possible, BOTH).probabilities
    assert odds[Grade.E] == pytest.approx(0.2)
    assert odds[Grade.D] == pytest.approx(0.8 * 0.7)
    assert odds[Grade.A] == pytest.approx(0.8 * 0.3)
    assert sum(odds.values()) == pytest.approx(1.0)


def test_odds_follow_from_the_doubt_of_a_length(pack):
    odds = apply_pack(pack, [found(SCRATCH, 3.0, probability=1.0, sd=2.0)], BOTH).probabilities
    assert odds[Grade.A] == pytest.approx(0.5)
    assert odds[Grade.C] == pytest.approx(0.5 * math.erf(2.0 / math.sqrt(2.0)))


def test_odds_follow_from_the_doubt_of_a_count(pack):
    """Six scratches, the last one there with 0.3 only: six make a B, five an A."""
    scratches = [found(SCRATCH, 1.0, probability=1.0)] * 5 + [found(SCRATCH, 1.0, probability=0.3)]
    odds = apply_pack(pack, scratches, BOTH).probabilities
    assert odds[Grade.A] == pytest.approx(0.7)
    assert odds[Grade.B] == pytest.approx(0.3)


def test_a_device_larger_than_assumed_makes_all_its_scratches_longer_together(pack):
    """Twenty scratches just under a limit: as independent doubts they would nearly surely break it."""
    many = [found(CHIP, 1.9, probability=1.0, surface=Surface.BACK)] * 10
    together = apply_pack(pack, many, BOTH, size_spread=0.1).probabilities[Grade.B]
    apart = apply_pack(pack, [replace(one, length_sd_mm=0.19) for one in many], BOTH).probabilities[Grade.B]
    assert together > 0.5
    assert apart < 0.1


def test_pieces_of_one_defect_are_not_counted_as_independent_evidence(pack):
    pieces = [found(DefectKind.DISPLAY_FAULT, probability=0.55)] * 6
    assert apply_pack(pack, pieces, BOTH).probabilities[Grade.E] == pytest.approx(0.55)


def test_a_suspicion_moves_the_odds_but_not_the_grade(pack):
    faint = PossibleDefect(CRACK, Surface.FRONT, 0.3, None)
    graded = apply_pack(pack, [faint], BOTH)
    assert graded.grade == Grade.A
    assert graded.probabilities[Grade.D] == pytest.approx(0.3)


def test_a_prevalence_moves_odds_by_the_ratio_of_the_mixes():
    prevalence = read_prevalence()
    odds = (0.5 / 0.5) * (prevalence.share[CRACK] / (1 - prevalence.share[CRACK])) / (0.4 / 0.6)
    assert prevalence.shifted(CRACK, 0.5, {CRACK: 0.4}) == pytest.approx(odds / (1 + odds))


def test_without_a_base_rate_nothing_is_moved():
    assert read_prevalence().shifted(CRACK, 0.5, {}) == 0.5
    assert read_prevalence().shifted(DefectKind.OIL, 0.5, {DefectKind.OIL: 0.2}) == 0.5


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 0.99))
def test_a_moved_probability_keeps_its_order(one, other, base_rate):
    prevalence = read_prevalence()
    low, high = (prevalence.shifted(SCRATCH, p, {SCRATCH: base_rate}) for p in sorted((one, other)))
    assert 0.0 <= low <= high <= 1.0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda pack: pack["limits"].pop("dent"), "dent"),
        (lambda pack: pack["limits"]["crack"]["otherwise"].update(beyond="F"), "crack.*F.*the scale has A"),
        (lambda pack: pack["limits"]["chip"]["front"]["steps"].reverse(), "at least the length"),
        (
            lambda pack: pack["limits"]["chip"]["front"].update(beyond="A"),
            "from the best grade to the worst",
        ),
        (lambda pack: pack["limits"]["chip"]["front"].update(unmeasured="E"), "unmeasured"),
        (lambda pack: pack["unseen"]["risk"].update(B=1.5), "at most 1"),
        (lambda pack: pack.update(scale=["A", "B"]), "fixed"),
        (lambda pack: pack.update(surprise=1), "surprise"),
    ],
)
def test_a_wrong_pack_is_refused_naming_the_entry(tmp_path, change, says):
    entries = yaml.safe_load(HOUSE_PACK.read_text(encoding="utf-8"))
    change(entries)
    path = tmp_path / "pack.yaml"
    path.write_text(yaml.safe_dump(entries), encoding="utf-8")
    with pytest.raises(BadPack, match=says):
        read_pack(path)


@pytest.mark.parametrize(("body", "says"), [("a: [", "not YAML"), ("- 1", "no mapping")])
def test_a_pack_that_is_no_mapping_is_refused(tmp_path, body, says):
    path = tmp_path / "pack.yaml"
    path.write_text(body, encoding="utf-8")
    with pytest.raises(BadPack, match=says):
        read_pack(path)


def test_a_pack_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadPack, match="give the path of a file"):
        read_pack(tmp_path / "none.yaml")


def test_a_prevalence_of_one_is_refused(tmp_path):
    entries = yaml.safe_load(DEFAULT_PREVALENCE.read_text(encoding="utf-8"))
    entries["share"]["crack"] = 1.0
    path = tmp_path / "prevalence.yaml"
    path.write_text(yaml.safe_dump(entries), encoding="utf-8")
    with pytest.raises(ValueError, match="crack"):
        read_prevalence(path)
