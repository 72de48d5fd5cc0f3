"""Run a candidate in a process of its own, which may take too long, fail or die without anybody noticing."""

import os
import pickle
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from serving.record.shadows.shadow_log import CandidateIdentity, ShadowChoice
from serving.shadow.candidate import SeenReturn

# Opening models at the lowest priority takes its time on a machine that has other things to do.
READY_WITHIN_S = 600.0
END_WITHIN_S = 5.0
MODULE = "serving.shadow.shadow_child"


class ShadowDied(Exception):
    """The candidate's process ended, or could not be started."""


class ShadowLate(Exception):
    """The candidate took longer than it may; its process was ended."""


class ShadowFailed(Exception):
    """The candidate could not decide; the message says where, and nothing of the case."""


class ShadowProcess:
    """The process of one candidate, started when it is first needed and again after it was ended."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None

    @property
    def is_running(self) -> bool:
        """Return whether there is a process to ask."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> CandidateIdentity:
        """Start the process and wait until its candidate is open; raises ShadowDied."""
        ours, theirs = socket.socketpair()
        self._line = Connection(ours.detach())
        command = [sys.executable, "-P", "-m", MODULE, str(theirs.fileno()), str(self._file)]
        try:
            # Its own session, so that Ctrl-C reaches the service alone, which then ends it.
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                # What this process is made of, wherever that lies.
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError as error:
            raise ShadowDied(f"its process can't be started: {error.strerror}") from error
        finally:
            theirs.close()
        identity = self._answer(READY_WITHIN_S)
        if not isinstance(identity, CandidateIdentity):
            raise ShadowDied(str(identity))
        return identity

    def decide(self, seen: SeenReturn, within_s: float) -> ShadowChoice:
        """Let the candidate decide one return; raises ShadowLate, ShadowFailed or ShadowDied."""
        if self._line is None:
            raise ShadowDied("its process was not started")
        try:
            self._line.send_bytes(pickle.dumps(seen, pickle.HIGHEST_PROTOCOL))
        except OSError as error:
            self.end()
            raise ShadowDied("its process ended") from error
        answer = self._answer(within_s)
        if isinstance(answer, ShadowChoice):
            return answer
        raise ShadowFailed(str(answer))

    def interrupt(self) -> None:
        """Kill the process, so that the thread that waits for its answer gets none and goes on."""
        if self._process is not None:
            self._process.kill()

    def end(self) -> None:
        """End the process at once."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._process is not None:
            self._process.kill()
            self._process.wait(END_WITHIN_S)
            self._process = None

    def _answer(self, within_s: float) -> Any:
        line = self._line
        if line is None:
            raise ShadowDied("its process was not started")
        try:
            if not line.poll(within_s):
                self.end()
                raise ShadowLate(f"it took more than {within_s:g} s")
            return pickle.loads(line.recv_bytes())
        except (EOFError, OSError) as error:
            self.end()
            raise ShadowDied("its process ended") from error
