"""Time one call many times and keep its percentiles."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Timing:
    """How long one call took, in milliseconds, over n calls after a warm-up.

    `limit_ms` is what is promised of p50, or of p95 where `limits_p95`.
    """

    name: str
    n: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    limit_ms: float | None = None
    limits_p95: bool = False


@dataclass(frozen=True)
class Throughput:
    """How many items one core works through in a second of its own time, over n batches.

    Time of the processor and not of the clock, so that a busy machine takes less away. p5 and p1 are the
    slowest batches; `promised` is what is asked for.
    """

    name: str
    n: int
    batch: int
    p50: float
    p5: float
    p1: float
    promised: float | None = None


def measure(
    name: str,
    call: Callable[[], object],
    *,
    n: int,
    warm_up: int = 5,
    limit_ms: float | None = None,
    limits_p95: bool = False,
) -> Timing:
    """Call n times one after the other and return the percentiles of the wall time."""
    for _ in range(warm_up):
        call()
    p50, p95, p99 = np.percentile([_milliseconds(call) for _ in range(n)], [50, 95, 99])
    return Timing(name, n, float(p50), float(p95), float(p99), limit_ms, limits_p95)


def measure_throughput(
    name: str, work: Callable[[], object], *, batch: int, n: int, promised: float | None = None
) -> Throughput:
    """Work n batches off, one after the other and on one thread, and return the items a second."""
    work()
    rates = [batch / _processor_seconds(work) for _ in range(n)]
    p50, p5, p1 = np.percentile(rates, [50, 5, 1])
    return Throughput(name, n, batch, float(p50), float(p5), float(p1), promised)


def seconds_of(call: Callable[[], object]) -> float:
    """Call once and return the wall time."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _milliseconds(call: Callable[[], object]) -> float:
    return seconds_of(call) * 1000


def _processor_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
