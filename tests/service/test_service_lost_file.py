"""A SQLite record that can't be written, or is no longer there, is told in time; the service outlives it."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from serving.demo.running_service import running_service
from tests.processes import workers_of
from tests.service.faulty_record import (
    READING,
    FaultyService,
    assert_a_crowd_waits_for_nothing,
    assert_decided_once,
    assert_good,
    assert_only_the_record_fails,
    assert_unusable,
    new_key,
    wait_until,
)
from tests.small_disk import filled, small_disk

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""
Break = Callable[[Path], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("small-disk")
    with small_disk(folder):
        yield folder


@pytest.fixture(scope="module")
def path(folder: Path) -> Path:
    return folder / "record.sqlite"


@pytest.fixture(scope="module")
def service(
    path: Path, case: dict[str, Any], photo: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FaultyService]:
    log = tmp_path_factory.mktemp("log") / "service.log"
    record = f"sqlite:///{path}"
    with running_service(record=record, log=log) as address:
        yield FaultyService(address, record, case, photo)


@contextmanager
def full_disk(path: Path) -> Iterator[None]:
    # What is free in the log beside the file would take another decision, rightly.
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with filled(path.parent):
        yield


@contextmanager
def lock_held_by_another_program(path: Path) -> Iterator[None]:
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield
        holder.communicate()


@contextmanager
def failing_writes(path: Path) -> Iterator[None]:
    """Let the disk refuse every byte that the service's workers write to any file."""
    workers = workers_of(f"sqlite:///{path}")
    before = {worker: resource.prlimit(worker, resource.RLIMIT_FSIZE) for worker in workers}
    for worker, (_, hard) in before.items():
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (1, hard))
    yield
    for worker, limits in before.items():
        resource.prlimit(worker, resource.RLIMIT_FSIZE, limits)


@contextmanager
def removed(path: Path) -> Iterator[None]:
    aside = _aside(path)
    for file in _files(path):
        os.link(file, aside / file.name)
        file.unlink()
    yield
    _put_back(path, aside)


@contextmanager
def renamed(path: Path) -> Iterator[None]:
    aside = _aside(path)
    path.rename(aside / path.name)
    yield
    _put_back(path, aside)


@contextmanager
def replaced(path: Path) -> Iterator[None]:
    aside = _aside(path)
    path.rename(aside / path.name)
    shutil.copy(aside / path.name, path)
    yield
    _put_back(path, aside)


@contextmanager
def log_removed(path: Path) -> Iterator[None]:
    aside = _aside(path)
    log = Path(f"{path}-wal")
    os.link(log, aside / log.name)
    log.unlink()
    yield
    _put_back(path, aside)


def _files(path: Path) -> list[Path]:
    return [file for file in path.parent.iterdir() if file.name.startswith(path.name)]


def _aside(path: Path) -> Path:
    folder = path.parent / "aside"
    folder.mkdir(exist_ok=True)
    return folder


def _put_back(path: Path, aside: Path) -> None:
    for file in aside.iterdir():
        file.rename(path.parent / file.name)


UNWRITABLE: dict[str, Break] = {
    "full disk": full_disk,
    "lock held": lock_held_by_another_program,
    "failing writes": failing_writes,
    "log removed": log_removed,
}
GONE: dict[str, Break] = {"removed": removed, "renamed": renamed, "replaced": replaced}


@pytest.mark.parametrize("broken", [*UNWRITABLE, *GONE])
def test_a_decision_that_can_not_be_kept_is_not_acknowledged(
    service: FaultyService, path: Path, broken: str
) -> None:
    before = assert_good(service.decide()).json()["decision_id"]
    kept, told = service.decisions_and_events()
    key = new_key()

    with {**UNWRITABLE, **GONE}[broken](path):
        refused = [
            service.decide(key),
            service.decide(new_key(), photo=True),
            service.decide(),
            service.override(before),
        ]
        readiness = service.readyz()
        others = [service.grade(), service.score()]
        if broken in GONE:
            assert path.exists() == (broken == "replaced")

    assert_only_the_record_fails([*refused, readiness], others, str(path), path.name)
    assert_decided_once(service, key)
    assert_good(service.decide())
    assert_good(service.readyz())
    assert service.decisions_and_events() == (kept + 2, told + 2)
    assert_good(service.override(before))


def test_photos_and_scores_do_not_wait_for_a_crowd_of_decisions(service: FaultyService, path: Path) -> None:
    needing_it = [service.decide] * 20
    assert_a_crowd_waits_for_nothing(service, needing_it, lock_held_by_another_program(path))


@pytest.mark.slow
def test_a_worker_that_starts_anew_makes_no_record_in_place_of_a_lost_one(
    service: FaultyService, path: Path
) -> None:
    kept = assert_good(service.decide()).json()["decision_id"]
    workers = workers_of(service.record)

    with removed(path):
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        wait_until(service.is_up)
        refused = service.decide()
        others = [service.grade(), service.score()]
        assert not path.exists()

    assert_only_the_record_fails([refused], others)
    assert_good(service.decide())
    assert_good(service.read("/v1/decisions/{id}", kept))


@pytest.mark.parametrize("reading", READING)
@pytest.mark.parametrize("broken", GONE)
def test_a_record_that_is_gone_is_not_read_either(
    service: FaultyService, path: Path, broken: str, reading: str
) -> None:
    kept = assert_good(service.decide()).json()["decision_id"]

    with GONE[broken](path):
        answer = service.read(reading, kept)

    assert_unusable(answer, str(path))
    assert_good(service.read(reading, kept))


@pytest.mark.parametrize("reading", READING)
@pytest.mark.parametrize("broken", UNWRITABLE)
def test_a_record_that_can_not_be_written_is_read_all_the_same(
    service: FaultyService, path: Path, broken: str, reading: str
) -> None:
    kept = assert_good(service.decide()).json()["decision_id"]

    with UNWRITABLE[broken](path):
        service.decide()
        answer = service.read(reading, kept)

    assert_good(answer)
    assert_good(service.decide())
