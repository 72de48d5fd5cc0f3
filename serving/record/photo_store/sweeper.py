"""Sweep the photo store now and then, beside the service and in one of its workers at a time."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.place import Found

LOGGER = logging.getLogger("regrade")
EVERY = timedelta(hours=6)
# A worker that starts has more urgent things to do.
FIRST_AFTER_S, LOOKS_EVERY_S = 300.0, 900.0
MARK = "swept"


class Sweeper:
    """A thread that sweeps when nobody has for a while; what fails is told and tried again later."""

    def __init__(self, store: PhotoStore, run: Callable[[], object], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._run = run
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="photo sweeper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Let the thread end when it has done what it does."""
        self._stop.set()

    def sweep_if_due(self) -> bool:
        """Sweep unless somebody has lately; return whether it was done."""
        last = max(self._store.place.found(MARK), key=_moment, default=None)
        if last is not None and last.written_at > self._clock() - EVERY:
            return False
        # First, so that no other worker begins; two at once would do no harm.
        self._store.place.write(f"{MARK}/last", b"")
        self._run()
        return True

    def _go_on(self) -> None:
        wait_s = FIRST_AFTER_S
        while not self._stop.wait(wait_s):
            wait_s = LOOKS_EVERY_S
            try:
                self.sweep_if_due()
            # Whatever a store or a database raises: the thread is to go on, and whoever runs it to know.
            except Exception:
                LOGGER.warning("photos could not be swept; it is tried again later", exc_info=True)


def _moment(found: Found) -> datetime:
    return found.written_at
