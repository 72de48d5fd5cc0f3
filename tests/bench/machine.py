"""Say on what machine and with which versions a speed was measured."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

PACKAGES = ("regrade", "bentoml", "onnxruntime", "numpy", "pillow", "lightgbm")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def describe_machine() -> list[str]:
    """Return lines that name the processor and its cores, the versions, the thread settings and the load."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    threads = ", ".join(f"{name}={os.environ.get(name, 'unset')}" for name in THREAD_VARIABLES)
    return [
        f"machine   {_processor()}, {len(os.sched_getaffinity(0))} cores in reach, {_memory_gib():.0f} GiB",
        f"system    {platform.platform()}",
        f"versions  Python {platform.python_version()}, {versions}",
        f"threads   {threads}",
        f"load      {os.getloadavg()[0]:.2f} over the last minute before the run; {_scheduling()}",
    ]


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process on one of its cores, and give the others back at the end."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _scheduling() -> str:
    is_ordinary = os.sched_getscheduler(0) == os.SCHED_OTHER
    return "ordinary scheduling" if is_ordinary else "real-time scheduling, ahead of all that is ordinary"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
