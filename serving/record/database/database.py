"""Use a record's database within time, while it is the one that was opened; say in words when that fails."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from serving.record.database.deadline import is_over, within
from serving.record.database.faults import SERVER_FAULTS
from serving.record.database.outage import Outage
from serving.record.database.patience import Patience
from serving.record.database.probe import read_probe, write_probe
from serving.record.database.sqlite_file import SqliteFile
from serving.record.errors import BusyRecord, Fault, UnusableRecord

ON_SERVER = "server"
OVERRUN = Fault("too much is asked of it at once", "ask less of it, or start more workers")
LATE = Fault("it did not answer in time", "see what keeps it busy")
FORGETFUL = Fault("it forgets what it was given", "restore a backup of the record")


class Database:
    """An open database, used as an engine is; every use ends within the patience of whoever waits.

    Raises UnusableRecord when the database can't be used, and at once when that is known.
    """

    def __init__(self, engine: Engine, patience: Patience, file: SqliteFile | None = None) -> None:
        self.engine = engine
        self.patience = patience
        self._file = file
        self._reads = Outage("reading", patience.stuck_after_s)
        self._writes = Outage("writing", patience.stuck_after_s)

    @property
    def opened_as(self) -> str | None:
        """Return by what another process opens this database and no other; None for one in memory."""
        if self._file:
            return self._file.name
        return None if self.engine.dialect.name == "sqlite" else ON_SERVER

    @property
    def is_in_memory(self) -> bool:
        """Return whether the database lies in this process, another one in each of its threads."""
        return self.opened_as is None

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    @contextmanager
    def in_time(self) -> Iterator[None]:
        """Give everything in the block, however often it reads and writes, the time of one answer."""
        with within(self.patience.answer_within_s):
            yield

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Lend a connection to read by."""
        with self._using(self._reads) as connection:
            yield connection

    @contextmanager
    def connect_to_count(self) -> Iterator[Connection]:
        """Lend a connection for what goes through all rows: a database that answers may take its time."""
        with self.connect() as connection:
            connection.execute(text("SELECT 1"))
        # Not as a use that may be stuck: it is known to take long.
        with within(self.patience.count_within_s), self._connected() as connection:
            if connection.dialect.name == "postgresql":
                limit_ms = int(self.patience.count_within_s * 1000)
                connection.execute(text(f"SET LOCAL statement_timeout = {limit_ms}"))
            yield connection

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Lend a connection in one transaction, committed at the end and then known to be kept."""
        with self._using(self._writes) as connection:
            with connection.begin():
                yield connection
                if is_over():
                    # Nobody waits for it any more, so it is not kept either.
                    raise _unusable(LATE)
            if self._file:
                self._file.require_kept()

    def require_same_file(self) -> None:
        """Raise UnusableRecord if a SQLite file was removed, renamed or replaced since it was opened."""
        if self._file:
            self._file.require_same()

    def require_no_known_fault(self) -> None:
        """Raise UnusableRecord where the last reading or writing failed; asks nothing of the database."""
        self._writes.require_none()
        self._reads.require_none()

    def require_writable(self) -> None:
        """Raise UnusableRecord if nothing could be written now; writes only where the last writing failed."""
        if self._writes.is_known:
            self.prove()
            return
        with self._using(self._writes) as connection:
            if connection.dialect.name == "sqlite":
                # Takes the lock that a writer needs and gives it back: nothing is written.
                connection.execute(text("BEGIN IMMEDIATE"))
                connection.rollback()
            elif connection.dialect.name == "postgresql":
                _require_primary(connection)

    def prove(self) -> None:
        """Write a row of its own and read it again; raises UnusableRecord."""
        with self.in_time():
            with self.begin() as connection:
                written = write_probe(connection)
            with self.connect() as connection:
                if read_probe(connection) < written:
                    raise _unusable(FORGETFUL)

    @contextmanager
    def _using(self, outage: Outage) -> Iterator[Connection]:
        patience = self.patience
        with self.in_time(), outage.attempt() as is_trial:
            self.require_same_file()
            until = patience.trial_within_s if is_trial else patience.answer_within_s
            with within(until), self._connected() as connection:
                yield connection

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            connection = self.engine.connect()
        except PoolTimeoutError as error:
            raise BusyRecord(_message(OVERRUN), OVERRUN) from error
        with connection:
            yield connection


def _require_primary(connection: Connection) -> None:
    if connection.execute(text("SHOW transaction_read_only")).scalar() == "on":
        raise _unusable(SERVER_FAULTS["25006"])


def _unusable(fault: Fault) -> UnusableRecord:
    return UnusableRecord(_message(fault), fault)


def _message(fault: Fault) -> str:
    return f"record: {fault.what}; {fault.advice}"
