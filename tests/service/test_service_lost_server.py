"""A PostgreSQL that is stopped, stands still or holds its tables is told in time; the service outlives it."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from serving.demo.running_service import running_service
from serving.settings import PHOTOS_VARIABLE
from tests.postgres import PostgresServer, postgres_server
from tests.postgres_faults import children_of, standing_still
from tests.processes import workers_of
from tests.service.faulty_record import (
    READING,
    FaultyService,
    assert_a_crowd_waits_for_nothing,
    assert_decided_once,
    assert_good,
    assert_only_the_record_fails,
    new_key,
    wait_until,
)

DATABASE = "record_1"
Break = Callable[[PostgresServer], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="module")
def service(
    server: PostgresServer, case: dict[str, Any], photo: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FaultyService]:
    folder = tmp_path_factory.mktemp("service")
    record = server.new_database()
    with pytest.MonkeyPatch.context() as patch:
        # A record on a server has no folder: its photos would lie where the tests were started.
        patch.setenv(PHOTOS_VARIABLE, str(folder / "photos"))
        with running_service(record=record, log=folder / "service.log") as address:
            yield FaultyService(address, record, case, photo)


@contextmanager
def stopped(server: PostgresServer) -> Iterator[None]:
    server.stop()
    yield
    server.start()


@contextmanager
def deaf_to_new_connections(server: PostgresServer) -> Iterator[None]:
    """Stop the server's own process alone, and end the connections that its children still serve."""
    os.kill(server.process_id, signal.SIGSTOP)
    try:
        end_connections(server)
        yield
    finally:
        os.kill(server.process_id, signal.SIGCONT)


def end_connections(server: PostgresServer) -> None:
    for child in children_of(server):
        command = Path(f"/proc/{child}/cmdline").read_bytes().decode(errors="replace")
        if f" {DATABASE} " in command:
            os.kill(child, signal.SIGTERM)


@contextmanager
def tables_held(server: PostgresServer) -> Iterator[None]:
    with psycopg.connect(server.connection_info(DATABASE)) as holder:
        holder.execute("LOCK TABLE decisions, overrides, events, probes IN ACCESS EXCLUSIVE MODE")
        yield
        holder.rollback()


BREAKS: dict[str, Break] = {
    "stopped": stopped,
    "standing still": standing_still,
    "deaf": deaf_to_new_connections,
    "tables held": tables_held,
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_decision_that_can_not_be_kept_is_not_acknowledged(
    service: FaultyService, server: PostgresServer, broken: str
) -> None:
    before = assert_good(service.decide()).json()["decision_id"]
    kept, told = service.decisions_and_events()
    key = new_key()

    with BREAKS[broken](server):
        refused = [
            service.decide(key),
            service.decide(new_key(), photo=True),
            service.decide(),
            service.override(before),
            *(service.read(path, before) for path in READING),
            service.readyz(),
        ]
        others = [service.grade(), service.score()]

    assert_only_the_record_fails(refused, others, str(server.port), DATABASE, "postgres")
    for path in READING:
        assert_good(service.read(path, before))
    assert_decided_once(service, key)
    assert_good(service.decide())
    assert_good(service.readyz())
    assert service.decisions_and_events() == (kept + 2, told + 2)


def test_photos_and_scores_do_not_wait_for_a_crowd_of_decisions(
    service: FaultyService, server: PostgresServer
) -> None:
    needing_it = [service.decide] * 20 + [lambda: service.read("/v1/kpis")] * 20
    assert_a_crowd_waits_for_nothing(service, needing_it, standing_still(server))


@pytest.mark.slow
def test_a_worker_that_starts_anew_without_the_server_grades_and_scores(
    service: FaultyService, server: PostgresServer
) -> None:
    assert_good(service.decide())
    workers = workers_of(service.record)

    with stopped(server):
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        wait_until(service.is_up)
        refused = service.decide()
        others = [service.grade(), service.score()]

    assert_only_the_record_fails([refused], others)
    assert_good(service.decide())


def test_connections_that_the_server_ended_are_noticed_by_nobody(
    service: FaultyService, server: PostgresServer
) -> None:
    kept = assert_good(service.decide()).json()["decision_id"]

    end_connections(server)
    answers = [service.read("/v1/decisions/{id}", kept), service.decide(), service.override(kept)]
    server.stop(mode="fast")
    server.start()
    answers += [service.decide(), service.read("/v1/kpis", kept)]

    for answer in answers:
        assert_good(answer)
