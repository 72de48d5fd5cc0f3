"""The queue goes by urgency, what is due and worth most, and page by page whatever happens between."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from data.condition import Assurance
from data.decision import Disposition
from data.defect import Grade
from data.fraud import Action, Moment
from data.versioned_file import InvalidFile
from serving.disposition.decide import dispose
from serving.disposition.evidence import Evidence
from serving.fraud.policy import read_fraud_policy
from serving.record.desk.closeness import looks_asked
from serving.record.desk.desk_rules import DEFAULT_DESK, ReviewReason, read_desk
from serving.record.desk.opinions import OpinionRequest
from serving.record.desk.review_queue import QueueFilter, QueueOrder
from serving.record.desk.waiting import conditions, is_due_before, reasons_of, urgency
from serving.record.record import Record
from serving.record.tables import DECISIONS
from tests.serving.clear_return import clear_case, graded_as_seen, photographed, scored
from tests.serving.record.desk.drawn import drawn_entry, worth
from tests.serving.record.entries import MOMENT, POLICY, choice, desk_at, entry, waiting

ALL = QueueFilter(holds_only=False)
URGENT = QueueFilter(order=QueueOrder.PRIORITY, holds_only=False)
LEAK = {"battery_signs": ["leak"]}


def ids(rows: Any) -> list[str]:
    return [row["decision_id"] for row in rows]


def fill(record: Record) -> None:
    """Add to dec-1, a review: a cage, holds of unlike value, a value to look at, a near one, a clear one."""

    def made(number: int, verification: Any = None, at: datetime = MOMENT, **given: Any) -> Any:
        case = clear_case(verification, rma_id=f"RMA-{number}")
        return entry(f"dec-{number}", case=case, at=at, **given)

    record.append(made(2))
    record.append(worth(made(3), 600.0, "near_threshold"))
    record.append(worth(made(4), 1500.0, "above_value", "near_threshold"))
    record.append(worth(made(5, action=Action.HOLD), 100.0))
    record.append(worth(made(6, action=Action.HOLD), 900.0))
    record.append(made(7, LEAK))
    record.append(worth(made(8, action=Action.HOLD, at=MOMENT + timedelta(hours=1)), 9000.0))


def test_the_queue_goes_by_urgency_then_hour_then_value(record: Record) -> None:
    fill(record)

    rows = waiting(record, URGENT)

    assert ids(rows) == ["dec-7", "dec-6", "dec-5", "dec-8", "dec-4", "dec-1", "dec-3"]
    assert [row["priority"] for row in rows] == [1, 2, 2, 2, 4, 5, 7]
    assert rows[0]["reasons"] == ["quarantine", "gate_held"]
    assert rows[1]["reasons"] == ["fraud_hold"]
    assert rows[4]["reasons"] == ["above_value", "near_threshold"]
    assert (rows[4]["amount"], rows[4]["currency"]) == (1500.0, "CAD")
    assert rows[0]["due_at"] == "2026-03-08T15:00:00.000000Z"
    assert not rows[0]["is_overdue"]
    assert waiting(record, URGENT, at=MOMENT + timedelta(hours=6))[0]["is_overdue"]


def test_who_asks_for_nothing_new_gets_what_holds_a_device_as_it_came(record: Record) -> None:
    fill(record)
    record.append(drawn_entry("dec-9", case=clear_case(rma_id="RMA-9")))

    rows = waiting(record)

    assert ids(rows) == ["dec-1", "dec-5", "dec-6", "dec-7", "dec-8"]
    assert ids(waiting(record, ALL)) == ["dec-1", "dec-3", "dec-4", "dec-5", "dec-6", "dec-7", "dec-8"]
    assert {"because", "next_steps", "disposition", "sequence"} <= set(rows[0])


def test_pages_of_the_urgent_go_on_behind_the_last_whatever_was_done_between(record: Record) -> None:
    fill(record)
    queue = desk_at(record).queue

    first = queue.page(URGENT, limit=3)
    assert first.next_cursor is not None
    record.override("dec-5", choice())
    record.append(entry("dec-20", case=clear_case(LEAK, rma_id="RMA-20")))
    rest = queue.page(URGENT, limit=50, after=first.next_cursor)

    assert ids(first.rows) == ["dec-7", "dec-6", "dec-5"]
    assert ids(rest.rows) == ["dec-8", "dec-4", "dec-1", "dec-3"]
    assert rest.next_cursor is None
    assert queue.page(URGENT, limit=5, after=2**53).rows == ()


def test_the_queue_can_be_narrowed_by_reason_and_by_what_is_due(record: Record) -> None:
    fill(record)

    held = waiting(record, replace(ALL, reason=ReviewReason.FRAUD_HOLD))
    valuable = waiting(record, replace(ALL, reason=ReviewReason.ABOVE_VALUE))
    # Decided at 10 and due 24 hours after 11: what is due at 11 is not due before 11.
    due = [
        ids(waiting(record, replace(URGENT, due_before=MOMENT + timedelta(hours=hours))))
        for hours in (5, 5.01, 25.01, 26.01)
    ]

    assert ids(held) == ["dec-5", "dec-6", "dec-8"]
    assert ids(valuable) == ["dec-4"]
    assert due == [
        [],
        ["dec-7"],
        ["dec-7", "dec-6", "dec-5", "dec-4"],
        ["dec-7", "dec-6", "dec-5", "dec-8", "dec-4"],
    ]


def test_what_is_only_to_be_looked_at_is_done_by_an_opinion_and_what_holds_by_an_override(
    record: Record,
) -> None:
    fill(record)
    desk = desk_at(record)
    for decision_id in ("dec-4", "dec-6"):
        desk.give_opinion(decision_id, OpinionRequest(person="Ana", disposition=Disposition.RESTOCK))
    record.override("dec-5", choice())

    assert ids(waiting(record, URGENT)) == ["dec-7", "dec-6", "dec-8", "dec-1", "dec-3"]


def test_what_was_drawn_waits_in_a_list_of_its_own_until_it_was_judged(record: Record) -> None:
    for number in (2, 3):
        record.append(drawn_entry(f"dec-{number}", case=clear_case(rma_id=f"RMA-{number}")))
    record.override("dec-2", choice())
    record.append(entry("dec-4", case=clear_case(rma_id="RMA-3")))
    audits = QueueFilter(order=QueueOrder.PRIORITY, reason=ReviewReason.RANDOM_AUDIT, holds_only=False)

    rows = waiting(record, audits)
    desk_at(record).give_opinion(
        "dec-3", OpinionRequest.model_validate({"person": "Bo", "purpose": "audit", "grade": "A"})
    )

    # Neither an override nor a later decision takes one out: what is left would no longer be random.
    assert ids(rows) == ["dec-2", "dec-3"]
    assert set(rows[0]) == {
        *("sequence", "decision_id", "rma_id", "decided_at", "reasons", "priority", "due_at"),
        *("is_overdue", "amount", "currency", "claim"),
    }, "whoever judges them blind sees neither grade nor score nor disposition"
    assert rows[0]["reasons"] == ["random_audit"]
    assert ids(waiting(record, audits)) == ["dec-2"]
    record.erase("dec-2", reason="asked for", at=MOMENT)
    assert waiting(record, audits) == []


def test_reasons_in_sql_are_those_that_an_item_tells(record: Record) -> None:
    fill(record)
    record.append(entry("dec-9", case=clear_case({"lock": "on"}, rma_id="RMA-9")))
    of, rules = conditions(), read_desk()
    said = [of[reason].label(f"is_{reason.value}") for reason in of]
    due = is_due_before(MOMENT + timedelta(hours=30), rules, urgency(rules)).label("due")

    with record.engine.connect() as connection:
        rows = (
            connection.execute(select(DECISIONS, urgency(rules).label("rank"), due, *said)).mappings().all()
        )

    assert len(rows) == 9
    for row in rows:
        reasons = reasons_of(dict(row))
        assert [reason for reason in of if row[f"is_{reason.value}"]] == list(reasons)
        ranks = [rules.reasons[reason].priority for reason in reasons]
        assert row["rank"] == min(ranks, default=9)
        if reasons:
            terms = {
                rules.reasons[reason].due_at(datetime.fromisoformat(row["decided_at"])) for reason in reasons
            }
            assert bool(row["due"]) is (min(terms) < MOMENT + timedelta(hours=30))


def near(probability: float = 0.02, *, grade: float = 0.99, worth: float = 600.0) -> list[str]:
    """Return for what a decision is looked at that is graded and scored so."""
    made = entry().decision
    condition = replace(photographed(A=grade), assurance=Assurance(0.825))
    fraud = replace(scored(probability=probability), moment=Moment.T2)
    decision = replace(made, condition=replace(condition, grade=Grade.A), fraud=fraud)
    return list(looks_asked(decision, worth, 1000.0, read_desk(), read_fraud_policy().review))


def test_a_decision_is_looked_at_just_above_a_threshold_and_above_a_value() -> None:
    # 0.825 + 0.01 for a grade, nine tenths of the policy's threshold for fraud, 1,000 for the value.
    close = 0.9 * read_fraud_policy().review[Moment.T2]
    assert near() == []
    assert near(grade=0.834) == ["near_threshold"]
    assert near(grade=0.836) == []
    assert near(close + 1e-4) == ["near_threshold"]
    assert near(close - 1e-4) == []
    assert near(worth=1000.0) == []
    assert near(worth=1000.01, grade=0.83) == ["above_value", "near_threshold"]
    assert near(float("nan"), worth=float("nan")) == ["above_value", "near_threshold"]


@pytest.mark.parametrize(("probability", "why"), [(0.834, ["near_threshold"]), (0.836, [])])
def test_a_grade_as_far_as_seen_is_looked_at_just_above_its_own_threshold(
    probability: float, why: list[str]
) -> None:
    condition = graded_as_seen(Grade.A)
    assert condition.as_far_as_seen is not None
    seen = replace(condition.as_far_as_seen, probability=probability)
    decision = replace(
        entry().decision,
        condition=replace(condition, as_far_as_seen=seen),
        fraud=replace(scored(), moment=Moment.T2),
    )

    assert list(looks_asked(decision, 600.0, 1000.0, read_desk(), read_fraud_policy().review)) == why


@pytest.mark.parametrize("needs_person", [False, True])
def test_a_grade_as_far_as_seen_waits_for_nobody_unless_it_needs_a_person(
    record: Record, needs_person: bool
) -> None:
    case, condition = clear_case(rma_id="RMA-2"), graded_as_seen(Grade.A, needs_person=needs_person)
    way = dispose(Evidence(case, condition, scored()), POLICY)
    made = entry("dec-2", case=case)
    record.append(replace(made, decision=replace(made.decision, condition=condition, **vars(way))))
    looked_at = worth(entry("dec-3", case=clear_case(rma_id="RMA-3")), 1500.0, "above_value")
    record.append(replace(looked_at, decision=replace(looked_at.decision, condition=graded_as_seen(Grade.A))))

    rows = {row["decision_id"]: row["reasons"] for row in waiting(record, ALL)}

    assert way.disposition is (Disposition.QUARANTINE if needs_person else Disposition.REFURBISH)
    assert ("dec-2" in rows) is needs_person
    assert rows.get("dec-2", []) == (["gate_held", "abstained"] if needs_person else [])
    assert rows["dec-3"] == ["above_value"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("priority: 2", "priority: 1", "give another priority than that of"),
        ("priority: 3, due_h: 24", "priority: 3, due_h: 2", "a due_h of no less than its 24"),
        ("  abstained:", "  absent:", "absent"),
        ("most_minutes: {value: 480", "most_minutes: {value: 20", "minutes may not be more"),
        ("value: 0.02", "value: 2", "less than or equal|or less"),
    ],
)
def test_a_file_that_does_not_go_together_is_refused(tmp_path: Any, old: str, new: str, says: str) -> None:
    text = DEFAULT_DESK.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "desk.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(InvalidFile, match=says):
        read_desk(path)


def test_nothing_of_the_desk_changes_a_row(record: Record) -> None:
    with pytest.raises(Exception, match="append-only"), record.engine.begin() as connection:
        connection.execute(update(DECISIONS).values(is_drawn=True))
