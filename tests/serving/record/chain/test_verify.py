"""Whatever is done to a record behind its back is found, though its triggers were dropped before."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text

from serving.record.chain.anchor import Anchor, InvalidAnchor, read_anchor, write_anchor
from serving.record.chain.finding import FindingKind, Verification
from serving.record.chain.row_hash import START, link_sha256
from serving.record.chain.verify import verify
from serving.record.entry import content_sha256
from serving.record.record import Record
from serving.record.tables import append_only_tables, chained_tables
from serving.record.triggers import install_triggers
from tests.serving.record.entries import choice, entry, filled_record
from tests.serving.record.tampering import change_anything, without_triggers

Change = Callable[[Connection], object]


def kinds(found: Verification) -> set[FindingKind]:
    return {finding.kind for finding in found.findings}


def statement(*lines: str) -> Change:
    return lambda connection: [connection.execute(text(line)) for line in lines]


def rehash_text(connection: Connection) -> None:
    """Change a decision and its own hash with it, so that reading it notices nothing."""
    query = text("SELECT decision, return_case, photos FROM decisions WHERE decision_id = 'dec-1'")
    decision, case, photos = connection.execute(query).one()
    forged = decision.replace("restock", "destroy")
    values = {"decision": forged, "sha256": content_sha256(forged, case, photos)}
    connection.execute(
        text("UPDATE decisions SET decision = :decision, sha256 = :sha256 WHERE decision_id = 'dec-1'"),
        values,
    )


def rehash_chain(connection: Connection) -> None:
    """Take an event out and chain the whole journal anew, as somebody who knows this code could."""
    connection.execute(text("DELETE FROM journal WHERE table_name = 'events' AND row_key = 1"))
    connection.execute(text("DELETE FROM events WHERE sequence = 1"))
    entries = connection.execute(text("SELECT * FROM journal ORDER BY position")).mappings().all()
    previous = START
    for position, row in enumerate(entries, 1):
        previous = link_sha256(previous, {**row, "position": position})
        connection.execute(
            text("UPDATE journal SET position = :position, link_sha256 = :link WHERE sequence = :sequence"),
            {"position": position, "link": previous, "sequence": row["sequence"]},
        )


FORGED_OVERRIDE = """
INSERT INTO overrides (decision_id, at, person, reason, disposition, destination, sha256)
VALUES ('dec-1', '2026-03-08T11:00:00.000000Z', 'ana', 'looks fine', 'restock', 'domestic_stock', 'x')
"""
MOVE = "UPDATE journal SET position = {to} WHERE position = {of}"
CHANGES: dict[str, tuple[Change, FindingKind]] = {
    "a column": (statement("UPDATE decisions SET refund_amount = 5"), FindingKind.CHANGED_ROW),
    "a text with its hash": (rehash_text, FindingKind.CHANGED_ROW),
    "a row is deleted": (
        statement("DELETE FROM overrides WHERE decision_id = 'dec-2'"),
        FindingKind.DELETED_ROW,
    ),
    "a row is deleted with its entry": (
        statement(
            "DELETE FROM overrides WHERE sequence = 1",
            "DELETE FROM journal WHERE table_name = 'overrides' AND row_key = 1",
        ),
        FindingKind.GAP,
    ),
    "a forged override": (statement(FORGED_OVERRIDE), FindingKind.FOREIGN_ROW),
    "two entries change places": (
        statement(MOVE.format(of=2, to=99), MOVE.format(of=3, to=2), MOVE.format(of=99, to=3)),
        FindingKind.CHANGED_ENTRY,
    ),
    "an entry points to another row": (
        statement("UPDATE journal SET row_key = 77 WHERE position = 1"),
        FindingKind.DELETED_ROW,
    ),
    "an entry of a table that is none": (
        statement("UPDATE journal SET table_name = 'none' WHERE position = 1"),
        FindingKind.CHANGED_ENTRY,
    ),
    "an erased text is put back": (
        statement("UPDATE decisions SET return_case = '{}' WHERE decision_id = 'dec-4'"),
        FindingKind.INCOMPLETE_ERASURE,
    ),
    "a text is emptied without an erasure": (
        statement("UPDATE overrides SET reason = '' WHERE sequence = 1"),
        FindingKind.CHANGED_ROW,
    ),
    "who erased": (statement("UPDATE erasures SET actor_id = 'nobody'"), FindingKind.CHANGED_ROW),
    "a salt": (
        statement("UPDATE journal SET salts = '{}' WHERE position = 1"),
        FindingKind.CHANGED_ROW,
    ),
}


def test_the_record_that_is_tampered_with_here_has_a_row_in_every_table(record: Record) -> None:
    with record.engine.connect() as connection:
        counts = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in append_only_tables()
        }

    assert min(counts.values()) > 0, f"give filled_record a row for each: {counts}"


def test_a_record_that_nobody_touched_verifies(record: Record) -> None:
    told: list[int] = []

    found = verify(record.engine, progress=told.append)

    assert found.findings == []
    assert found.unsealed == 0
    assert found.entries == found.position == told[-1] > 20
    assert found.erased_parts == 7


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_behind_the_triggers_is_found(record: Record, change: str) -> None:
    make, kind = CHANGES[change]
    with without_triggers(record.engine) as connection:
        make(connection)
        install_triggers(connection)

    found = verify(record.engine)

    assert kind in kinds(found)
    assert FindingKind.MISSING_TRIGGER not in kinds(found)
    assert found.finding_count == len(found.findings)


@pytest.mark.parametrize("times", [25, pytest.param(500, marks=pytest.mark.slow)])
def test_any_single_byte_that_changes_is_found(record: Record, times: int) -> None:
    with without_triggers(record.engine):
        pass
    unnoticed = []

    for seed in range(times):
        with change_anything(record.engine, seed) as what:
            found = verify(record.engine)
        if not kinds(found) - {FindingKind.MISSING_TRIGGER}:
            unnoticed.append(what)

    assert unnoticed == []
    assert kinds(verify(record.engine)) == {FindingKind.MISSING_TRIGGER}, "not all of it was put back"


def told_and_put_up_again(record: Record, statements: list[str]) -> None:
    with record.engine.begin() as connection:
        for line in statements:
            connection.execute(text(line))

    found = verify(record.engine)
    with record.engine.begin() as connection:
        install_triggers(connection)

    assert kinds(found) == {FindingKind.MISSING_TRIGGER}
    assert verify(record.engine).findings == []


@pytest.mark.parametrize("again", ["", "CREATE TRIGGER {} BEFORE DELETE ON decisions BEGIN SELECT 1; END"])
def test_a_trigger_of_sqlite_that_is_gone_or_another_is_told(sqlite_url: str, again: str) -> None:
    record, name = filled_record(sqlite_url), "decisions_DELETE_refused"

    told_and_put_up_again(record, [f"DROP TRIGGER {name}", *([again.format(name)] if again else [])])
    record.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER decisions_append_only ON decisions",
        "ALTER TABLE decisions DISABLE TRIGGER decisions_append_only",
        "ALTER TABLE decisions DISABLE TRIGGER ALL",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS 'BEGIN RETURN NULL; END' "
        "LANGUAGE plpgsql",
        "CREATE OR REPLACE TRIGGER decisions_append_only BEFORE TRUNCATE ON decisions "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ],
)
def test_a_trigger_of_postgresql_that_is_gone_off_or_another_is_told(
    postgres_url: str, statement: str
) -> None:
    record = filled_record(postgres_url)

    told_and_put_up_again(record, [statement])
    record.close()


def anchor_of(found: Verification) -> Anchor:
    return Anchor(found.position, found.link_sha256, "2026-03-09T00:00:00.000000Z")


def test_a_record_that_went_on_since_its_anchor_verifies(record: Record) -> None:
    anchor = anchor_of(verify(record.engine))
    record.append(entry("dec-later"))
    record.events(limit=1)

    found = verify(record.engine, against=anchor)

    assert found.findings == []
    assert found.position == anchor.position + 2


def test_a_chain_made_anew_is_found_by_the_anchor_alone(record: Record) -> None:
    anchor = anchor_of(verify(record.engine))
    record.override("dec-1", choice())
    record.append(entry("dec-later"))
    record.events(limit=1)
    with without_triggers(record.engine) as connection:
        rehash_chain(connection)
        install_triggers(connection)

    assert verify(record.engine).findings == []
    assert kinds(verify(record.engine, against=anchor)) == {FindingKind.OTHER_CHAIN}


def test_what_is_cut_off_at_the_end_is_found_by_the_anchor_alone(record: Record) -> None:
    record.append(entry("dec-last"))
    record.events(limit=1)
    anchor = anchor_of(verify(record.engine))
    with without_triggers(record.engine) as connection:
        connection.execute(text("DELETE FROM journal WHERE position > 2"))
        for table in reversed(chained_tables()):
            rows = f"SELECT row_key FROM journal WHERE table_name = '{table.name}'"
            connection.execute(text(f"DELETE FROM {table.name} WHERE sequence NOT IN ({rows})"))
        install_triggers(connection)

    assert verify(record.engine).findings == []
    found = verify(record.engine, against=anchor)
    assert kinds(found) == {FindingKind.TRUNCATED}
    assert "which ends at 2" in found.findings[0].text


def test_an_anchor_is_read_as_it_was_written(tmp_path: Path) -> None:
    anchor = Anchor(7, "a" * 64, "2026-03-09T00:00:00.000000Z")
    path = tmp_path / "anchor.json"

    write_anchor(anchor, path)

    assert read_anchor(path) == anchor
    assert json.loads(path.read_text())["position"] == 7


def test_another_file_is_no_anchor(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are notes")

    with pytest.raises(InvalidAnchor, match="--anchor FILE` writes one"):
        read_anchor(path)


def test_a_damaged_file_is_told_and_not_a_crash(sqlite_url: str, tmp_path: Path) -> None:
    record = filled_record(sqlite_url)
    with record.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    record.close()
    path = tmp_path / "record.sqlite"
    body = bytearray(path.read_bytes())
    body[8192 : 8192 + 4096] = b"\xff" * 4096
    path.write_bytes(body)

    assert FindingKind.DAMAGED_DATABASE in kinds(verify(record.engine))
