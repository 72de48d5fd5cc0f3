"""A candidate's process can hang, die or be given anything, and whoever asks it only learns that it did."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from data.decision import Disposition
from serving.shadow.shadow_process import ShadowDied, ShadowFailed, ShadowLate, ShadowProcess
from tests.serving.shadow.candidates import seen_return, shadow_file

LONG_S = 120.0


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ShadowProcess]:
    made = ShadowProcess(shadow_file(tmp_path))
    yield made
    made.end()


def pid_of(process: ShadowProcess) -> int:
    assert process._process
    return process._process.pid


def is_there(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_process_says_which_candidate_it_is_and_decides_at_the_lowest_priority(
    process: ShadowProcess,
) -> None:
    identity = process.start()
    told = process.decide(seen_return(), LONG_S)

    assert identity.name == "dear"
    assert told.disposition is not Disposition.RESTOCK
    assert os.getpriority(os.PRIO_PROCESS, pid_of(process)) == 19


def test_return_that_fails_is_told_without_what_it_says_and_the_next_one_is_decided(
    process: ShadowProcess,
) -> None:
    process.start()
    seen = seen_return()
    secret = seen.case.rma.model_copy(update={"customer_id": "ana-rma", "value": "of ana"})
    wrong = replace(seen, case=seen.case.model_copy(update={"rma": secret}))

    with pytest.raises(ShadowFailed) as told:
        process.decide(wrong, LONG_S)

    assert "ana" not in str(told.value)
    assert ".py" in str(told.value)
    assert process.decide(seen, LONG_S).grade == "A"


def test_process_that_takes_too_long_is_ended_and_can_be_started_again(process: ShadowProcess) -> None:
    process.start()
    pid = pid_of(process)
    os.kill(pid, signal.SIGSTOP)

    with pytest.raises(ShadowLate):
        process.decide(seen_return(), 0.2)

    assert not process.is_running
    assert not is_there(pid)
    process.start()
    assert process.decide(seen_return(), LONG_S).grade == "A"


def test_process_that_was_killed_is_told(process: ShadowProcess) -> None:
    process.start()
    os.kill(pid_of(process), signal.SIGKILL)

    with pytest.raises(ShadowDied):
        process.decide(seen_return(), LONG_S)


def test_process_ends_by_itself_once_nobody_is_there_to_ask_it(process: ShadowProcess) -> None:
    process.start()
    pid = pid_of(process)
    assert process._line
    process._line.close()

    deadline = time.monotonic() + 60
    while is_there(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_candidate_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    path = shadow_file(tmp_path)
    (tmp_path / "dear.yaml").unlink()
    process = ShadowProcess(path)

    with pytest.raises(ShadowDied, match="no policy 'dear"):
        process.start()
    process.end()
