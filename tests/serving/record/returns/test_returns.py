"""A return has one story: its last decision counts, and everything that is known of it is told in order."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from data.fraud import Action
from serving.record.chain.verify import verify
from serving.record.errors import UnknownReturn
from serving.record.kpis import count_figures
from serving.record.record import Record
from serving.record.returns.fact import FactsRequest
from serving.record.returns.story import Story
from tests.serving.clear_return import clear_case
from tests.serving.record.entries import MOMENT, choice, entry, numbered, waiting

LEARNT = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)
SCAN = {"kind": "scan", "scan": {"code": "inducted", "time": "2026-03-07T08:00:00Z"}}
FRAUD = {
    "kind": "fraud",
    "is_confirmed": True,
    "time": "2026-03-20T00:00:00Z",
    "known_at": "2026-03-31T00:00:00Z",
    "origin": "chargeback",
}
RESOLD = {"kind": "resold", "price": {"amount": 300, "currency": "CAD"}, "time": "2026-03-25T00:00:00Z"}
REGRADED = {"kind": "regraded", "grade": "C", "time": "2026-03-21T00:00:00Z", "origin": "blind_audit"}
COMPLAINT = {"kind": "complaint", "note": "The screen flickers.", "time": "2026-03-30T00:00:00Z"}
VERIFICATION = {
    "kind": "verification",
    "verification": {
        "verified_at": "2026-03-09T09:00:00Z",
        "battery_signs": ["swelling", "heat"],
        "accessories": ["pen", "cable"],
    },
}
EVERY = (SCAN, VERIFICATION, FRAUD, REGRADED, RESOLD, COMPLAINT)


@pytest.fixture
def record(record_url: str) -> Iterator[Record]:
    opened = Record.open(record_url, numbered("id"))
    yield opened
    opened.close()


def decide(record: Record, number: int, rma_id: str = "RMA-1", **given: Any) -> None:
    record.append(entry(f"dec-{number}", case=clear_case(rma_id=rma_id), **given))


def facts(*given: dict[str, Any]) -> Any:
    return FactsRequest.model_validate_json(json.dumps({"facts": given})).facts


def kinds(story: Story) -> list[str]:
    return [each.kind for each in story.entries if each.kind != "event"]


def test_later_decision_supersedes_the_earlier_one_everywhere(record: Record) -> None:
    decide(record, 1)
    decide(record, 2, rma_id="RMA-2")
    decide(record, 3)

    queue = waiting(record)
    returns = record.returns.page(limit=10).rows
    figures = count_figures(record)

    assert [row["decision_id"] for row in returns] == ["dec-3", "dec-2"]
    assert "dec-1" not in {row["decision_id"] for row in queue}
    assert (figures.decisions, figures.superseded) == (2, 1)
    assert sum(share.count for share in figures.dispositions.values()) == 2
    assert len(record.page(limit=10).rows) == 3, "no decision is lost"


def test_queue_waits_for_the_last_decision_of_a_return_alone(record: Record) -> None:
    decide(record, 1, action=Action.REVIEW)
    decide(record, 2, action=Action.REVIEW)
    assert [row["decision_id"] for row in waiting(record)] == ["dec-2"]

    decide(record, 3)
    assert waiting(record) == []


def test_returns_come_page_by_page(record: Record) -> None:
    for number in range(5):
        decide(record, number, rma_id=f"RMA-{number}")

    first = record.returns.page(limit=3)
    second = record.returns.page(limit=3, before=first.next_cursor)

    assert [row["rma_id"] for row in first.rows + second.rows] == [
        f"RMA-{number}" for number in (4, 3, 2, 1, 0)
    ]
    assert second.next_cursor is None


def test_story_tells_everything_in_the_order_in_which_it_came(record: Record) -> None:
    decide(record, 1)
    record.override("dec-1", choice())
    record.returns.add_facts("RMA-1", facts(FRAUD), LEARNT)
    decide(record, 2)
    record.returns.add_facts("RMA-1", facts(RESOLD), LEARNT)
    decide(record, 3, rma_id="RMA-OTHER")
    record.events(limit=1)

    story = record.returns.story("RMA-1")

    assert kinds(story) == ["decision", "override", "fact", "decision", "fact"]
    positions = [each.position for each in story.entries]
    assert positions == sorted(position for position in positions if position is not None)
    assert [each.values["type"] for each in story.entries if each.kind == "event"] == [
        "decision.made",
        "decision.overridden",
        "return.fact_added",
        "decision.made",
        "return.fact_added",
    ]
    first, second = (each.values for each in story.entries if each.kind == "decision")
    assert (first["superseded_by"], second["superseded_by"]) == ("dec-2", None)
    assert first["photos"][0]["name"] == "front.jpg"
    assert story.current["decision_id"] == "dec-2"
    assert story.decisions == 2


def test_what_holds_now_is_the_last_override_of_the_last_decision(record: Record) -> None:
    decide(record, 1)
    record.override("dec-1", choice())
    assert record.returns.story("RMA-1").current["disposition"] == "repair"
    assert record.returns.story("RMA-1").current["is_overridden"]

    decide(record, 2)
    assert record.returns.story("RMA-1").current["disposition"] == "restock"


def test_every_kind_of_fact_is_kept_as_it_was_sent_with_its_times(record: Record) -> None:
    decide(record, 1)

    kept = record.returns.add_facts("RMA-1", facts(*EVERY), LEARNT)
    told = [each.values for each in record.returns.story("RMA-1").entries if each.kind == "fact"]

    assert [fact.kind for fact in kept] == [given["kind"] for given in EVERY]
    assert [fact.fact_id for fact in kept] == [each["fact_id"] for each in told]
    fraud = told[2]
    assert (fraud["happened_at"], fraud["known_at"], fraud["origin"]) == (
        "2026-03-20T00:00:00.000000Z",
        "2026-03-31T00:00:00.000000Z",
        "chargeback",
    )
    assert told[4]["known_at"] == told[4]["happened_at"], "known at once, where nothing else is said"
    assert told[1]["fact"]["verification"]["battery_signs"] == ["heat", "swelling"]
    assert told[4]["fact"]["price"] == {"amount": 300.0, "currency": "CAD"}


def test_same_fact_counts_once_however_often_it_is_sent(record: Record) -> None:
    decide(record, 1)

    first = record.returns.add_facts("RMA-1", facts(VERIFICATION, VERIFICATION), LEARNT)
    again = record.returns.add_facts("RMA-1", facts(VERIFICATION), LEARNT + timedelta(days=1))

    assert [fact.is_new for fact in first + again] == [True, False, False]
    assert len({fact.fact_id for fact in first + again}) == 1
    assert kinds(record.returns.story("RMA-1")) == ["decision", "fact"]


def test_same_fact_sent_by_many_at_once_is_kept_once(record_url: str) -> None:
    record = Record.open(record_url, numbered("id"))
    decide(record, 1)
    failures: list[Exception] = []

    def send(number: int) -> None:
        own = Record.open(record_url, numbered(f"own-{number}"))
        try:
            own.returns.add_facts("RMA-1", facts(FRAUD), LEARNT)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
            failures.append(error)
        own.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert kinds(record.returns.story("RMA-1")) == ["decision", "fact"]
    record.close()


@pytest.mark.parametrize("rma_id", ["RMA-9", "", "a\0b", "RMA-1/facts"])
def test_return_that_was_never_decided_is_unknown(record: Record, rma_id: str) -> None:
    decide(record, 1)

    with pytest.raises(UnknownReturn, match="GET /v1/returns"):
        record.returns.story(rma_id)
    with pytest.raises(UnknownReturn):
        record.returns.add_facts(rma_id, facts(SCAN), LEARNT)


@pytest.mark.parametrize(
    "wrong",
    [
        {**FRAUD, "known_at": "2026-03-19T00:00:00Z"},
        {**FRAUD, "is_confirmed": "yes"},
        {**FRAUD, "time": 1772971200},
        {**REGRADED, "grade": "F"},
        {**RESOLD, "price": {"amount": -1, "currency": "CAD"}},
        {**COMPLAINT, "note": "no\0"},
        {**SCAN, "origin": "rumour"},
        {"kind": "rumour"},
        {**SCAN, "more": 1},
    ],
)
def test_wrong_fact_is_refused_with_all_that_came_with_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        facts(SCAN, wrong)


def test_chain_holds_over_facts_and_tells_a_changed_one(record: Record) -> None:
    decide(record, 1)
    record.returns.add_facts("RMA-1", facts(*EVERY), LEARNT)

    assert verify(record.engine).findings == []


def test_erased_return_tells_no_fact_and_its_chain_holds(record: Record) -> None:
    decide(record, 1)
    record.returns.add_facts("RMA-1", facts(COMPLAINT), LEARNT)

    record.erase("dec-1", reason="asked for", at=MOMENT + timedelta(days=40))
    story = record.returns.story("RMA-1")

    told = next(each.values for each in story.entries if each.kind == "fact")
    assert told["fact"] == {"erased": True}
    assert verify(record.engine).findings == []


def test_of_a_return_with_very_many_entries_the_last_are_told(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.record.returns.story.MAX_ENTRIES", 4)
    for number in range(5):
        decide(record, number)

    story = record.returns.story("RMA-1")

    assert (len(story.entries), story.entries_left_out) == (4, 6)
    assert story.entries[-1].values["decision_id"] == "dec-4"
