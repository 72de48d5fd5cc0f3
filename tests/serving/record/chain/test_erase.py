"""What is erased is gone, who did it is kept, and the chain holds; nothing else may be emptied."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from serving.record.chain.verify import verify
from serving.record.entry import fingerprint
from serving.record.errors import ErasedDecision, UnknownDecision
from serving.record.kpis import count_figures
from serving.record.record import Record
from serving.record.tables import DECISIONS, ERASURES, OVERRIDES
from tests.serving.clear_return import clear_case
from tests.serving.record.entries import MOMENT, PHOTOS, choice, entry, numbered, waiting

LATER = MOMENT + timedelta(days=30)
NAME = "a-name-that-nobody-else-has"


def record_with_a_name(url: str) -> Record:
    record = Record.open(url, numbered("evt"))
    record.append(entry("dec-1", case=clear_case(sku=NAME), key=NAME))
    record.override("dec-1", choice())
    return record


def test_an_erased_decision_says_when_and_why(record: Record) -> None:
    with pytest.raises(ErasedDecision, match=r"dec-4 was erased at 2026-03-17.*ticket 7"):
        record.get("dec-4")


def test_erasing_keeps_the_figures_and_who_chose(record: Record) -> None:
    before = count_figures(record)
    record.erase("dec-2", reason="asked", at=LATER)

    assert count_figures(record) == before
    with record.engine.connect() as connection:
        row = connection.execute(select(OVERRIDES).where(OVERRIDES.c.decision_id == "dec-2")).one()
    assert (row.person, row.reason, row.sha256) == ("ana", "", "")
    assert verify(record.engine).findings == []


def test_an_erasure_is_told_to_listeners_and_in_the_events_before_it(record: Record) -> None:
    events = [row for row in record.events(limit=99).rows if row["decision_id"] == "dec-4"]

    assert [row["type"] for row in events] == ["decision.made", "decision.overridden", "decision.erased"]
    assert [row["data"] for row in events] == [{"erased": True}, {"erased": True}, {}]


def test_erasing_twice_changes_nothing_more(record: Record) -> None:
    assert record.erase("dec-2", reason="asked", at=LATER) == 7
    told = record.events(limit=99).rows

    assert record.erase("dec-2", reason="asked again", at=LATER) == 0
    assert record.events(limit=99).rows == told


def test_what_is_not_there_can_not_be_erased(record: Record) -> None:
    with pytest.raises(UnknownDecision, match="dec-9"):
        record.erase("dec-9", reason="asked", at=LATER)


def test_an_erased_key_may_be_used_again(record: Record) -> None:
    case = clear_case(rma_id="RMA-4")

    assert record.find("key-4", fingerprint(case, PHOTOS)) is None
    assert record.append(entry("dec-new", key="key-4", case=case)).decision.decision_id == "dec-new"


def test_a_device_of_an_erased_decision_still_waits(record: Record) -> None:
    record.erase("dec-held", reason="asked", at=LATER)

    [row] = waiting(record)

    assert (row["decision_id"], row["because"]) == (
        "dec-held",
        "What was known of this return was erased on request.",
    )


@pytest.mark.parametrize(
    "change",
    [
        # Of the row that is erased nothing else may go, and nothing come back.
        "UPDATE decisions SET currency = 'USD' WHERE decision_id = 'dec-4'",
        "UPDATE decisions SET return_case = '{}' WHERE decision_id = 'dec-4'",
        # Nor of any other.
        "UPDATE decisions SET return_case = '' WHERE decision_id = 'dec-1'",
        "UPDATE overrides SET person = '' WHERE decision_id = 'dec-4'",
        "UPDATE erasures SET reason = 'none'",
        "DELETE FROM erasures",
        "UPDATE journal SET salts = '{}' WHERE table_name = 'decisions'",
        "UPDATE journal SET position = 99 WHERE position = 1",
        "UPDATE journal SET sha256 = 'x'",
        "DELETE FROM journal",
    ],
)
def test_only_what_an_erasure_names_can_be_emptied(record: Record, change: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), record.engine.begin() as connection:
        connection.execute(text(change))


def test_nothing_of_it_is_left_in_a_file_of_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    record = record_with_a_name(sqlite_url)
    assert NAME.encode() in b"".join(path.read_bytes() for path in tmp_path.iterdir())

    record.erase("dec-1", reason="asked", at=LATER)

    assert NAME.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    record.close()


def test_no_hash_that_is_left_tells_what_was_erased(record: Record) -> None:
    # The hashes that were made without a salt go with what they were made of.
    with record.engine.connect() as connection:
        row = connection.execute(select(DECISIONS).where(DECISIONS.c.decision_id == "dec-4")).one()
        commitments = connection.execute(select(ERASURES.c.commitment)).scalars().all()

    assert (row.decision, row.return_case, row.photos, row.fingerprint, row.sha256) == ("",) * 5
    assert row.idempotency_key is None
    assert len(set(commitments)) == len(commitments) == 7
