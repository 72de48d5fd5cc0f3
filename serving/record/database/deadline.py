"""Give everything that one call asks of the record the same end, however many statements it takes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ENDS_AT: ContextVar[float | None] = ContextVar("record_deadline", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give the block so many seconds; inside another such block the earlier of both ends stands."""
    own, outer = time.monotonic() + seconds, _ENDS_AT.get()
    token = _ENDS_AT.set(own if outer is None else min(own, outer))
    try:
        yield
    finally:
        _ENDS_AT.reset(token)


def left_s() -> float | None:
    """Return the seconds that are left, at least 0; None where nobody waits."""
    ends_at = _ENDS_AT.get()
    return None if ends_at is None else max(0.0, ends_at - time.monotonic())


def at_most(seconds: float) -> float:
    """Return a time-out that does not outlast what is left."""
    left = left_s()
    return seconds if left is None else min(seconds, left)


def is_over() -> bool:
    """Return whether nothing is left."""
    return left_s() == 0.0
