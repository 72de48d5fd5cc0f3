"""Remember that the database failed: then one call at a time tries it, and the others are told at once.

Otherwise each of them would hold a thread until its time is over, and photos and scores would wait for one.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from serving.record.errors import BusyRecord, Fault, UnusableRecord
from serving.start_notes import warn

STUCK = Fault("it does not answer at all", "see whether its disk hangs")


class Outage:
    """Whether the last try failed, of one way to use the database: reading or writing.

    A use that has not ended long after its time, as on a disk that hangs, counts as a failure as well.
    """

    def __init__(self, use: str, stuck_after_s: float) -> None:
        self._use = use
        self._stuck_after_s = stuck_after_s
        self._trial = threading.Lock()
        self._error: UnusableRecord | None = None
        self._started: dict[object, float] = {}

    @property
    def is_known(self) -> bool:
        """Return whether the last try failed."""
        return self._error is not None

    def require_none(self) -> None:
        """Raise UnusableRecord if the last try failed, without another one."""
        self._require_none_stuck()
        if self.is_known:
            raise self._again()

    @contextmanager
    def attempt(self) -> Iterator[bool]:
        """Try once, and yield whether the last try failed.

        Raises UnusableRecord at once where it did and another one is going on.
        """
        self._require_none_stuck()
        if not self.is_known:
            with self._noted():
                yield False
            return
        if not self._trial.acquire(blocking=False):
            raise self._again()
        try:
            with self._noted():
                yield True
        finally:
            self._trial.release()

    def _require_none_stuck(self) -> None:
        before = time.monotonic() - self._stuck_after_s
        if any(started < before for started in list(self._started.values())):
            raise UnusableRecord(f"record: {STUCK.what}; {STUCK.advice}", STUCK)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        this = object()
        self._started[this] = time.monotonic()
        try:
            yield
        except BusyRecord:
            raise
        except UnusableRecord as error:
            self._note(error)
            raise
        except Exception:
            # What is asked wrongly is answered by a database that works.
            self._note(None)
            raise
        finally:
            del self._started[this]
        self._note(None)

    def _note(self, error: UnusableRecord | None) -> None:
        before, self._error = self._error, error
        # Only the change: a line for each call would bury it.
        if before is None and error is not None:
            warn([f"{self._use} the record fails: {error}"])
        elif before is not None and error is None:
            warn([f"{self._use} the record works again"])

    def _again(self) -> UnusableRecord:
        # A new one, because several threads raise it. It may have been forgotten a moment ago.
        return UnusableRecord(*(self._error or UnusableRecord("record: it is tried again")).args)
