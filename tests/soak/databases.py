"""Give the service a record to keep: a SQLite file, or a PostgreSQL of this machine that can be killed."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.postgres import PostgresServer, postgres_server
from tests.postgres_faults import children_of
from tests.processes import kill_all, wait_until_gone

SQLITE, POSTGRESQL = "sqlite", "postgresql"
DATABASES = (SQLITE, POSTGRESQL)
Kill = Callable[[random.Random], None]


@dataclass(frozen=True)
class RecordPlace:
    """The URL of a record, and the ways in which its database can be killed."""

    url: str
    kills: dict[str, Kill]


@contextmanager
def record_place(database: str, folder: Path) -> Iterator[RecordPlace]:
    """Make an empty record of a kind; skips or fails as tests do where no PostgreSQL is installed."""
    if database == SQLITE:
        # Its database is the service: what kills the one kills the other.
        yield RecordPlace(f"sqlite:///{folder / 'record.sqlite'}", {})
        return
    with postgres_server() as server:
        kills: dict[str, Kill] = {
            "database server": lambda _: _kill_server(server),
            "database process": lambda random_: _kill_one_process(server, random_),
        }
        yield RecordPlace(server.new_database(), kills)


def _kill_server(server: PostgresServer) -> None:
    """Kill the server with all that it started at once, and start it anew."""
    processes = [server.process_id, *children_of(server)]
    kill_all(processes)
    # It does not start beside what looks like another server on its files.
    wait_until_gone(processes)
    server.start()


def _kill_one_process(server: PostgresServer, random_: random.Random) -> None:
    """Kill one that the server started: it then ends all others itself, and recovers."""
    kill_all([random_.choice(children_of(server))])
