"""A PostgreSQL whose disk is full says so, keeps no half of a decision, and goes on when there is room."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from serving.record.errors import UnusableRecord
from serving.record.record import Record
from tests.postgres import USER, PostgresServer
from tests.serving.record.entries import entry, numbered
from tests.small_disk import filled, small_disk

# More than fit into the pages that a table has already.
MANY = 200


@pytest.fixture
def disk(postgres: PostgresServer) -> Iterator[Path]:
    folder = postgres.folder / "small"
    folder.mkdir()
    with small_disk(folder, mebibytes=32):
        if os.geteuid() == 0:
            shutil.chown(folder, USER, USER)
        yield folder


@pytest.fixture
def record(postgres: PostgresServer, disk: Path) -> Iterator[Record]:
    with psycopg.connect(postgres.connection_info("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
        url = postgres.new_database()
        name = url.rpartition("/")[2]
        admin.execute(f"ALTER DATABASE {name} SET TABLESPACE small")
        opened = Record.open(url, numbered("evt"))
        yield opened
        opened.close()
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        admin.execute("DROP TABLESPACE small")


def test_a_full_server_is_told_and_works_again_when_there_is_room(record: Record, disk: Path) -> None:
    with filled(disk), pytest.raises(UnusableRecord) as refused:
        append_many(record)
    kept = len(record.page(limit=MANY).rows)
    record.append(entry("dec-last"))

    assert refused.value.fault.what == "its disk is full"
    assert kept < MANY
    assert len(record.events(limit=MANY).rows) == len(record.page(limit=MANY).rows) == kept + 1


def append_many(record: Record) -> None:
    for number in range(MANY):
        record.append(entry(f"dec-{number}"))
