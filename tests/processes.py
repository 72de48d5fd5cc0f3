"""Find and kill the processes of a service on this machine (Linux)."""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from serving.settings import RECORD_VARIABLE

# Long, because it only ends a hang.
GONE_WITHIN_S = 60.0


def workers_of(record: str) -> list[int]:
    """Return the processes that were started to serve a record."""
    mark = f"\0{RECORD_VARIABLE}={record}\0".encode()
    processes = [each for each in Path("/proc").iterdir() if each.name.isdigit()]
    return [int(each.name) for each in processes if mark in _environment(each)]


def kill_all(processes: Iterable[int]) -> None:
    """Kill processes at once, those that have ended of their own accord left out."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def wait_until_gone(processes: Iterable[int]) -> None:
    """Wait until nothing has the numbers of killed processes any more; raises AssertionError."""
    end_s, left = time.monotonic() + GONE_WITHIN_S, list(processes)
    while left := [process for process in left if Path(f"/proc/{process}").exists()]:
        assert time.monotonic() < end_s, f"processes {left} are still there"
        time.sleep(0.01)


def _environment(process: Path) -> bytes:
    try:
        return b"\0" + (process / "environ").read_bytes()
    except OSError:
        return b""
