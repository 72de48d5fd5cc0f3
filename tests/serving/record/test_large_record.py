"""Keeping and reading cost the same however much there is: no statement walks through a whole table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from serving.record.desk.desk_rules import ReviewReason
from serving.record.desk.review_queue import QueueFilter
from serving.record.record import Record
from tests.serving.record.entries import choice, desk_at, entry, filled_record, use_desk, waiting

pytestmark = pytest.mark.usefixtures("patient_record")


@pytest.fixture
def record(sqlite_url: str) -> Iterator[Record]:
    opened = filled_record(sqlite_url)
    yield opened
    opened.close()


@contextmanager
def asked_of(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Note every statement that a database is asked in the block."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, is_many: bool) -> None:
        asked.append((statement, parameters[0] if is_many else parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def walks_through(engine: Engine, asked: list[tuple[str, Any]]) -> list[str]:
    """Return the statements for which SQLite reads a whole table, with how it says so."""
    found = []
    with engine.connect() as connection:
        for statement, parameters in asked:
            # The last row of a table is found by itself; the plan says no more of it than of a walk.
            if (
                not statement.startswith(("SELECT", "INSERT", "UPDATE"))
                or "max(journal.sequence)" in statement
            ):
                continue
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            # An index that is read in order, until a limit, is no walk through everything.
            steps = [row[3] for row in plan if row[3].startswith(("SCAN", "SEARCH"))]
            found += [
                f"{step}: {statement}" for step in steps if not step.endswith("ROW") and " USING " not in step
            ]
    return found


def test_keeping_a_decision_reads_no_whole_table(record: Record) -> None:
    with asked_of(record.engine) as asked:
        record.append(entry("dec-new", key="key-new"))
        record.override("dec-new", choice())

    assert len(asked) > 8
    assert walks_through(record.engine, asked) == []


def test_listening_reads_no_whole_table(record: Record) -> None:
    with asked_of(record.engine) as asked:
        record.events(limit=5, after=3)

    assert asked
    assert walks_through(record.engine, asked) == []


def test_what_people_do_at_the_desk_reads_no_whole_table(record: Record) -> None:
    audits = QueueFilter(reason=ReviewReason.RANDOM_AUDIT)
    with asked_of(record.engine) as asked:
        use_desk(record, "dec-2")
        desk_at(record).shown("dec-2")
        waiting(record)
        waiting(record, QueueFilter(holds_only=False, is_claimed=False))
        waiting(record, audits)

    assert len(asked) > 20
    assert walks_through(record.engine, asked) == []


def test_a_statement_that_walks_would_be_noticed(record: Record) -> None:
    with asked_of(record.engine) as asked, record.engine.connect() as connection:
        connection.execute(text("SELECT max(event_number) FROM journal"))

    assert walks_through(record.engine, asked) == [
        "SEARCH journal: SELECT max(event_number) FROM journal",
    ]
