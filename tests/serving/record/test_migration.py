"""A record of an earlier release becomes one of today without losing a row, however many workers start."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

from serving.record.database.probe import PROBES
from serving.record.errors import NewerRecord
from serving.record.migration import REVISIONS, SCRIPTS, VERSION_TABLE, revision_of
from serving.record.opening import open_database
from serving.record.record import Record
from serving.record.tables import METADATA, chained_tables
from serving.record.triggers import missing_triggers
from tests.serving.record.entries import choice, entry, numbered
from tests.serving.record.tampering import without_triggers

# What release 0.1 wrote: two decisions, an override and their events, as each database dumps them.
DUMPS = Path(__file__).parent
BEFORE = {"decisions": 2, "overrides": 1, "events": 3}


@pytest.fixture
def old_url(record_url: str) -> str:
    """Return the URL of a record that release 0.1 made."""
    dialect = record_url.partition(":")[0].partition("+")[0]
    script = (DUMPS / f"record-of-0.1.{dialect}.sql").read_text(encoding="utf-8")
    if dialect == "sqlite":
        with sqlite3.connect(record_url.removeprefix("sqlite:///")) as connection:
            connection.executescript(script)
        return record_url
    engine = create_engine(record_url)
    with engine.begin() as connection:
        connection.connection.cursor().execute(script)
    engine.dispose()
    return record_url


def rows_of(engine: Engine, table: str, columns: list[str]) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT {', '.join(columns)} FROM {table} ORDER BY sequence"))
        return [tuple(row) for row in found]


def columns_of(engine: Engine, table: str) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text(f"SELECT * FROM {table}")).keys())


def test_the_steps_are_those_that_the_code_names() -> None:
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.set_main_option("path_separator", "os")
    steps = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]

    assert tuple(reversed(steps)) == REVISIONS


def test_the_steps_lead_to_the_tables_that_the_code_reads(record_url: str) -> None:
    engine = open_database(record_url)
    apart = {VERSION_TABLE, PROBES.name}

    with engine.connect() as connection:
        options = {"compare_type": True, "include_object": lambda *of: of[1] not in apart}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)

    assert differences == []
    engine.dispose()


def test_a_record_of_release_0_1_keeps_every_row_as_it_was(old_url: str) -> None:
    plain = create_engine(old_url)
    columns = {table: columns_of(plain, table) for table in BEFORE}
    before = {table: rows_of(plain, table, columns[table]) for table in BEFORE}
    assert {table: len(rows) for table, rows in before.items()} == BEFORE
    plain.dispose()

    engine = open_database(old_url)

    assert {table: rows_of(engine, table, columns[table]) for table in BEFORE} == before
    for table, n in BEFORE.items():
        assert (
            rows_of(engine, table, ["tenant", "actor_id", "hash_scheme"]) == [("default", "service", 1)] * n
        )
    engine.dispose()


def test_a_record_of_release_0_1_is_read_and_written_on(old_url: str) -> None:
    record = Record.open(old_url, numbered("new"))

    assert record.find("k", entry().fingerprint) == record.get("dec-1")
    assert [each.person for each in record.get("dec-1").overrides] == ["ana"]
    record.override("dec-2", choice(person="bo"))
    record.append(entry("dec-3"))
    assert [row["decision_id"] for row in record.page(limit=9).rows] == ["dec-3", "dec-2", "dec-1"]
    assert [row["sequence"] for row in record.events(limit=9).rows] == [1, 2, 3, 4, 5]
    record.close()


def test_a_column_that_came_later_is_nullable() -> None:
    # What is NULL is left out of a row's hash: only so does a new column change the hash of no row of before.
    required = {
        "decisions": 20,
        "overrides": 11,
        "events": 9,
        "erasures": 10,
    }

    assert {
        table.name: sum(not column.nullable for column in table.columns)
        for table in chained_tables()
        if table.name in required
    } == required


def test_many_workers_starting_at_once_migrate_once(old_url: str) -> None:
    opening = f"from serving.record.opening import open_database; open_database({old_url!r})"
    with ThreadPoolExecutor(4) as pool:
        command = [sys.executable, "-c", opening]
        runs = [pool.submit(subprocess.run, command, capture_output=True, text=True) for _ in range(4)]

    assert [run.result().stderr for run in runs] == [""] * 4
    engine = open_database(old_url)
    with engine.connect() as connection:
        assert revision_of(connection) == REVISIONS[-1]
        assert missing_triggers(connection) == []
    engine.dispose()


def test_a_step_that_fails_leaves_the_record_as_it_was(old_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("serving.record.migration.install_triggers", fail)
    with pytest.raises(RuntimeError, match="the power went"):
        open_database(old_url)
    plain = create_engine(old_url)
    with plain.connect() as connection:
        assert revision_of(connection) is None
    assert "tenant" not in columns_of(plain, "decisions")
    plain.dispose()

    monkeypatch.undo()
    open_database(old_url).dispose()


def test_a_record_of_a_newer_release_is_refused_in_words(record_url: str) -> None:
    engine = open_database(record_url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(NewerRecord, match=r"schema is 9999, this release knows up to 0\d+\): update Regrade"):
        open_database(record_url)


def test_triggers_that_are_gone_stand_again_after_opening(record_url: str) -> None:
    engine = open_database(record_url)
    with engine.connect() as connection:
        guards = missing_triggers(connection)
    with without_triggers(engine):
        pass
    with engine.connect() as connection:
        assert missing_triggers(connection) != guards == []
    engine.dispose()

    again = open_database(record_url)

    with again.connect() as connection:
        assert missing_triggers(connection) == []
    again.dispose()
