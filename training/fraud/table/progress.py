"""Tell how far a fit is, and whether there is time for more."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from tqdm import tqdm


class Progress:
    """Count fits on a bar where there is a terminal, else by a line each; and keep to a number of minutes.

    clock: seconds that only grow.
    """

    def __init__(
        self,
        minutes: float | None = None,
        *,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock, self._start = clock, clock()
        self._limit_s = None if minutes is None else 60.0 * minutes
        self._is_quiet = quiet
        self._done = 0
        self._bar = tqdm(unit=" fits", desc="fit", disable=quiet or not sys.stderr.isatty())

    @property
    def spent_s(self) -> float:
        """Return the seconds since the start."""
        return self._clock() - self._start

    @property
    def is_limited(self) -> bool:
        """Return whether there is a limit of time."""
        return self._limit_s is not None

    def has_time_for(self, needed_s: float) -> bool:
        """Return whether so many seconds are left; without a limit they always are."""
        return self._limit_s is None or self.spent_s + needed_s <= self._limit_s

    def step(self, done: str) -> None:
        """Tell that one more fit is done."""
        self._done += 1
        self._bar.update()
        if self._bar.disable:
            self.tell(f"{self._done} fits, {self.spent_s:.1f} s: {done}")

    def tell(self, line: str) -> None:
        """Write a line with the time, unless quiet."""
        if not self._is_quiet:
            tqdm.write(f"{datetime.now(UTC):%H:%M:%S} {line}", file=sys.stderr)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
