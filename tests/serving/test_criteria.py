"""The criteria pack: which limit decides, and the odds over grades."""

import itertools

import pytest
import yaml

from data.defect import DefectKind, Grade
from data.device import Surface
from serving.criteria import BadPack, Suspect, judge, read_pack
from serving.criteria.pack import HOUSE_PACK

BOTH = frozenset({Surface.FRONT, Surface.BACK})


@pytest.fixture(scope="module")
def pack():
    return read_pack()


def found(kind, length_mm=None, probability=0.99, surface=Surface.FRONT):
    return Suspect(kind, surface, probability, length_mm, True)


def test_a_clean_device_seen_from_both_sides_is_an_a(pack):
    verdict = judge(pack, [], BOTH)
    assert verdict.grade is Grade.A
    assert verdict.probabilities[Grade.A] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("kind", "length_mm", "grade"),
    [
        (DefectKind.SCRATCH, 2.0, Grade.A),
        (DefectKind.SCRATCH, 4.2, Grade.C),
        (DefectKind.SCRATCH, 30.0, Grade.D),
        (DefectKind.SCRATCH, None, Grade.C),
        (DefectKind.CHIP, 1.5, Grade.B),
        (DefectKind.CHIP, 4.0, Grade.C),
        (DefectKind.DENT, 0.8, Grade.B),
        (DefectKind.CRACK, 2.0, Grade.D),
        (DefectKind.CRACK, None, Grade.D),
        (DefectKind.BENT, None, Grade.E),
        (DefectKind.DISPLAY_FAULT, 5.0, Grade.E),
        (DefectKind.MISSING_PART, 3.0, Grade.E),
    ],
)
def test_one_defect_allows_no_better_than_its_limit(pack, kind, length_mm, grade):
    assert judge(pack, [found(kind, length_mm)], BOTH).grade is grade


def test_the_deciding_limit_names_defect_size_and_grades(pack):
    text = judge(pack, [found(DefectKind.SCRATCH, 4.2), found(DefectKind.SCRATCH, 1.0)], BOTH).deciding_limit
    assert text == "scratch on front 4.2 mm > 3 mm: C, not B"


@pytest.mark.parametrize(("count", "grade"), [(5, Grade.A), (6, Grade.B), (10, Grade.B), (11, Grade.D)])
def test_more_scratches_than_a_step_allows_cost_a_grade(pack, count, grade):
    assert judge(pack, [found(DefectKind.SCRATCH, 1.0)] * count, BOTH).grade is grade


def test_scratches_are_counted_a_surface(pack):
    both_sides = [found(DefectKind.SCRATCH, 1.0, surface=side) for side in BOTH for _ in range(5)]
    assert judge(pack, both_sides, BOTH).grade is Grade.A


def test_a_missing_view_never_improves_a_grade(pack):
    kinds = [None, DefectKind.SCRATCH, DefectKind.CHIP, DefectKind.CRACK, DefectKind.BENT]
    for kind, length in itertools.product(kinds, [None, 1.0, 4.0, 12.0]):
        suspects = [found(kind, length)] if kind else []
        whole = judge(pack, suspects, BOTH)
        for seen in (frozenset(), frozenset({Surface.FRONT}), frozenset({Surface.BACK})):
            assert judge(pack, suspects, seen).grade.rank >= whole.grade.rank


def test_dirt_is_no_damage(pack):
    assert judge(pack, [found(DefectKind.OIL), found(DefectKind.DUST)], BOTH).grade is Grade.A


def test_odds_follow_from_the_defects_probabilities(pack):
    suspects = [found(DefectKind.CRACK, probability=0.7), found(DefectKind.BENT, probability=0.2)]
    odds = judge(pack, suspects, BOTH).probabilities
    assert odds[Grade.E] == pytest.approx(0.2)
    assert odds[Grade.D] == pytest.approx(0.8 * 0.7)
    assert odds[Grade.A] == pytest.approx(0.8 * 0.3)
    assert sum(odds.values()) == pytest.approx(1.0)


def test_pieces_of_one_defect_are_not_counted_as_independent_evidence(pack):
    pieces = [found(DefectKind.DISPLAY_FAULT, probability=0.55)] * 6
    assert judge(pack, pieces, BOTH).probabilities[Grade.E] == pytest.approx(0.55)


def test_a_suspicion_moves_the_odds_but_not_the_grade(pack):
    faint = Suspect(DefectKind.CRACK, Surface.FRONT, 0.3, None, False)
    verdict = judge(pack, [faint], BOTH)
    assert verdict.grade is Grade.A
    assert verdict.probabilities[Grade.D] == pytest.approx(0.3)


def test_the_base_rate_is_no_suspicion(pack):
    noise = [Suspect(kind, Surface.FRONT, 0.1, None, False) for kind in DefectKind]
    assert judge(pack, noise, BOTH).probabilities[Grade.A] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda pack: pack["limits"].pop("dent"), "dent"),
        (lambda pack: pack["limits"]["crack"].update(beyond="F"), "beyond"),
        (lambda pack: pack["limits"]["chip"]["steps"].reverse(), "best grade to the worst"),
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
