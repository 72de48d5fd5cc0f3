"""Copy a record row by row, into a file that is a record itself, or back into either database.

A copy made by the database's own tools fits the same database alone, and can't be read before it is restored.
A copy in SQLite can be verified, looked into and served as it lies, wherever it came from.
"""

import os
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, func, insert, select, text

from serving.record.chain.finding import Verification
from serving.record.chain.seal import seal_if_possible
from serving.record.chain.verify import verify
from serving.record.errors import InvalidRecordUrl, RecordError
from serving.record.opening import open_database, open_unchanged
from serving.record.snapshot import snapshot
from serving.record.tables import METADATA

# Rows in memory at one time.
BATCH = 200
Progress = Callable[[int], object]


class BrokenCopy(RecordError, RuntimeError):
    """What is to be copied, or was, does not verify."""


def count_rows(engine: Engine) -> int:
    """Return how many rows there are to copy."""
    with engine.connect() as connection:
        return sum(_count(connection, table) for table in METADATA.sorted_tables)


def back_up(url: str, to: Path, progress: Progress) -> Verification:
    """Copy a record into a new file of SQLite, while whoever uses it goes on, and verify the copy.

    The file is there only if all went well. Raises FileExistsError, BrokenCopy or what open_unchanged does.
    """
    if to.exists():
        raise FileExistsError(17, "is there already: name a file that is not", str(to))
    partial = to.with_name(f"{to.name}.partial")
    partial.unlink(missing_ok=True)
    source = open_unchanged(url)
    try:
        seal_if_possible(source)
        target = open_database(f"sqlite:///{partial}")
        try:
            _copy(source, target, progress)
            found = _verified(target)
            _close_file(target)
        finally:
            target.dispose()
        _put_in_place(partial, to)
    finally:
        source.dispose()
        partial.unlink(missing_ok=True)
    return found


def restore(backup: Path, url: str, progress: Progress) -> Verification:
    """Copy a backup into an empty database and verify it there; all of it is there or nothing.

    Raises InvalidRecordUrl for a database that holds rows already, and BrokenCopy.
    """
    source = open_unchanged(f"sqlite:///{backup}")
    try:
        target = open_database(url)
        try:
            if rows := count_rows(target):
                raise InvalidRecordUrl(
                    f"the record to restore into holds {rows} rows already: name an empty one"
                )
            _verified(source)
            _copy(source, target, progress)
            return _verified(target)
        finally:
            target.dispose()
    finally:
        source.dispose()


def _copy(source: Engine, target: Engine, progress: Progress) -> None:
    done = 0
    with snapshot(source) as reading, target.begin() as writing:
        for table in METADATA.sorted_tables:
            query = select(table).order_by(*table.primary_key.columns)
            # A server would send all of it at once otherwise.
            streamed = reading.execution_options(yield_per=BATCH).execute(query)
            for rows in streamed.mappings().partitions():
                writing.execute(insert(table), [dict(row) for row in rows])
                done += len(rows)
                progress(done)
            _go_on_counting(writing, table)


def _go_on_counting(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after those that were copied with their numbers; SQLite does."""
    if connection.dialect.name == "postgresql" and "sequence" in table.columns:
        sequence = f"pg_get_serial_sequence('{table.name}', 'sequence')"
        last = f"(SELECT max(sequence) FROM {table.name})"
        connection.execute(text(f"SELECT setval({sequence}, {last}) WHERE {last} IS NOT NULL"))


def _verified(target: Engine) -> Verification:
    found = verify(target)
    if found.finding_count:
        raise BrokenCopy(
            f"it does not verify ({found.finding_count} findings, the first: {found.findings[0]}), and is "
            "not copied as if it were whole: `regrade verify-record` says more"
        )
    return found


def _close_file(target: Engine) -> None:
    """Leave one file alone, without SQLite's log beside it."""
    with target.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = DELETE")


def _put_in_place(partial: Path, to: Path) -> None:
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.rename(to)


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
