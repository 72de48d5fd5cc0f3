"""See to it that of all workers on a record one sends: two would send everything twice."""

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

_POSTGRES_LOCK = 0x5265677261646533
SUFFIX = ".webhooks-lock"


class OnlySender:
    """The right to send, which ends with the process that holds it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file: IO[bytes] | None = None
        self._connection: Connection | None = None

    def is_ours(self) -> bool:
        """Return whether this process may send; takes the right if nobody has it."""
        if self._engine.dialect.name == "postgresql":
            return self._holds_lock()
        return self._holds_file()

    def give_back(self) -> None:
        """Let another process send."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.invalidate()
                self._connection.close()
            self._connection = None

    def _holds_file(self) -> bool:
        if self._file is not None:
            return True
        database = self._engine.url.database
        if not database or database == ":memory:":
            return True
        # Open for as long as the right is held: closing it gives the right back.
        file = Path(f"{database}{SUFFIX}").open("ab")  # noqa: SIM115
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def _holds_lock(self) -> bool:
        try:
            if self._connection is None:
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                lock = select(func.pg_try_advisory_lock(_POSTGRES_LOCK))
                if not self._connection.execute(lock).scalar_one():
                    self.give_back()
                    return False
            # The right went with the connection, if that broke.
            self._connection.execute(select(1))
        except SQLAlchemyError:
            self.give_back()
            raise
        return True
