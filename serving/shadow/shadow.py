"""Give decisions to a candidate once they were taken: from a queue with an end, and never more than fits."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime

from serving.record.errors import RecordError
from serving.record.shadows.shadow_log import (
    CandidateIdentity,
    ShadowLog,
    ShadowResult,
    ShadowState,
    is_drawn,
)
from serving.shadow.candidate import SeenReturn
from serving.shadow.shadow_file import ShadowBudget
from serving.shadow.shadow_process import ShadowDied, ShadowFailed, ShadowLate, ShadowProcess

LOGGER = logging.getLogger("regrade.shadow")
STOP_WITHIN_S, BEAT_EVERY_S = 5.0, 1.0
# Until a candidate whose process ended is started again, after each time in a row; the last from then on.
PAUSES_S = (0.0, 1.0, 10.0, 60.0, 300.0)


class Shadow:
    """A candidate with the decisions that wait for it; what it does not get to is dropped and counted.

    The thread waits for the candidate's process and writes down what it says, so it takes next to nothing.
    """

    def __init__(
        self,
        process: ShadowProcess,
        log_of: Callable[[CandidateIdentity], ShadowLog],
        budget: ShadowBudget,
        clock: Callable[[], datetime],
        *,
        needs_photos: bool,
    ) -> None:
        self.needs_photos = needs_photos
        self._process = process
        self._log_of = log_of
        self._log: ShadowLog | None = None
        self._budget = budget
        self._clock = clock
        self._waiting: deque[SeenReturn] = deque()
        self._waiting_bytes = 0
        self._no_room = 0
        self._died = 0
        self._noted_s = 0.0
        self._is_stopping = threading.Event()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)

    def start(self) -> None:
        """Begin to decide what is offered."""
        self._thread.start()

    def stop(self) -> None:
        """End at once; what is in hand and what waits is dropped."""
        with self._changed:
            self._is_stopping.set()
            self._drop()
            self._changed.notify_all()
        self._process.interrupt()
        if self._thread.is_alive():
            self._thread.join(STOP_WITHIN_S)

    def offer(self, seen: SeenReturn) -> None:
        """Let a decision wait for the candidate if it is drawn and there is room; never wait itself."""
        if not is_drawn(seen.decision.decision_id, self._budget.share):
            return
        with self._changed:
            has_room = len(self._waiting) < self._budget.waiting
            if not has_room or self._waiting_bytes + seen.size_bytes > self._budget.photo_bytes:
                self._no_room += 1
                return
            self._waiting.append(seen)
            self._waiting_bytes += seen.size_bytes
            self._changed.notify()

    def _run(self) -> None:
        try:
            while self._begin() and (seen := self._next()) is not None:
                self._beat()
                result = self._decided(seen)
                if not self._is_stopping.is_set():
                    self._note(result)
        finally:
            self._process.end()
            self._note(ended=True)
            if self._log is not None:
                self._log.close()

    def _begin(self) -> bool:
        """Start the process if there is none, as often as it takes; return whether to go on."""
        while not self._is_stopping.is_set() and not self._process.is_running:
            if self._is_stopping.wait(PAUSES_S[min(self._died, len(PAUSES_S) - 1)]):
                break
            try:
                identity = self._process.start()
            except (ShadowDied, ShadowLate) as error:
                self._died += 1
                LOGGER.warning("shadow is not there: %s", error)
                continue
            if self._log is None:
                self._log = self._log_of(identity)
            self._note()
        return not self._is_stopping.is_set()

    def _next(self) -> SeenReturn | None:
        """Take what has waited longest, None once it ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_stopping.is_set())
            if self._is_stopping.is_set():
                return None
            seen = self._waiting.popleft()
            self._waiting_bytes -= seen.size_bytes
            return seen

    def _drop(self) -> None:
        self._waiting.clear()
        self._waiting_bytes = 0

    def _decided(self, seen: SeenReturn) -> ShadowResult:
        begun_s = time.monotonic()
        choice, state, error = None, ShadowState.COMPARED, None
        try:
            choice = self._process.decide(seen, self._budget.seconds)
            self._died = 0
        except ShadowLate:
            state, self._died = ShadowState.LATE, self._died + 1
        except ShadowDied as failure:
            state, error, self._died = ShadowState.FAILED, str(failure), self._died + 1
        except ShadowFailed as failure:
            state, error = ShadowState.FAILED, str(failure)
        took_s = time.monotonic() - begun_s
        return ShadowResult(seen.decision.decision_id, state, choice, error, took_s, seen.duration_s)

    def _beat(self) -> None:
        """Note that the run goes on, if nothing has told so for a while: a kill may come at any time."""
        if time.monotonic() - self._noted_s > BEAT_EVERY_S:
            self._note()

    def _note(self, result: ShadowResult | None = None, *, ended: bool = False) -> None:
        if self._log is None:
            return
        self._noted_s = time.monotonic()
        try:
            self._log.note(self._clock(), no_room=self._no_room, result=result, ended=ended)
        # A result that can't be kept is told as skipped; the next one may be kept.
        except (RecordError, OSError) as error:
            LOGGER.warning("shadow waits for the record: %s", str(error).splitlines()[0])
