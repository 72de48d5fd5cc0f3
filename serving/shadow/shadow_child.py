"""Decide what comes along a line as a candidate, until the line ends: the main module of its process."""

import logging
import os
import pickle
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from serving.settings import Settings
from serving.shadow.candidate import Candidate, SeenReturn
from serving.shadow.opening_shadow import open_candidate
from serving.shadow.shadow_file import read_shadow_file

LOGGER = logging.getLogger("regrade.shadow")
# The least that a system that knows priorities gives; others give it as much as any process.
NICENESS = 19


def main(descriptor: int, file: Path) -> None:
    """Open the candidate of a file, say which it is, and decide what comes along a line."""
    with suppress(AttributeError, OSError):
        os.nice(NICENESS)
    # The service ends it; what is meant for the service is not for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError), Connection(descriptor) as line:
        candidate = _opened(line, file)
        while candidate is not None:
            answer(line, candidate)


def answer(line: Connection, candidate: Candidate) -> None:
    """Decide one return; what fails is told without what it was given: a case's words are the customer's."""
    seen: SeenReturn = pickle.loads(line.recv_bytes())
    try:
        told: object = candidate.decide(seen)
    # Whatever a candidate raises is about this return alone.
    except Exception as failure:
        LOGGER.debug("a return failed", exc_info=True)
        told = _without_content(failure)
    # Nothing of the return is held while it waits for the next one.
    del seen
    line.send_bytes(pickle.dumps(told))


def _opened(line: Connection, file: Path) -> Candidate | None:
    # What it warns of was told when the service started.
    logging.getLogger("regrade").setLevel(logging.ERROR)
    try:
        # One thread: the others are for what is served.
        candidate = open_candidate(replace(Settings.of(), threads=1), read_shadow_file(file))
    except Exception as failure:
        LOGGER.debug("the candidate can't be opened", exc_info=True)
        line.send_bytes(pickle.dumps(f"it can't be opened: {failure}"))
        return None
    line.send_bytes(pickle.dumps(candidate.identity))
    return candidate


def _without_content(failure: Exception) -> str:
    place = failure.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" in {Path(place.tb_frame.f_code.co_filename).name}" if place else ""
    return f"{type(failure).__name__}{where}"


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
