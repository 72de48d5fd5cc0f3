"""What the record knew of a return decides with it, and its photos are known again."""

from dataclasses import replace

import pytest

from data.case import parse_case
from data.decision import Disposition
from data.fraud import Action
from data.verification import BatterySign
from serving.memory.merge import with_memory
from serving.pipeline import DecisionRequest, Pipeline
from serving.record.errors import UnusableRecord
from serving.record.record import Record
from serving.record.returns.fact import FactsRequest
from tests.serving.clear_return import VERIFICATION, clear_case
from tests.serving.pipeline.fake_models import FRONT


def test_a_photo_that_another_return_was_decided_by_is_looked_at_by_a_person(pipeline: Pipeline) -> None:
    pipeline.decide(DecisionRequest(clear_case(rma_id="RMA-1"), (FRONT,)))

    decision = pipeline.decide(DecisionRequest(clear_case(rma_id="RMA-2"), (FRONT,))).kept.decision

    assert decision.disposition is Disposition.QUARANTINE
    assert decision.decided_by == "gate:fraud"
    assert "The same photo was used for RMA RMA-1 (photo 1, there photo 1: the same file)" in decision.because
    assert decision.fraud.action is Action.REVIEW
    assert decision.memory is not None
    assert decision.memory.reused_for == ("RMA-1",)


def test_the_same_return_may_show_its_photo_again(pipeline: Pipeline) -> None:
    for _ in range(2):
        decision = pipeline.decide(DecisionRequest(clear_case(), (FRONT,))).kept.decision
        assert (decision.disposition, decision.memory) == (Disposition.RESTOCK, None)


def test_a_retried_request_gets_its_own_decision_whatever_was_decided_since(pipeline: Pipeline) -> None:
    first = pipeline.decide(DecisionRequest(clear_case(rma_id="RMA-1"), (FRONT,), None, "key"))
    pipeline.decide(DecisionRequest(clear_case(rma_id="RMA-2"), (FRONT,)))

    assert (
        pipeline.decide(DecisionRequest(clear_case(rma_id="RMA-1"), (FRONT,), None, "key")).kept == first.kept
    )


def test_what_the_bench_found_later_decides_the_next_time(pipeline: Pipeline) -> None:
    sent = clear_case()
    unverified = sent.model_copy(update={"verification": None})
    pipeline.decide(DecisionRequest(unverified, (FRONT,)))
    found = FactsRequest.model_validate(
        {"facts": [{"kind": "verification", "verification": {**VERIFICATION, "battery_signs": ["leak"]}}]}
    )
    pipeline.add_facts("RMA-1", found.facts)

    kept = pipeline.decide(DecisionRequest(unverified, (FRONT,))).kept

    assert kept.decision.decided_by == "gate:battery"
    assert kept.case["verification"] is None
    case = with_memory(parse_case(kept.case), kept.decision.memory)
    assert case.verification is not None
    assert case.verification.battery_signs == {BatterySign.LEAK}


def test_a_return_is_not_decided_where_the_record_can_not_be_asked(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise UnusableRecord("it did not answer in time")

    monkeypatch.setattr(Record, "recall", fail)
    with pytest.raises(UnusableRecord):
        pipeline.decide(DecisionRequest(clear_case(), (FRONT,)))
    assert pipeline.record.page(limit=1).rows == ()


def test_without_its_memory_the_record_is_not_asked_and_notes_all_the_same(pipeline: Pipeline) -> None:
    forgetful = replace(pipeline, remembers=False)
    for rma_id in ("RMA-1", "RMA-2"):
        decision = forgetful.decide(DecisionRequest(clear_case(rma_id=rma_id), (FRONT,))).kept.decision
        assert decision.disposition is Disposition.RESTOCK

    decision = pipeline.decide(DecisionRequest(clear_case(rma_id="RMA-3"), (FRONT,))).kept.decision

    assert decision.memory is not None
    assert decision.memory.reused_for == ("RMA-1", "RMA-2")
