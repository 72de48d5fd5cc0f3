"""Entries get their place when they are committed, so that who reads in that order misses none."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, func, select

from serving.record.chain import seal as module
from serving.record.chain.journal import SERVICE, Addition, adding
from serving.record.chain.seal import SEAL_LOCK, chain_end, seal
from serving.record.chain.verify import verify
from serving.record.record import Record
from serving.record.tables import DECISIONS, EVENTS, JOURNAL
from tests.serving.record.entries import entry, numbered


@pytest.fixture
def record(postgres_url: str) -> Iterator[Record]:
    opened = Record.open(postgres_url, numbered("evt"))
    yield opened
    opened.close()


def event(event_id: str, decision_id: str = "dec-1") -> dict[str, str]:
    at = "2026-03-08T10:00:00.000000Z"
    return {"event_id": event_id, "type": "decision.made", "at": at, "decision_id": decision_id, "data": "{}"}


def test_a_row_that_becomes_visible_late_comes_after_those_that_were_read(record: Record) -> None:
    record.append(entry("dec-1"))
    start = record.events(limit=9).rows[-1]["sequence"]

    with adding(record.engine) as early:
        early.add(EVENTS, event("early"), at="2026")
        with adding(record.engine) as late:
            late.add(EVENTS, event("late"), at="2026")
        seen = record.events(limit=9, after=start).rows
    rest = record.events(limit=9, after=seen[-1]["sequence"]).rows

    assert [row["event_id"] for row in seen] == ["late"]
    assert [row["event_id"] for row in rest] == ["early"]
    with record.engine.connect() as connection:
        numbers = connection.execute(select(EVENTS.c.event_id).order_by(EVENTS.c.sequence)).scalars().all()
    assert numbers[-2:] == ["early", "late"], "by their sequence the reader would have missed one"


def test_what_is_rolled_back_leaves_no_gap(record: Record) -> None:
    record.append(entry("dec-1"))
    with record.engine.connect() as connection:
        Addition(connection, SERVICE).add(EVENTS, event("lost"), at="2026")
    record.append(entry("dec-2"))

    assert [row["sequence"] for row in record.events(limit=9).rows] == [1, 2]
    assert verify(record.engine).findings == []


def test_a_seal_ends_while_others_go_on_writing(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sealed until nothing was open did so until time was over, and the record counted as out."""
    written = [record.append(entry("dec-1")).sequence]
    seal_batch = module._seal_batch

    def while_another_writes(connection: Connection) -> int:
        assert len(written) < 9, "it seals for as long as others write"
        count = seal_batch(connection)
        with adding(record.engine) as other:
            written.append(other.add(EVENTS, event(f"meanwhile-{len(written)}"), at="2026"))
        return count

    monkeypatch.setattr(module, "_seal_batch", while_another_writes)
    seal(record.engine)

    assert len(written) == 2
    assert verify(record.engine).unsealed == 1


def test_a_seal_goes_on_while_more_was_open_than_it_takes_at_once(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        record.append(entry(f"dec-{number}"))
    monkeypatch.setattr(module, "BATCH", 3)

    seal(record.engine)

    assert verify(record.engine).unsealed == 0
    assert len(record.events(limit=9).rows) == 5


def test_many_writers_and_sealers_make_one_chain(record: Record, postgres_url: str) -> None:
    seen: list[int] = []
    is_done = threading.Event()

    def write(writer: int) -> None:
        own = Record.open(postgres_url, numbered(f"evt-{writer}"))
        for number in range(15):
            own.append(entry(f"dec-{writer}-{number}"))
        own.close()

    def listen() -> None:
        own, cursor = Record.open(postgres_url, numbered("none")), 0
        while not is_done.is_set() or own.events(limit=1, after=cursor).rows:
            for row in own.events(limit=7, after=cursor).rows:
                cursor = row["sequence"]
                seen.append(cursor)
        own.close()

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    listener = threading.Thread(target=listen)
    for thread in (listener, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    is_done.set()
    listener.join()

    assert seen == list(range(1, 61))
    found = verify(record.engine)
    assert (found.findings, found.position) == ([], 120)


def test_opening_seals_what_a_killed_process_left(record: Record, postgres_url: str) -> None:
    with adding(record.engine) as addition:
        addition.add(EVENTS, event("left", add_decision(record)), at="2026")

    Record.open(postgres_url, numbered("b")).close()

    with record.engine.connect() as connection:
        assert connection.execute(select(JOURNAL).where(JOURNAL.c.position.is_(None))).all() == []


def add_decision(record: Record) -> str:
    record.append(entry("dec-1"))
    return "dec-1"


def test_what_is_not_sealed_yet_is_verified_too(record: Record) -> None:
    record.append(entry("dec-1"))
    seal(record.engine)
    with adding(record.engine) as addition:
        addition.add(EVENTS, event("new"), at="2026")

    found = verify(record.engine)

    assert (found.entries, found.unsealed, found.findings) == (2, 1, [])


def test_a_reader_does_not_wait_for_ever_for_whoever_seals(record: Record) -> None:
    record.append(entry("dec-1"))
    seal(record.engine)
    with adding(record.engine) as addition:
        addition.add(EVENTS, event("new"), at="2026")
    with record.engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(SEAL_LOCK)))

        assert [row["event_id"] for row in record.events(limit=9).rows] == ["evt-1"]
    assert [row["event_id"] for row in record.events(limit=9).rows] == ["evt-1", "new"]


def test_sqlite_seals_while_it_writes(sqlite_url: str) -> None:
    record = Record.open(sqlite_url, numbered("evt"))
    record.append(entry("dec-1"))

    with record.engine.connect() as connection:
        end = chain_end(connection)
        assert (end.position, end.event_number) == (2, 1)
        assert connection.execute(select(DECISIONS.c.sequence)).scalars().all() == [1]
    record.close()
