"""Run a PostgreSQL of this machine for the tests: one cluster a session, in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from serving.demo.running_service import free_port

# Debian's package keeps the programs of each version out of the path.
DEBIAN_FOLDERS = "/usr/lib/postgresql"
IN_MEMORY, ROOM_BYTES = "/dev/shm", 8 * 2**30
# It refuses to run as root, and Debian makes this user for it.
USER = "postgres"
MISSING = "no PostgreSQL server on this machine: apt-get install --no-install-recommends postgresql"
# Without fsync, for what is tested here ends with its processes and not with the power.
SETTINGS = ("listen_addresses=127.0.0.1", "max_connections=200", "fsync=off")


@dataclass(frozen=True)
class PostgresServer:
    """One running cluster: where its files are and on which port of this machine it listens."""

    folder: Path
    port: int
    numbers: count

    def new_database(self) -> str:
        """Make an empty database and return its URL for SQLAlchemy."""
        name = f"record_{next(self.numbers)}"
        with psycopg.connect(self.connection_info("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{name}"

    def connection_info(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user={USER} dbname={database}"

    def start(self, settings: tuple[str, ...] = SETTINGS) -> None:
        """Start the server, also after it was killed."""
        options = " ".join(f"-c {each}" for each in (*settings, f"unix_socket_directories={self.folder}"))
        self._run(
            "pg_ctl", "start", "-w", "-t", "60", "-l", self.folder / "log", "-o", f"-p {self.port} {options}"
        )

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server; `immediate` is how it looks after a crash."""
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    @property
    def process_id(self) -> int:
        """Return the server's process, for a test that kills it."""
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def initialise(self) -> None:
        self._run("initdb", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def _run(self, program: str, *arguments: object) -> None:
        command = [program_path(program) or program, "-D", str(self.folder / "data"), *map(str, arguments)]
        who: dict[str, Any] = {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
        # Into a file: a started server keeps the output open, and would hold a pipe for ever.
        with (self.folder / "output").open("wb") as output:
            done = subprocess.run(command, cwd=self.folder, stdout=output, stderr=output, check=False, **who)
        if done.returncode:
            said = [path.read_text() for path in self.folder.iterdir() if path.name in {"log", "output"}]
            raise RuntimeError(f"{program} ended with {done.returncode}:\n" + "\n".join(said))


@contextmanager
def postgres_server(
    settings: tuple[str, ...] = SETTINGS, *, in_memory: bool = True
) -> Iterator[PostgresServer]:
    """Start a fresh cluster; without a server skip the test, or fail it where CI=true says it must run."""
    if program_path("initdb") is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    # A short path, because a socket's name may have 107 characters; pytest's own folders are root's alone.
    folder = Path(
        tempfile.mkdtemp(prefix="regrade-postgres-", dir=_folder_in_memory() if in_memory else None)
    )
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER, USER)
        server = PostgresServer(folder, free_port(), count(1))
        server.initialise()
        server.start(settings)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder_in_memory() -> str | None:
    """Return a folder that is no disk, where there is room in one: a database has hundreds of small files."""
    has_room = Path(IN_MEMORY).is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM_BYTES
    return IN_MEMORY if has_room else None


def program_path(name: str) -> str | None:
    """Return where a program of PostgreSQL's server is; None where none is installed."""
    newest = sorted(Path(DEBIAN_FOLDERS).glob("*/bin"), key=lambda each: int(each.parent.name), reverse=True)
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, newest)]))
