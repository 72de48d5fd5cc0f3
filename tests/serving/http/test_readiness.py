"""Readiness proves the record now and then, looks at its file each time, and keeps nobody waiting."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from serving.http.readiness import Readiness
from serving.record.database.database import Database
from serving.record.errors import UnusableRecord
from serving.record.opening import open_in_time

EVERY_S = 10.0


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = open_in_time(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def readiness(database: Database, clock: Clock) -> Readiness:
    return Readiness(database, clock)


def proofs(database: Database) -> int:
    with database.connect() as connection:
        return int(connection.execute(text("SELECT proofs FROM probes")).scalar_one())


def test_a_proof_is_written_at_most_every_ten_seconds(
    readiness: Readiness, database: Database, clock: Clock
) -> None:
    counts = []
    for moment in (0.0, 1.0, EVERY_S - 0.1, EVERY_S, EVERY_S + 5, 2 * EVERY_S):
        clock.now = 1000.0 + moment
        readiness.require()
        counts.append(proofs(database))

    assert counts == [1, 1, 1, 2, 2, 3]


def test_a_file_that_is_gone_is_told_without_a_proof(readiness: Readiness, database: Database) -> None:
    readiness.require()
    path = Path(database.engine.url.database or "")
    path.rename(path.with_suffix(".aside"))

    with pytest.raises(UnusableRecord, match="removed, renamed or replaced"):
        readiness.require()

    path.with_suffix(".aside").rename(path)
    readiness.require()
    assert proofs(database) == 1


def test_what_a_decision_found_out_is_told_at_once(readiness: Readiness, database: Database) -> None:
    readiness.require()
    with pytest.raises(UnusableRecord), database.begin() as connection:
        connection.execute(text("SELECT * FROM decided"))

    with pytest.raises(UnusableRecord, match="no such table"):
        readiness.require()

    database.prove()
    readiness.require()


def test_a_record_that_fails_when_it_is_proved_is_not_ready(readiness: Readiness, database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("DELETE FROM probes"))

    for _ in range(2):
        with pytest.raises(UnusableRecord, match="its table of proofs is empty"):
            readiness.require()


def test_who_asks_while_it_is_proved_does_not_wait(
    readiness: Readiness, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    proving, may_end = threading.Event(), threading.Event()

    def prove() -> None:
        proving.set()
        may_end.wait(30)

    monkeypatch.setattr(database, "prove", prove)
    first = threading.Thread(target=readiness.require)
    first.start()
    proving.wait(30)

    readiness.require()

    assert first.is_alive()
    may_end.set()
    first.join()
