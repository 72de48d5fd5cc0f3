"""Photos changed at random are read or refused: nothing else comes out, and no process dies of one."""

from itertools import islice

import pytest

from tests.fuzz.bounds import measure_bounds
from tests.fuzz.children import read_in_child
from tests.fuzz.mutants import mutants, whole_photos

SEED, COUNT = 15, 6_000


def test_the_photos_that_are_changed_are_whole_ones():
    for outcome in read_in_child(whole_photos().items()):
        assert (outcome.outcome, "part lost" in outcome.said) == ("read", False), outcome


def test_the_same_seed_makes_the_same_mutants():
    first, again = (list(islice(mutants(SEED), 60)) for _ in range(2))
    assert first == again
    assert len({mutant.body for mutant in first}) == 60


@pytest.mark.slow
def test_changed_photos_are_read_or_refused_within_bounds():
    bounds = measure_bounds()
    changed = ((mutant.name, mutant.body) for mutant in islice(mutants(SEED), COUNT))
    outcomes = list(read_in_child(changed))
    assert [
        o for o in outcomes if o.outcome not in {"read", "refused"} or not bounds.hold_for_reading(o)
    ] == []
    assert len(outcomes) == COUNT
    assert min(sum(o.outcome == kind for o in outcomes) for kind in ("read", "refused")) > COUNT / 10
