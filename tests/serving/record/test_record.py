"""Keep decisions on every database, read them back, and be refused what a record refuses."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from data.case import ReturnCase
from data.decision import Disposition
from data.fraud import Action
from serving.record.desk.review_queue import QueueFilter
from serving.record.entry import fingerprint
from serving.record.errors import DamagedRecord, InvalidRecordUrl, KeyReused, UnknownDecision
from serving.record.kpis import count_figures
from serving.record.record import Record
from tests.serving.clear_return import clear_case
from tests.serving.record.entries import MOMENT, PHOTOS, choice, desk_at, entry, numbered, waiting
from tests.serving.record.tampering import without_triggers

pytestmark = pytest.mark.usefixtures("patient_record")


@pytest.fixture
def record(record_url: str) -> Iterator[Record]:
    opened = Record.open(record_url, numbered("evt"))
    yield opened
    opened.close()


def test_decision_comes_back_exactly_as_it_was_kept(record: Record) -> None:
    given = entry()

    answered = record.append(given)
    kept = record.get("dec-1")

    assert answered == kept

    assert kept.decision == given.decision
    assert kept.photos == PHOTOS
    assert kept.case["rma"]["rma_id"] == "RMA-1"
    assert kept.overrides == ()


def test_record_outlives_the_process_that_wrote_it(record_url: str) -> None:
    first = Record.open(record_url, numbered("a"))
    first.append(entry())
    first.close()

    again = Record.open(record_url, numbered("b"))

    assert again.get("dec-1").decision == entry().decision
    again.close()


def test_unknown_decision_says_where_to_look(record: Record) -> None:
    with pytest.raises(UnknownDecision, match=r"'dec-9'.*GET /v1/decisions"):
        record.get("dec-9")


def test_same_key_with_same_content_is_the_same_decision(record: Record) -> None:
    first = record.append(entry("dec-1", key="k"))
    second = record.append(entry("dec-2", key="k"))

    assert second.decision.decision_id == first.decision.decision_id == "dec-1"
    assert record.find("k", entry().fingerprint) == first
    assert len(record.page(limit=10).rows) == 1


def test_same_key_with_other_content_is_refused_and_keeps_nothing(record: Record) -> None:
    record.append(entry("dec-1", key="k"))

    with pytest.raises(KeyReused, match="choose a new key"):
        record.append(entry("dec-2", key="k", case=clear_case(sku="OTHER")))

    assert len(record.page(limit=10).rows) == 1
    assert len(record.events(limit=10).rows) == 1


def test_without_a_key_every_request_is_a_new_decision(record: Record) -> None:
    record.append(entry("dec-1"))
    record.append(entry("dec-2"))

    assert len(record.page(limit=10).rows) == 2


def test_of_many_at_once_with_one_key_one_decision_is_kept(record_url: str) -> None:
    answers: list[str] = []

    def decide(number: int) -> None:
        own = Record.open(record_url, numbered(f"evt-{number}"))
        answers.append(own.append(entry(f"dec-{number}", key="k")).decision.decision_id)
        own.close()

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 8
    assert len(set(answers)) == 1


def test_fingerprint_does_not_depend_on_the_order_of_sets() -> None:
    one = clear_case({"accessories": ["a", "b", "c"]}, expected_accessories=["x", "y", "z"])
    other = clear_case({"accessories": ["c", "b", "a"]}, expected_accessories=["z", "x", "y"])

    assert fingerprint(one, PHOTOS) == fingerprint(other, PHOTOS)
    assert fingerprint(one, PHOTOS) != fingerprint(one, PHOTOS[::-1])


@pytest.mark.parametrize("table", ["decisions", "events", "overrides"])
@pytest.mark.parametrize("change", ["UPDATE {} SET sequence = 99", "DELETE FROM {}"])
def test_database_itself_refuses_to_change_or_delete(record: Record, table: str, change: str) -> None:
    record.append(entry())
    record.override("dec-1", choice())

    with pytest.raises(DatabaseError, match="append-only"), record.engine.begin() as connection:
        connection.execute(text(change.format(table)))


def test_row_that_somebody_changed_is_not_believed(record: Record) -> None:
    record.append(entry())
    with without_triggers(record.engine) as connection:
        connection.execute(text("UPDATE decisions SET decision = replace(decision, 'restock', 'destroy')"))

    with pytest.raises(DamagedRecord, match="dec-1"):
        record.get("dec-1")


def test_override_is_kept_beside_the_decision(record: Record) -> None:
    record.append(entry())
    record.override("dec-1", choice(person="ana"))
    kept = record.override("dec-1", choice(Disposition.RECYCLE, person="bo"))

    assert kept.decision.disposition is Disposition.RESTOCK
    assert [each.person for each in kept.overrides] == ["ana", "bo"]
    assert kept.overrides[0] == choice(person="ana")


def test_override_of_nothing_is_refused(record: Record) -> None:
    with pytest.raises(UnknownDecision):
        record.override("dec-1", choice())


def test_pages_go_from_new_to_old_without_gap_or_repetition(record: Record) -> None:
    for number in range(1, 6):
        record.append(entry(f"dec-{number}"))

    seen, cursor = [], None
    while True:
        page = record.page(limit=2, before=cursor)
        seen += [row["decision_id"] for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert seen == ["dec-5", "dec-4", "dec-3", "dec-2", "dec-1"]


def test_page_can_be_narrowed(record: Record) -> None:
    record.append(entry("dec-1"))
    record.append(entry("dec-2", case=clear_case({"lock": "on"}, rma_id="RMA-2")))

    by_rma = record.page(limit=9, rma_id="RMA-2").rows
    by_way = record.page(limit=9, disposition=Disposition.RESTOCK).rows

    assert [row["decision_id"] for row in by_rma] == ["dec-2"]
    assert [row["decision_id"] for row in by_way] == ["dec-1"]


def test_queue_holds_what_waits_for_a_person_until_someone_chooses(record: Record) -> None:
    record.append(entry("dec-1"))
    record.append(entry("dec-2", case=clear_case(rma_id="RMA-2"), action=Action.REVIEW))
    record.append(entry("dec-3", case=clear_case({"battery_signs": ["leak"]}, rma_id="RMA-3")))

    before = [row["decision_id"] for row in waiting(record)]
    record.override("dec-2", choice())
    after = waiting(record)

    assert before == ["dec-2", "dec-3"]
    assert [row["decision_id"] for row in after] == ["dec-3"]
    assert "leak" in after[0]["because"]


def test_events_tell_of_decisions_and_overrides_in_order(record: Record) -> None:
    record.append(entry("dec-1"))
    record.override("dec-1", choice())
    record.append(entry("dec-2"))

    first = record.events(limit=2)
    rest = record.events(limit=2, after=first.next_cursor or 0)

    assert [row["type"] for row in first.rows] == ["decision.made", "decision.overridden"]
    assert first.rows[1]["data"]["person"] == "ana"
    assert [row["decision_id"] for row in rest.rows] == ["dec-2"]
    assert rest.next_cursor is None


def test_not_a_number_is_never_written(record: Record) -> None:
    given = entry()
    broken = replace(given.decision, fraud=replace(given.decision.fraud, probability=float("nan")))

    with pytest.raises(ValueError, match="not JSON compliant"):
        record.append(replace(given, decision=broken))

    assert record.page(limit=9).rows == ()


@pytest.mark.parametrize("url", ["no url", "oracel://x", "postgresql+nodriver://x/y"])
def test_impossible_url_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(InvalidRecordUrl, match="sqlite:///"):
        Record.open(url, numbered("evt"))


def test_figures_of_an_empty_record_are_unknown_and_not_zero(record: Record) -> None:
    figures = count_figures(record)

    assert figures.decisions == 0
    assert figures.touchless.share is None
    assert figures.receipt_to_decision_h.median is None
    assert figures.expected_recovery.rate is None


def test_figures_count_what_the_record_holds(record: Record) -> None:
    def arrived(hours: int) -> ReturnCase:
        case = json.loads(clear_case(rma_id=f"RMA-{hours}").model_dump_json())
        time = clear_case().as_of - timedelta(hours=hours)
        case["scans"] = [{"code": "inducted", "time": time.isoformat()}]
        return ReturnCase.model_validate_json(json.dumps(case))

    for number, hours in enumerate((10, 30, 100)):
        record.append(entry(f"dec-{number}", case=arrived(hours)))
    record.append(entry("dec-held", case=clear_case(rma_id="RMA-HELD"), action=Action.HOLD))
    record.append(entry("dec-over"))
    record.override("dec-over", choice())

    figures = count_figures(record)

    assert figures.decisions == 5
    assert figures.dispositions["restock"].count == 4
    assert (figures.touchless.count, figures.touchless.share) == (3, 0.6)
    assert figures.overridden.count == 1
    assert figures.waiting == 1
    assert (figures.receipt_to_decision_h.median, figures.receipt_to_decision_h.n) == (30.0, 3)
    assert (figures.decided_within_48_h.count, figures.decided_within_48_h.n) == (2, 3)
    restock = entry().decision.expected_values[0].amount
    assert figures.expected_recovery.rate == pytest.approx(restock / 600, abs=1e-4)
    assert figures.expected_recovery.n == 4


def test_figures_can_start_at_a_moment(record: Record) -> None:
    record.append(entry("dec-1", at=MOMENT))
    record.append(entry("dec-2", case=clear_case(rma_id="RMA-2"), at=MOMENT + timedelta(days=1)))

    assert count_figures(record, since=MOMENT + timedelta(hours=1)).decisions == 1


def test_a_cursor_past_every_row_is_a_page_and_no_error(record: Record) -> None:
    record.append(entry("dec-1"))
    past = 2**53

    assert [row["decision_id"] for row in record.page(limit=9, before=past).rows] == ["dec-1"]
    assert [row["decision_id"] for row in record.returns.page(limit=9, before=past).rows] == ["dec-1"]
    assert record.events(limit=9, after=past).rows == ()
    assert desk_at(record).queue.page(QueueFilter(), limit=9, after=past).rows == ()
