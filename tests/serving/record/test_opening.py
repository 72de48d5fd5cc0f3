"""A database that can't be a record is told in one line, with what to do and without its secrets."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.dialects import registry
from sqlalchemy.engine.default import DefaultDialect

from serving.record.database.record_url import without_secrets
from serving.record.errors import InvalidRecordUrl, UnusableRecord
from serving.record.opening import open_database
from serving.record.record import Record

SECRET = "s3cret"


class UnreachableServer(DefaultDialect):
    """A database whose server is not there, and whose driver repeats what it was told."""

    name = "unreachable"
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Any:
        def connect(*_: Any, **__: Any) -> None:
            raise sqlite3.OperationalError(f"connection refused\n  (password {SECRET})")

        errors = {name: getattr(sqlite3, name) for name in dir(sqlite3) if name.endswith("Error")}
        return SimpleNamespace(**errors, connect=connect, paramstyle="qmark")


@pytest.fixture(autouse=True)
def _unreachable_server() -> None:
    registry.register("unreachable", __name__, "UnreachableServer")


def refusal_of(url: str, kind: type[Exception]) -> str:
    with pytest.raises(kind) as refused:
        open_database(url)
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    assert SECRET not in message
    return message


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    message = refusal_of(f"sqlite:///{tmp_path}/missing/record.sqlite", InvalidRecordUrl)

    assert f"no folder {tmp_path}/missing; make it" in message


def test_a_folder_in_place_of_a_file_is_told_with_a_file_in_it(tmp_path: Path) -> None:
    message = refusal_of(f"sqlite:///{tmp_path}", InvalidRecordUrl)

    assert f"sqlite:///{tmp_path}/record.sqlite" in message


def test_a_file_that_is_no_database_is_named_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, and no database of any program")

    assert "name another file" in refusal_of(f"sqlite:///{path}", InvalidRecordUrl)
    assert path.read_text() == "these are notes, and no database of any program"


@pytest.mark.parametrize(
    ("table", "says"), [("users (id)", "has a table users"), ("decisions (id)", "no column sequence")]
)
def test_a_database_of_another_program_is_refused_and_stays_as_it_is(
    tmp_path: Path, table: str, says: str
) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE {table}")
    before = path.read_bytes()

    assert says in refusal_of(f"sqlite:///{path}", InvalidRecordUrl)
    assert path.read_bytes() == before


def test_a_record_is_opened_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'record.sqlite'}"

    open_database(url).dispose()
    open_database(url).dispose()


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/dev/full", "make room"),
        ("/proc/record.sqlite", "let this user write"),
        ("/dev/null", "read and written"),
    ],
)
def test_a_file_that_can_not_be_written_is_no_fault_of_the_url(path: str, says: str) -> None:
    assert says in refusal_of(f"sqlite:///{path}", UnusableRecord)


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    message = refusal_of(f"unreachable://me:{SECRET}@host/records", UnusableRecord)

    assert "unreachable://me:***@host/records: connection refused" in message
    assert "see that its server runs" in message


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+nodriver://me:{SECRET}@host/x",
        f"oracel://me:{SECRET}@host/x",
        f"sqlite://me:{SECRET}@host/x",
        f"postgresql://me:{SECRET}@host:port/x",
        f"me:{SECRET}@host",
        f"mysql+asyncmy://me:{SECRET}@host/x",
    ],
)
def test_an_impossible_url_is_told_without_the_password(url: str) -> None:
    assert "sqlite:///" in refusal_of(url, InvalidRecordUrl)


def test_a_missing_driver_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "MySQLdb", None)

    message = refusal_of(f"mysql://me:{SECRET}@host/x", InvalidRecordUrl)

    assert 'needs the driver MySQLdb, which is not installed: pip install "mysqlclient"' in message


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///a.sqlite", "sqlite:///a.sqlite"),
        ("postgresql://me@host/x", "postgresql://me@host/x"),
        ("postgresql://host:5432/x", "postgresql://host:5432/x"),
        ("postgresql://me:a:b@host/x", "postgresql://me:***@host/x"),
        ("postgresql://me:a@b/c@host/x", "postgresql://me:***@host/x"),
        ("postgresql://me:@host/x", "postgresql://me:***@host/x"),
        ("postgresql://host/x?user=me&password=a&b=c", "postgresql://host/x?user=me&password=***&b=c"),
        ("postgresql://host/x?sslkey=/k&SSLPassword=a", "postgresql://host/x?sslkey=***&SSLPassword=***"),
    ],
)
def test_secrets_are_hidden_however_a_url_is_written(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


def test_a_database_that_fails_later_is_told_in_one_line_too(tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite"
    record = Record.open(f"sqlite:///{path}", new_id=str)
    record.close()
    for file in tmp_path.iterdir():
        file.unlink()
    path.mkdir()

    with pytest.raises(UnusableRecord, match="removed, renamed or replaced; put that file back"):
        record.get("one")
