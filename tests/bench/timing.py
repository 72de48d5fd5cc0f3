"""Time one call many times and keep its percentiles."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Timing:
    """How long one call took, in milliseconds, over n calls after a warm-up."""

    name: str
    n: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


def measure(name: str, call: Callable[[], object], *, n: int, warm_up: int = 5) -> Timing:
    """Call n times one after the other and return the percentiles of the wall time."""
    for _ in range(warm_up):
        call()
    p50, p95, p99 = np.percentile([_milliseconds(call) for _ in range(n)], [50, 95, 99])
    return Timing(name, n, float(p50), float(p95), float(p99))


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000
