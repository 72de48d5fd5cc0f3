"""A record is copied while it is written to, into a file that is a record, and back into either database."""

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from serving.record.chain.verify import verify
from serving.record.copying import BrokenCopy, back_up, restore
from serving.record.errors import InvalidRecordUrl
from serving.record.opening import open_unchanged
from serving.record.record import Record
from serving.record.tables import METADATA
from tests.serving.record.entries import entry, filled_record, numbered
from tests.serving.record.tampering import without_triggers


def all_rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in METADATA.sorted_tables
        }


def ignore(_: int) -> None:
    """Do as if nobody watched the progress."""


@pytest.fixture(params=["sqlite", "postgresql"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of another empty database, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'restored.sqlite'}"
    return str(request.getfixturevalue("postgres").new_database())


def test_a_restored_backup_holds_every_row_and_goes_on(
    record_url: str, other_url: str, tmp_path: Path
) -> None:
    record = filled_record(record_url)
    before, backup = all_rows(record.engine), tmp_path / "backup.sqlite"
    record.close()
    told: list[int] = []

    found = back_up(record_url, backup, told.append)
    restore(backup, other_url, ignore)

    restored = Record.open(other_url, numbered("new"))
    assert all_rows(restored.engine) == before
    assert told[-1] == sum(map(len, before.values()))
    restored.append(entry("dec-new"))
    assert restored.events(limit=99).rows[-1]["decision_id"] == "dec-new"
    after = verify(restored.engine)
    assert (after.findings, after.position) == ([], found.position + 2)
    restored.close()


def test_a_backup_is_one_file_that_is_a_record_itself(record_url: str, tmp_path: Path) -> None:
    filled_record(record_url).close()
    folder = tmp_path / "backups"
    folder.mkdir()

    back_up(record_url, folder / "backup.sqlite", ignore)

    assert [path.name for path in folder.iterdir()] == ["backup.sqlite"]
    engine = open_unchanged(f"sqlite:///{folder / 'backup.sqlite'}")
    assert verify(engine).findings == []
    engine.dispose()


def test_a_record_is_backed_up_while_it_is_written_to(record_url: str, tmp_path: Path) -> None:
    record, is_done = Record.open(record_url, numbered("evt")), threading.Event()
    record.append(entry("dec-0"))

    def write() -> None:
        number = 0
        while not is_done.is_set():
            number += 1
            record.append(entry(f"dec-{number}"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = [back_up(record_url, tmp_path / f"backup-{number}.sqlite", ignore) for number in range(3)]
    finally:
        is_done.set()
        writer.join()

    sizes = [each.entries + each.unsealed for each in found]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 2
    record.close()


def test_a_file_that_is_there_is_not_written_over(record_url: str, tmp_path: Path) -> None:
    filled_record(record_url).close()
    backup = tmp_path / "backup.sqlite"
    backup.write_text("the backup of yesterday")

    with pytest.raises(FileExistsError, match="is there already"):
        back_up(record_url, backup, ignore)
    assert backup.read_text() == "the backup of yesterday"


def test_a_record_that_was_changed_is_not_backed_up_as_if_it_were_whole(
    record_url: str, tmp_path: Path
) -> None:
    record = filled_record(record_url)
    with without_triggers(record.engine) as connection:
        connection.execute(text("UPDATE decisions SET refund_amount = 5 WHERE decision_id = 'dec-1'"))
    record.close()

    with pytest.raises(BrokenCopy, match="changed_row: decisions 1"):
        back_up(record_url, tmp_path / "backup.sqlite", ignore)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("backup")]


def test_nothing_is_restored_into_a_record_that_holds_something(record_url: str, tmp_path: Path) -> None:
    record, backup = filled_record(record_url), tmp_path / "backup.sqlite"
    back_up(record_url, backup, ignore)
    before = all_rows(record.engine)

    with pytest.raises(InvalidRecordUrl, match="rows already: name an empty one"):
        restore(backup, record_url, ignore)
    assert all_rows(record.engine) == before
    record.close()
