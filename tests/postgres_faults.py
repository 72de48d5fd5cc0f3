"""Let a PostgreSQL of the tests stand still, as a machine that hangs does."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.postgres import PostgresServer


@contextmanager
def standing_still(server: PostgresServer) -> Iterator[None]:
    """Stop the server and all its children until the block ends."""
    processes = [server.process_id, *children_of(server)]
    _send(signal.SIGSTOP, processes)
    try:
        yield
    finally:
        _send(signal.SIGCONT, processes)


def children_of(server: PostgresServer) -> list[int]:
    parent = server.process_id
    return [int(each) for each in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def _send(what: signal.Signals, processes: list[int]) -> None:
    for process in processes:
        # A child may end of its own accord.
        with suppress(ProcessLookupError):
            os.kill(process, what)
