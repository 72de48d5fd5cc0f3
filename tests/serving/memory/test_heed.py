"""A photo that was used for another return keeps everybody from being lenient, and so does found fraud."""

import pytest

from data.fraud import Action
from data.history import PriorOutcome
from data.memory.memory import Memory, SameBy, SamePhoto
from serving.memory.heed import heed
from tests.serving.clear_return import scored

REUSED = Memory(
    photos=(SamePhoto(0, "RMA-7", 2, SameBy.PIXELS), SamePhoto(1, "RMA-7", 0, SameBy.LIKENESS, 0.9))
)


@pytest.mark.parametrize(
    ("before", "after"),
    [(Action.RELEASE, Action.REVIEW), (Action.REVIEW, Action.REVIEW), (Action.HOLD, Action.HOLD)],
)
def test_a_photo_that_was_used_before_is_reviewed_at_the_least(before: Action, after: Action) -> None:
    found = heed(scored(before), REUSED)

    assert found.action is after
    assert found.probability == scored().probability
    assert found.reasons[0].code == "same_photo"
    assert found.reasons[0].text == (
        "The same photo was used for RMA RMA-7 (photo 1, there photo 3: the same pixels in another file) "
        "(asks for a review)"
    )


def test_the_customer_reads_nothing_of_it() -> None:
    assert "photo" not in heed(scored(), REUSED).reasons[0].customer_text
    assert "fraud" not in heed(scored(), Memory(outcome=PriorOutcome.FRAUD)).reasons[0].customer_text


def test_a_return_that_was_found_to_be_fraud_is_held() -> None:
    assert heed(scored(), Memory(outcome=PriorOutcome.FRAUD)).action is Action.HOLD
    assert heed(scored(), Memory(outcome=PriorOutcome.HONEST)) == scored()


@pytest.mark.parametrize("memory", [None, Memory(), Memory(orders_count=3)])
def test_what_is_no_reason_moves_nothing(memory: Memory | None) -> None:
    assert heed(scored(), memory) == scored()
