"""Tell whether the service can keep what it decides: proved now and then, and asked of the file each time."""

import threading
import time
from collections.abc import Callable

from serving.record.database.database import Database


class Readiness:
    """What the last use of the record showed, and a proof of its own where the last proof is old."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._proving = threading.Lock()
        self._proved_at: float | None = None

    def require(self) -> None:
        """Raise UnusableRecord where the record can't be used; one caller proves, the others don't wait."""
        self._database.require_same_file()
        if self._is_old() and self._proving.acquire(blocking=False):
            try:
                self._proved_at = self._clock()
                self._database.prove()
            finally:
                self._proving.release()
        self._database.require_no_known_fault()

    def _is_old(self) -> bool:
        every_s = self._database.patience.probe_every_s
        return self._proved_at is None or self._clock() - self._proved_at >= every_s
