"""The directions of a grade: more damage, a surer or a longer one never improves the grade or its odds."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.defect import DefectKind
from data.device import Surface
from serving.condition.criteria import PossibleDefect, apply_pack, read_pack, read_standards

BOTH = frozenset({Surface.FRONT, Surface.BACK})
PACKS = (read_pack(), *read_standards())
EXACT = 1e-12
CHIP, SCRATCH = DefectKind.CHIP, DefectKind.SCRATCH

KINDS = [kind for kind in DefectKind if not kind.is_dirt]
lengths = st.floats(0.1, 60.0)
possible_defects = st.builds(
    PossibleDefect,
    kind=st.sampled_from(KINDS),
    surface=st.sampled_from(Surface),
    probability=st.floats(0.0, 1.0),
    length_mm=st.one_of(st.none(), lengths),
    length_sd_mm=st.one_of(st.just(0.0), st.floats(0.05, 5.0)),
    lengths_mm=st.lists(lengths, max_size=9).map(lambda drawn: tuple(sorted(drawn))),
)
# Few kinds and surfaces, so that defects meet in one group often.
crowded = st.builds(
    replace, possible_defects, kind=st.sampled_from([SCRATCH, CHIP]), surface=st.sampled_from([*BOTH])
)
sets = st.lists(st.one_of(possible_defects, crowded), max_size=14)
packs = st.sampled_from(PACKS)
sides = st.sampled_from([BOTH, frozenset({Surface.FRONT}), frozenset()])
spreads = st.sampled_from([0.0, 0.05, 0.3])


def assert_no_better(pack, before, after):
    """A device after something bad was added is graded no better, and no share of its odds moves up."""
    assert pack.rank[after.grade] >= pack.rank[before.grade]
    was = itertools.accumulate(before.probabilities.values())
    now = itertools.accumulate(after.probabilities.values())
    assert all(high <= low + EXACT for high, low in zip(now, was, strict=True))


@settings(max_examples=100)
@given(packs, sets, sides)
def test_no_better_grade_is_likelier_than_not(pack, possible, seen):
    graded = apply_pack(pack, possible, seen)
    rank = pack.rank[graded.grade]
    chances = list(itertools.accumulate(graded.probabilities.values()))
    assert chances[rank] >= 0.5 - 1e-6
    assert rank == 0 or chances[rank - 1] <= 0.5 + 1e-6
    assert graded.deciding_limit


@settings(max_examples=200)
@given(packs, sets, possible_defects, sides, spreads)
def test_more_damage_never_improves_grade_or_odds(pack, possible, more, seen, spread):
    before = apply_pack(pack, possible, seen, size_spread=spread)
    assert_no_better(pack, before, apply_pack(pack, [*possible, more], seen, size_spread=spread))


def assert_no_better_with(worse, index, pack, possible, seen, spread):
    """Hold that a worse defect in the place of another improves nothing."""
    changed = [*possible[:index], worse, *possible[index + 1 :]]
    before, after = (apply_pack(pack, each, seen, size_spread=spread) for each in (possible, changed))
    assert_no_better(pack, before, after)


@settings(max_examples=200)
@given(packs, sets.filter(bool), st.data(), sides, spreads)
def test_a_larger_probability_never_improves_grade_or_odds(pack, possible, data, seen, spread):
    index = data.draw(st.integers(0, len(possible) - 1))
    one = possible[index]
    surer = replace(one, probability=data.draw(st.floats(one.probability, 1.0)))
    assert_no_better_with(surer, index, pack, possible, seen, spread)


@settings(max_examples=200)
@given(packs, sets.filter(lambda all_: any(s.length_mm for s in all_)), st.data(), sides, spreads)
def test_a_longer_defect_never_improves_grade_or_odds(pack, possible, data, seen, spread):
    index = data.draw(st.sampled_from([i for i, s in enumerate(possible) if s.length_mm]))
    one = possible[index]
    longer = replace(one, length_mm=data.draw(st.floats(one.length_mm, 200.0)))
    assert_no_better_with(longer, index, pack, possible, seen, spread)


@settings(max_examples=200)
@given(packs, sets.filter(lambda all_: any(s.lengths_mm for s in all_)), st.data(), sides, spreads)
def test_longer_lengths_of_the_like_never_improve_grade_or_odds(pack, possible, data, seen, spread):
    index = data.draw(st.sampled_from([i for i, s in enumerate(possible) if s.lengths_mm]))
    one = replace(possible[index], length_mm=None)
    longer = tuple(sorted(data.draw(st.floats(each, 200.0)) for each in one.lengths_mm))
    rest = [*possible[:index], *possible[index + 1 :]]
    before = apply_pack(pack, [*rest, one], seen, size_spread=spread)
    after = apply_pack(pack, [*rest, replace(one, lengths_mm=longer)], seen, size_spread=spread)
    assert_no_better(pack, before, after)


@settings(max_examples=200)
@given(packs, sets.filter(lambda all_: any(s.lengths_mm for s in all_)), st.data(), sides, spreads)
def test_knowing_no_lengths_of_the_like_never_improves_grade_or_odds(pack, possible, data, seen, spread):
    """A suspicion that gets likely becomes damage of unknown size: it must not gain by that."""
    index = data.draw(st.sampled_from([i for i, s in enumerate(possible) if s.lengths_mm]))
    one = replace(possible[index], length_mm=None)
    likelier = data.draw(st.floats(one.probability, 1.0))
    rest = [*possible[:index], *possible[index + 1 :]]
    before = apply_pack(pack, [*rest, one], seen, size_spread=spread)
    unsized = replace(one, lengths_mm=(), probability=likelier)
    assert_no_better(pack, before, apply_pack(pack, [*rest, unsized], seen, size_spread=spread))


@settings(max_examples=200)
@given(packs, sets, st.sampled_from([frozenset(), *(frozenset({side}) for side in BOTH)]), spreads)
def test_a_missing_view_never_improves_grade_or_odds(pack, possible, seen, spread):
    whole = apply_pack(pack, possible, BOTH, size_spread=spread)
    assert_no_better(pack, whole, apply_pack(pack, possible, seen, size_spread=spread))


@settings(max_examples=100)
@given(packs, sets, st.randoms(use_true_random=False), sides, spreads)
def test_the_order_of_defects_changes_no_bit(pack, possible, random, seen, spread):
    shuffled = random.sample(possible, len(possible))
    first = apply_pack(pack, possible, seen, size_spread=spread)
    again = apply_pack(pack, shuffled, seen, size_spread=spread)
    assert (first.grade, first.probabilities) == (again.grade, again.probabilities)
    assert first.deciding_limit == again.deciding_limit


@settings(max_examples=200)
@given(packs, sets, sides, spreads)
def test_odds_are_chances_that_sum_to_one(pack, possible, seen, spread):
    odds = apply_pack(pack, possible, seen, size_spread=spread).probabilities
    assert list(odds) == list(pack.scale)
    assert all(0.0 <= chance <= 1.0 + EXACT for chance in odds.values())
    assert sum(odds.values()) == pytest.approx(1.0)
