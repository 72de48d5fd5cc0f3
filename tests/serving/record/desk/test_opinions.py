"""A second opinion is blind to the first, one of an audit to the machine too, and a person has one."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from data.defect import Grade
from serving.record.chain.verify import verify
from serving.record.desk.desk_claims import ClaimRequest
from serving.record.desk.notes import NoteRequest
from serving.record.desk.opinions import OpinionRequest
from serving.record.errors import NothingToAudit, OpinionGiven, WrongAtDesk
from serving.record.record import Record
from tests.serving.clear_return import clear_case
from tests.serving.record.desk.drawn import drawn_entry
from tests.serving.record.entries import MOMENT, desk_at


def opinion(person: str, **said: Any) -> OpinionRequest:
    return OpinionRequest.model_validate({"person": person, "grade": "C", **said})


def test_a_second_opinion_is_blind_to_the_first_and_then_both_are_told(record: Record) -> None:
    desk = desk_at(record)

    own = desk.give_opinion("dec-1", opinion("Ana", is_fraud=False, text="worn at the edges"))
    told = [desk.shown("dec-1", person).opinions for person in (None, "Bo", "Ana")]
    story = [each.values for each in record.returns.story("RMA-1").entries if each.kind == "opinion"]

    assert [each.grade for each in own.given] == [Grade.C]
    assert [(each.count, each.are_hidden, len(each.given)) for each in told] == [
        (1, True, 0),
        (1, True, 0),
        (1, False, 1),
    ]
    assert (story[0]["is_hidden"], story[0]["grade"], story[0]["text"]) == (True, None, None)

    both = desk.give_opinion("dec-1", opinion("Bo", is_fraud=True))
    story = [each.values for each in record.returns.story("RMA-1").entries if each.kind == "opinion"]

    assert both.agreement is not None
    assert (both.agreement.grade, both.agreement.is_fraud, both.agreement.disposition) == (True, False, None)
    assert desk.shown("dec-1").opinions == both
    assert desk.shown("dec-1", "Cy").opinions.given == (), "Cy has not given one and is blind to both"
    assert [(each["is_hidden"], each["grade"]) for each in story] == [(False, "C")] * 2
    assert all("C" not in str(row["data"]) for row in record.events(limit=50).rows)


def test_a_person_has_one_opinion_and_the_same_again_counts_once(record: Record) -> None:
    desk = desk_at(record)
    desk.give_opinion("dec-1", opinion("Ana"))

    again = desk.give_opinion("dec-1", opinion("ANA"))
    with pytest.raises(OpinionGiven, match="stays as it is"):
        desk.give_opinion("dec-1", opinion("Аna", grade="A"))

    assert again.count == 1
    told = [row["type"] for row in record.events(limit=50).rows]
    assert told == ["decision.made", "decision.opinion_given"]


def test_who_handled_a_device_can_not_audit_it_and_another_can(record: Record) -> None:
    record.append(drawn_entry("dec-2", case=clear_case(rma_id="RMA-2")))
    desk = desk_at(record)
    desk.note("dec-2", NoteRequest(person="Ana", text="the box was open"))
    audit = {"purpose": "audit", "is_fraud": False}

    with pytest.raises(NothingToAudit, match="can't judge it blind any more"):
        desk.give_opinion("dec-2", opinion("Ana", **audit))
    with pytest.raises(NothingToAudit, match="waits for no audit"):
        desk.give_opinion("dec-1", opinion("Bo", **audit))
    assert desk.claim("dec-2", ClaimRequest.model_validate({"person": "Bo", "purpose": "audit"})) is not None
    assert desk.shown("dec-2").claim is None, "who handles the device is not to know"
    assert desk.shown("dec-2").audit is None
    before = [row["type"] for row in record.events(limit=50).rows]

    desk.give_opinion("dec-2", opinion("Bo", **audit))

    assert before == ["decision.made", "decision.made", "decision.noted"], "a claim for an audit is not told"
    done = desk.shown("dec-2").audit
    assert done is not None
    assert (done.probability, done.done_at) == (0.02, MOMENT)
    kinds = [each.kind for each in record.returns.story("RMA-2").entries if each.kind != "event"]
    assert kinds == ["decision", "note", "opinion"]
    assert verify(record.engine).findings == []


def test_what_an_opinion_lacks_is_told(record: Record) -> None:
    with pytest.raises(ValidationError, match="give one or more"):
        OpinionRequest.model_validate({"person": "Ana", "text": "looks fine"})
    with pytest.raises(WrongAtDesk, match="'gut_feeling' is not one of wrong_grade, "):
        desk_at(record).give_opinion("dec-1", opinion("Ana", reason_code="gut_feeling"))


def test_erasing_takes_the_words_and_leaves_the_figures(record: Record) -> None:
    desk = desk_at(record)
    desk.note("dec-1", NoteRequest(person="Ana", text="Mrs Smith was upset"))
    desk.give_opinion("dec-1", opinion("Ana", text="Mrs Smith is right"))
    desk.give_opinion("dec-1", opinion("Bo"))

    record.erase("dec-1", reason="asked for", at=MOMENT + timedelta(days=9))
    story = {each.kind: each.values for each in record.returns.story("RMA-1").entries if each.kind != "event"}

    assert "Smith" not in str(record.returns.story("RMA-1"))
    assert story["note"]["person"] == "Ana"
    assert story["opinion"]["grade"] == "C"
    assert verify(record.engine).findings == []
