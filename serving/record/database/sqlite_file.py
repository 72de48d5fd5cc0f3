"""Hold on to the one file that a SQLite record was opened as: it may be removed or replaced meanwhile."""

import os
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from sqlalchemy import Engine, event

from serving.record.database.deadline import at_most, is_over
from serving.record.errors import Fault, UnusableRecord

# Statements are asked after so many steps whether their time is over: about every millisecond.
STEPS = 10_000
LOST = Fault(
    "its file is no longer the one that the service opened: it was removed, renamed or replaced",
    "put that file back in its place, or stop the service, put the right file there and start it again",
)
CUT_OFF = Fault(
    "the log beside its file was removed, in which the newest decisions lay",
    "stop the service, which writes them into the file, and start it again",
)


@dataclass(frozen=True)
class SqliteFile:
    """The file of an open record, known by its device and inode, and whether a log is kept beside it."""

    path: Path
    identity: tuple[int, int] | None
    has_log: bool

    def __post_init__(self) -> None:
        _hold(self, self.path)

    @classmethod
    def of(cls, engine: Engine) -> Self | None:
        """Return the file of an open SQLite database; None where it lies in memory."""
        with engine.connect() as connection:
            name = connection.exec_driver_sql("SELECT file FROM pragma_database_list").scalar()
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        return cls(Path(name), _identity(Path(name)), has_log=mode == "wal") if name else None

    @classmethod
    def named(cls, name: str) -> Self:
        """Return the file that another process named, whether or not it is there now."""
        device, inode, log, path = name.split(":", maxsplit=3)
        return cls(Path(path), (int(device), int(inode)), has_log=log == "wal")

    @property
    def name(self) -> str:
        """Return what `named` reads."""
        device, inode = self.identity or (0, 0)
        return f"{device}:{inode}:{'wal' if self.has_log else ''}:{self.path}"

    def require_same(self) -> None:
        """Raise UnusableRecord if the file is gone or another one lies in its place; costs one stat."""
        if self.identity is None or _identity(self.path) != self.identity:
            raise self._unusable(LOST)

    def require_kept(self) -> None:
        """Raise UnusableRecord if what was just committed lies where nobody would find it again."""
        self.require_same()
        # SQLite removes its log when the last connection closes, and the one that just wrote is still open.
        if self.has_log and _identity(Path(f"{self.path}-wal")) is None:
            raise self._unusable(CUT_OFF)

    def _unusable(self, fault: Fault) -> UnusableRecord:
        return UnusableRecord(f"record {self.path}: {fault.what}; {fault.advice}", fault)


def share_file(engine: Engine, busy_timeout_s: float) -> None:
    """Let several workers share one file: readers never wait, writers wait for each other in time."""

    def wait_for_locks(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA busy_timeout = {int(at_most(busy_timeout_s) * 1000)}").close()

    def share(connection: Any, _: Any) -> None:
        wait_for_locks(connection)
        for pragma in ("journal_mode = WAL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}").close()
        connection.set_progress_handler(is_over, STEPS)

    event.listen(engine, "connect", share)
    event.listen(engine, "checkout", wait_for_locks)


def never_create(engine: Engine, file: SqliteFile) -> None:
    """Let later connections open the file only where it is: SQLite would make an empty one in its place."""

    def connect(_: Any, __: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        if not options.get("uri"):
            arguments[0] = f"file:{quote(str(file.path))}?mode=rw"
            options["uri"] = True

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "connect", lambda *_: file.require_same())


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _hold(holder: object, path: Path) -> None:
    """Keep a file's inode from being given to another file for as long as an object lives.

    As a path alone: closing a file that is open in earnest would end the locks that SQLite has on it.
    """
    way = getattr(os, "O_PATH", None)
    if way is None:
        return
    with suppress(OSError):
        weakref.finalize(holder, os.close, os.open(path, way | os.O_CLOEXEC))
