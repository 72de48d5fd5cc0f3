"""Decisions are drawn for audits, and people may choose otherwise: two of them where much is at stake."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from data.decision import Disposition
from serving.pipeline import DecisionRequest, Pipeline
from serving.record.audit_draw import draw_for_audit, unpredictable
from serving.record.desk.desk_claims import ClaimRequest
from serving.record.desk.review_queue import QueueFilter
from serving.record.errors import Claimed, WrongAtDesk
from serving.record.override import OverrideRefused
from serving.record.tables import DECISIONS
from tests.serving.clear_return import clear_case
from tests.serving.pipeline.fake_models import FRONT, MOMENT, FakeGrader, choose


def drawn(pipeline: Pipeline) -> list[tuple[float | None, bool | None]]:
    columns = (DECISIONS.c.audit_probability, DECISIONS.c.is_drawn)
    with pipeline.record.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(DECISIONS.c.sequence))]


def test_a_decision_is_drawn_before_any_model_has_seen_it_and_a_retry_not_again(
    pipeline: Pipeline, grader: FakeGrader
) -> None:
    asked_at: list[int] = []

    def chance() -> float:
        asked_at.append(len(grader.asked))
        return 0.0199

    pipeline = replace(pipeline, chance=chance)
    asked = DecisionRequest(clear_case(), (FRONT,), None, "key")
    first, again = pipeline.decide(asked), pipeline.decide(asked)

    assert asked_at == [0]
    assert again.is_replay
    assert drawn(pipeline) == [(0.02, True)]
    assert first.kept.decision.disposition is Disposition.RESTOCK, "the draw moves nothing"
    assert "audit" not in str(vars(first.kept.decision))


def test_what_is_not_drawn_keeps_its_probability_too(pipeline: Pipeline) -> None:
    pipeline = replace(pipeline, chance=lambda: 0.02)

    pipeline.decide(DecisionRequest(clear_case(), (FRONT,)))

    assert drawn(pipeline) == [(0.02, False)]


def test_about_two_in_a_hundred_of_10_000_are_drawn_whatever_was_drawn_before() -> None:
    draws = [draw_for_audit(0.02, unpredictable).is_drawn for _ in range(10_000)]

    # 200 expected, standard deviation 14: six of them either way, one run in a billion.
    assert 116 <= sum(draws) <= 284
    pairs = sum(one and other for one, other in pairwise(draws))
    assert pairs <= 30, "4 expected"


def test_a_return_of_high_value_is_overridden_by_two_people(pipeline: Pipeline) -> None:
    case = clear_case(value={"amount": 2000.01, "currency": "CAD"})
    decision_id = pipeline.decide(DecisionRequest(case, (FRONT,))).kept.decision.decision_id

    for alone in ({}, {"second_person": "AN\u00c1"}):
        with pytest.raises(OverrideRefused, match=r"worth CAD 2000.01, and above CAD 2000.00"):
            pipeline.override(decision_id, choose("repair", **alone))
    kept = pipeline.override(
        decision_id, choose("repair", second_person="Bo", reason_code="cost_or_capacity")
    )

    assert [(each.second_person, each.reason_code) for each in kept.overrides] == [("Bo", "cost_or_capacity")]
    with pytest.raises(WrongAtDesk, match="'mood' is not one of"):
        pipeline.override(decision_id, choose("repair", second_person="Bo", reason_code="mood"))


@pytest.mark.parametrize("second", ["ANA", "\u0430na", "a na", "\uff41\uff4e\uff41", "an\u3164a", "\u00e1na"])
def test_destroying_takes_two_people_and_not_two_spellings(second: str) -> None:
    with pytest.raises(ValueError, match="two different people"):
        choose("destroy", second_person=second)


def test_who_has_claimed_a_device_is_the_one_who_overrides_it(pipeline: Pipeline) -> None:
    decision_id = pipeline.decide(DecisionRequest(clear_case(), (FRONT,))).kept.decision.decision_id
    pipeline.desk.claim(decision_id, ClaimRequest(person="Bo"))

    with pytest.raises(Claimed, match="Bo works on decision"):
        pipeline.override(decision_id, choose("repair"))

    assert pipeline.override(decision_id, choose("repair", second_person="bo")).overrides
    assert pipeline.override(decision_id, choose("repair", person="Bo")).overrides
    later = replace(pipeline, clock=lambda: MOMENT + timedelta(minutes=31))
    assert later.override(decision_id, choose("repair")).overrides


def test_what_is_worth_much_or_nearly_was_held_is_looked_at(pipeline: Pipeline) -> None:
    # Photos of the fakes are all one picture, which the record would know again.
    pipeline = replace(pipeline, remembers=False)
    for number, amount in enumerate((1400, 1600)):
        case = clear_case(rma_id=f"RMA-{number}", value={"amount": amount, "currency": "CAD"})
        pipeline.decide(DecisionRequest(case, (FRONT,)))

    [row] = pipeline.desk.queue.page(QueueFilter(holds_only=False), limit=9).rows

    assert (row["rma_id"], row["reasons"], row["amount"]) == ("RMA-1", ["above_value"], 1600.0)
