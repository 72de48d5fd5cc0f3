"""Open the database of a record, or say in one line why it can't be used; its secrets are never told."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SAWarning

from serving.record.database.connecting import explained, server_engine, sqlite_engine, unusable
from serving.record.database.database import ON_SERVER, Database
from serving.record.database.faults import NOT_A_DATABASE
from serving.record.database.patience import Patience, read_patience
from serving.record.database.probe import ensure_probe
from serving.record.database.reaching import reach_in_time
from serving.record.database.record_url import shown, without_secrets
from serving.record.database.sqlite_file import SqliteFile, share_file
from serving.record.errors import InvalidRecordUrl
from serving.record.migration import migrate, require_current
from serving.record.tables import METADATA

DEFAULT_RECORD_URL = "sqlite:///regrade-record.sqlite"
EXAMPLES = f"{DEFAULT_RECORD_URL} or postgresql+psycopg://user@host/name"
# Packages that are called otherwise than the driver in them.
PACKAGES = {"psycopg": "regrade[postgres]", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}


def open_in_time(url: str, patience: Patience | None = None) -> Database:
    """Open the database under a URL for those who wait for its answers; raises what open_database does."""
    patience = patience or read_patience()
    engine = open_database(url)
    file = SqliteFile.of(engine) if engine.dialect.name == "sqlite" else None
    if engine.dialect.name == "sqlite" and file is None:
        # It lies in memory, and would be gone with its connection.
        return Database(engine, patience)
    engine.dispose()
    return _in_use(engine.url, file, patience)


def open_again(url: str, opened_as: str, patience: Patience | None = None) -> Database:
    """Use a database that was opened under this URL before, by its `opened_as`, be it well now or not.

    Nothing is looked at, made or migrated: a file that is gone meanwhile is missed and not replaced.
    """
    file = None if opened_as == ON_SERVER else SqliteFile.named(opened_as)
    return _in_use(make_url(url), file, patience or read_patience())


def open_database(url: str) -> Engine:
    """Open the database under a URL and bring its tables to the schema of today.

    Raises InvalidRecordUrl for a URL that names no database or another program's, UnusableRecord for a
    database that can't be used now, and NewerRecord for one of a newer release.
    """
    engine = _engine(url)
    try:
        with _explained(engine.url):
            # Before SQLite is told how it is shared, which writes to the file.
            _require_ours(engine)
            engine.dispose()
            if engine.dialect.name == "sqlite":
                share_file(engine, read_patience().opening_timeout_s)
            migrate(engine)
            ensure_probe(engine)
    except BaseException:
        engine.dispose()
        raise
    return explained(engine)


def open_unchanged(url: str) -> Engine:
    """Open a record as it is, to read it: nothing is made, migrated or put up again.

    Raises InvalidRecordUrl where none is, UnusableRecord for one that a release of before left, and what
    open_database raises.
    """
    engine = _engine(url)
    try:
        with _explained(engine.url):
            _require_file(engine.url)
            _require_ours(engine)
            require_current(engine, shown(engine.url))
    except BaseException:
        engine.dispose()
        raise
    return explained(engine)


def _in_use(url: URL, file: SqliteFile | None, patience: Patience) -> Database:
    if file is None:
        return Database(server_engine(url, patience), patience)
    return Database(sqlite_engine(url, file, patience), patience, file)


def _engine(url: str) -> Engine:
    try:
        with warnings.catch_warnings():
            # What is asked for in an address and then passed over is a mistake.
            warnings.simplefilter("error", SAWarning)
            # What a statement was given does not belong into a log: it holds whole cases.
            engine = create_engine(url, hide_parameters=True)
    except ImportError as error:
        raise InvalidRecordUrl(
            f"record URL {without_secrets(url)!r} needs the driver {error.name}, which is not installed: "
            f'pip install "{PACKAGES.get(str(error.name), error.name)}", or give one such as '
            f"{DEFAULT_RECORD_URL}"
        ) from None
    except (ArgumentError, NoSuchModuleError, SAWarning, ValueError, TypeError) as error:
        # Only the first line, without what was given: it may hold the password.
        said = str(error).splitlines()[0].replace(url, without_secrets(url)).rstrip(":.")
        raise InvalidRecordUrl(
            f"record URL {without_secrets(url)!r}: {said}; give one such as {EXAMPLES}"
        ) from None
    if engine.dialect.is_async:
        raise InvalidRecordUrl(
            f"record URL {without_secrets(url)!r}: the driver {engine.driver} is for asyncio, which is not "
            f"used here; give one such as {EXAMPLES}"
        )
    if engine.dialect.name == "sqlite":
        _require_place(engine.url)
    else:
        reach_in_time(engine, read_patience().opening_timeout_s)
    return engine


def _require_place(url: URL) -> None:
    """Raise InvalidRecordUrl where no file can be: SQLite's own words do not say what is missing."""
    name = url.database
    if not name:
        raise InvalidRecordUrl(
            f"record {shown(url)}: it names no file, so decisions would be lost with the process; give one "
            f"such as {DEFAULT_RECORD_URL}, or sqlite:///:memory: if that is meant"
        )
    if name == ":memory:" or name.startswith("file:"):
        return
    path = Path(name)
    if path.is_dir():
        raise InvalidRecordUrl(
            f"record {shown(url)}: {path} is a folder; name a file in it: {url}/record.sqlite"
        )
    if not path.parent.is_dir():
        raise InvalidRecordUrl(
            f"record {shown(url)}: there is no folder {path.parent}; make it, or name a file in another one"
        )


def _require_file(url: URL) -> None:
    """Raise InvalidRecordUrl where SQLite would make an empty file of what is only looked for."""
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        raise InvalidRecordUrl(
            f"record {shown(url)}: there is no file {url.database}; name one that is there"
        )


def _require_ours(engine: Engine) -> None:
    """Raise InvalidRecordUrl for the database of another program, before anything is written to it."""
    inspector = inspect(engine)
    there = set(inspector.get_table_names())
    ours = there & METADATA.tables.keys()
    for name in sorted(ours):
        columns = {str(column["name"]) for column in inspector.get_columns(name)}
        # What a migration may still add is no sign of another program.
        own = [each for each in METADATA.tables[name].columns if not (each.nullable or each.server_default)]
        missing = [column.name for column in own if column.name not in columns]
        if missing:
            raise InvalidRecordUrl(
                f"record {shown(engine.url)}: its table {name} is another program's (it has no column "
                f"{missing[0]}); give another database"
            )
    # A server's database may be shared; a file is one program's.
    if there and not ours and engine.dialect.name == "sqlite":
        raise InvalidRecordUrl(
            f"record {shown(engine.url)}: the file is another program's (it has a table "
            f"{sorted(there)[0]}); name another file"
        )


@contextmanager
def _explained(url: URL) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, OSError) as error:
        told = unusable(url, getattr(error, "orig", None) or error)
        # What lies there will be no record later either.
        raise (InvalidRecordUrl(str(told)) if NOT_A_DATABASE in str(told) else told) from None
