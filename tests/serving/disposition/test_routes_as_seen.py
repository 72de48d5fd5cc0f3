"""A grade as far as seen opens no way that the grade of the whole device would close."""

from dataclasses import replace

import pytest

from data.decision import Disposition
from serving.disposition.decide import dispose
from tests.serving.disposition.safety_rules import AS_SEEN, GRADES, Facts
from tests.serving.disposition.test_every_route import GOOD_AND_UNKNOWN_BENCH, POLICIES, every, left_open


@pytest.mark.parametrize("policy_name", ["shipped", "sites abroad"])
def test_a_grade_as_far_as_seen_leaves_no_more_open_than_the_grade_of_the_whole(
    policy_name: str,
) -> None:
    policy, lenient = POLICIES[policy_name], list[object]()
    for facts in every({"photos": tuple(GRADES), "as_seen": tuple(AS_SEEN), **GOOD_AND_UNKNOWN_BENCH}):
        more = left_open(facts.evidence(), policy) - left_open(
            replace(facts, as_seen="whole").evidence(), policy
        )
        if more:
            lenient.append((facts, more))

    assert lenient[:3] == []


def test_a_face_that_was_not_seen_leaves_refurbishing_open() -> None:
    """A walk over as-seen grades that close everything would prove nothing."""
    choices = {
        seen: dispose(Facts(country="US", as_seen=seen).evidence(), POLICIES["shipped"]) for seen in AS_SEEN
    }

    assert {seen: choice.disposition for seen, choice in choices.items()} == {
        "whole": Disposition.RESTOCK,
        "front": Disposition.REFURBISH,
        "back": Disposition.REFURBISH,
        "edges": Disposition.REFURBISH,
        "both": Disposition.RESTOCK,
        "with a person": Disposition.QUARANTINE,
    }
