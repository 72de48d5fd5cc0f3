"""A database that stands still, is full or is locked is told in time, and used again once it is well."""

import gc
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text

from serving.record.database.connecting import server_engine
from serving.record.database.database import Database
from serving.record.database.patience import read_patience
from serving.record.errors import BusyRecord, UnusableRecord
from serving.record.opening import open_in_time
from tests.postgres import PostgresServer
from tests.postgres_faults import standing_still

# All within which a caller is told, and what a busy machine may add.
SOON_S = read_patience().answer_within_s + 1.5
KPIS = text("SELECT count(*) FROM decisions")


@pytest.fixture
def database(record_url: str) -> Iterator[Database]:
    opened = open_in_time(record_url)
    yield opened
    opened.close()


@pytest.fixture
def on_server(postgres_url: str) -> Iterator[Database]:
    opened = open_in_time(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def in_file(sqlite_url: str) -> Iterator[Database]:
    opened = open_in_time(sqlite_url)
    yield opened
    opened.close()


def read(database: Database) -> None:
    with database.connect() as connection:
        connection.execute(KPIS)


def fault_of(use: Callable[[], object], within_s: float = SOON_S) -> str:
    started = time.monotonic()
    with pytest.raises(UnusableRecord) as refused:
        use()
    assert time.monotonic() - started < within_s
    return refused.value.fault.what


def proofs(database: Database) -> int:
    with database.connect() as connection:
        return int(connection.execute(text("SELECT proofs FROM probes")).scalar_one())


def test_a_proof_counts_itself_and_touches_nothing_else(database: Database) -> None:
    database.prove()
    database.prove()

    assert proofs(database) == 2
    with database.connect() as connection:
        for table in ("decisions", "overrides", "events"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


def test_many_may_prove_at_once(database: Database) -> None:
    threads = [threading.Thread(target=database.prove) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert proofs(database) == 8


def test_what_is_known_to_fail_is_tried_by_one_while_the_others_are_told_at_once(in_file: Database) -> None:
    path = Path(in_file.engine.url.database or "")
    with sqlite3.connect(path, isolation_level=None) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert fault_of(in_file.require_writable) == "another program holds it"
        trial = threading.Thread(target=lambda: fault_of(in_file.require_writable))
        trial.start()
        time.sleep(0.2)
        assert fault_of(in_file.require_writable, within_s=0.5) == "another program holds it"
        trial.join()
    holder.close()

    in_file.require_writable()
    in_file.require_no_known_fault()


def test_who_comes_after_a_use_that_hangs_is_told_at_once(in_file: Database) -> None:
    patience = in_file.patience.model_copy(update={"stuck_after_s": 0.2})
    database = Database(in_file.engine, patience)
    may_end = threading.Event()

    def hang() -> None:
        with database.begin():
            may_end.wait(30)

    hanging = threading.Thread(target=hang)
    hanging.start()
    time.sleep(0.3)

    assert fault_of(database.require_writable, within_s=0.5) == "it does not answer at all"
    assert fault_of(database.require_no_known_fault, within_s=0.5) == "it does not answer at all"
    read(database)
    may_end.set()
    hanging.join()
    database.require_writable()


def test_what_comes_too_late_is_not_kept(database: Database) -> None:
    hasty = Database(database.engine, database.patience.model_copy(update={"answer_within_s": 0.3}))

    def write_late() -> None:
        with hasty.begin() as connection:
            connection.execute(text("UPDATE probes SET proofs = 7"))
            time.sleep(0.4)

    assert fault_of(write_late) == "it did not answer in time"
    assert proofs(database) == 0


@pytest.mark.parametrize(
    ("pragma", "says"),
    [("max_page_count = 1", "its disk is full"), ("query_only = ON", "its file can't be written")],
)
def test_sqlite_says_why_it_does_not_write(in_file: Database, pragma: str, says: str) -> None:
    event.listen(in_file.engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}"))
    in_file.close()

    def write() -> None:
        with in_file.begin() as connection:
            connection.execute(text("CREATE TABLE more AS SELECT * FROM decisions"))

    assert fault_of(write) == says
    assert fault_of(in_file.require_no_known_fault) == says
    read(in_file)


def test_a_file_in_the_place_of_another_is_not_taken_for_it(in_file: Database) -> None:
    path = Path(in_file.engine.url.database or "")
    in_file.close()
    gc.collect()
    # A file system likes to give the next file the number of the one that was removed last.
    for _ in range(20):
        path.unlink()
        path.touch()
        assert "no longer the one" in fault_of(in_file.require_writable)

    assert path.read_bytes() == b""


def test_a_file_with_another_content_is_told(in_file: Database) -> None:
    in_file.close()
    Path(in_file.engine.url.database or "").write_bytes(b"these are notes, and no database at all" * 100)

    assert fault_of(lambda: read(in_file)) == "its file is no database"


def test_a_long_reading_is_ended(in_file: Database) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    def count() -> None:
        with in_file.connect() as connection:
            connection.execute(text(endless))

    assert fault_of(count) == "it did not answer in time"
    read(in_file)


def test_what_goes_through_all_rows_may_take_its_time(database: Database) -> None:
    patience = database.patience.model_copy(update={"answer_within_s": 0.3, "statement_timeout_s": 0.1})
    url = database.engine.url
    hasty = Database(server_engine(url, patience) if url.port else database.engine, patience)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) "

    with hasty.connect_to_count() as connection:
        assert connection.execute(text(f"{numbers} SELECT count(*) FROM n")).scalar_one() == 2_000_000

    with pytest.raises(UnusableRecord), hasty.connect() as connection:
        connection.execute(text(f"{numbers} SELECT count(*) FROM n"))
    hasty.close()


def test_more_callers_than_connections_are_told(on_server: Database) -> None:
    size = 15
    borrowed = [on_server.engine.connect() for _ in range(size)]

    with pytest.raises(BusyRecord):
        read(on_server)

    for connection in borrowed:
        connection.close()
    read(on_server)


@pytest.mark.parametrize(
    "statements",
    [("SELECT pg_sleep(60)",), ("SELECT pg_sleep(0.9)",) * 60, ("LOCK TABLE decisions IN SHARE MODE",)],
    ids=["one long", "many short", "lock"],
)
def test_a_slow_server_is_told_and_the_next_use_goes_on(
    on_server: Database, statements: tuple[str, ...]
) -> None:
    def work() -> None:
        with on_server.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    with held_table(on_server):
        assert fault_of(work) == "it did not answer in time"
    read(on_server)
    on_server.prove()


@contextmanager
def held_table(database: Database) -> Iterator[None]:
    info = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(info) as holder:
        holder.execute("LOCK TABLE decisions IN EXCLUSIVE MODE")
        yield
        holder.rollback()


def test_a_read_only_server_is_told_before_any_work(on_server: Database, postgres: PostgresServer) -> None:
    name = on_server.engine.url.database
    with psycopg.connect(postgres.connection_info("postgres"), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        on_server.close()
        assert fault_of(on_server.require_writable) == "it takes no writes"
        assert fault_of(on_server.prove) == "it takes no writes"
        read(on_server)
        admin.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")

    on_server.close()
    on_server.prove()


def test_connections_that_the_server_ended_are_replaced(
    on_server: Database, postgres: PostgresServer
) -> None:
    read(on_server)
    with psycopg.connect(postgres.connection_info("postgres"), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [on_server.engine.url.database],
        )

    read(on_server)
    on_server.prove()


def test_a_server_that_accepts_and_says_nothing_is_left_in_time(on_server: Database) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = on_server.engine.url.set(port=silent.getsockname()[1])
        mute = Database(server_engine(url, on_server.patience), on_server.patience)
        assert fault_of(lambda: read(mute)) == "it did not answer in time"


@pytest.mark.parametrize("use", [read, Database.prove, Database.require_writable])
@pytest.mark.parametrize("has_connections", [True, False])
def test_a_server_that_stands_still_is_told_in_time(
    on_server: Database, postgres: PostgresServer, has_connections: bool, use: Callable[[Database], None]
) -> None:
    read(on_server)
    if not has_connections:
        on_server.close()

    with standing_still(postgres):
        for _ in range(2):
            assert fault_of(lambda: use(on_server)) == "it did not answer in time"

    use(on_server)
    on_server.prove()
