"""Start the service again and again, to measure how soon it is ready and what it holds at rest."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np

from serving.demo.running_service import running_service

READY_LIMIT_S = 10.0


@dataclass(frozen=True)
class Start:
    """How long n starts took until the service was ready, and the memory of all its processes then."""

    n: int
    p50_s: float
    largest_s: float
    resident_mib: float

    def __str__(self) -> str:
        return (
            f"ready     p50 {self.p50_s:.1f} s, at most {self.largest_s:.1f} s after its start, "
            f"n = {self.n}; promised: {READY_LIMIT_S:.0f} s\n"
            f"memory    {self.resident_mib:.0f} MiB in all its processes, at rest"
        )


@contextmanager
def served() -> Iterator[httpx.Client]:
    """Serve on an empty record, and yield a client that keeps its connection."""
    with tempfile.TemporaryDirectory() as folder:
        record = f"sqlite:///{folder}/record.sqlite"
        with (
            running_service(record=record, log=Path(folder) / "service.log") as address,
            httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
        ):
            yield client


def measure_starts(n: int) -> Start:
    """Start and stop the service n times."""
    seconds, mib = zip(*(_start() for _ in range(n)), strict=True)
    return Start(n, float(np.median(seconds)), max(seconds), float(np.median(mib)))


def _start() -> tuple[float, float]:
    started = time.perf_counter()
    with served():
        return time.perf_counter() - started, sum(_proportional_mib(pid) for pid in _below(os.getpid()))


def _below(pid: int) -> Iterator[int]:
    """Yield the processes that a process started, and theirs (Linux)."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="utf-8").split():
            yield int(child)
            yield from _below(int(child))


def _proportional_mib(pid: int) -> float:
    """Return the memory of a process, with what it shares with others counted in parts (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    (kib,) = [int(line.split()[1]) for line in lines if line.startswith("Pss:")]
    return kib / 1024
