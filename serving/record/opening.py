"""Open the database of a record, or say in one line why it can't be used; its secrets are never told."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, ExceptionContext, create_engine, event, inspect
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from serving.record.errors import InvalidRecordUrl, RecordError, UnusableRecord
from serving.record.migration import migrate, require_current
from serving.record.tables import METADATA, share_sqlite

DEFAULT_RECORD_URL = "sqlite:///regrade-record.sqlite"
EXAMPLES = f"{DEFAULT_RECORD_URL} or postgresql+psycopg://user@host/name"
# Packages that are called otherwise than the driver in them.
PACKAGES = {"psycopg": "regrade[postgres]", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}
PASSWORD = re.compile(r"(://[^:/@]*):.*@", re.DOTALL)
# A URL that lacks its slashes has a password all the same.
BARE_PASSWORD = re.compile(r"(^[^:]*):.*@", re.DOTALL)
SECRET = re.compile(r"([?&][\w.-]*(?:pass|pwd|secret|token|key)[\w.-]*=)[^&]*", re.IGNORECASE)
# What to do about what SQLite says, by words of it.
SQLITE_ADVICE: Mapping[str, str] = {
    "not a database": "it is no SQLite database: name another file",
    "full": "make room on its disk",
    "readonly": "let this user write the file and its folder, or name another one",
    "unable to open": "let this user write the file and its folder, or name another one",
    "locked": "another program holds it: end that one",
}
OTHER_ADVICE = "see that the file can be read and written, or name another one"
SERVER_ADVICE = (
    "see that its server runs, that user, password and name of the database are right, and that the user may "
    "make tables"
)


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
                event.listen(engine, "connect", share_sqlite)
            migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


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
            require_current(engine, _shown(engine.url))
    except BaseException:
        engine.dispose()
        raise
    return engine


def without_secrets(url: str) -> str:
    """Return a database URL as it may be shown, however it is mistyped."""
    password = PASSWORD if "://" in url else BARE_PASSWORD
    return SECRET.sub(r"\1***", password.sub(r"\1:***@", url))


def _engine(url: str) -> Engine:
    try:
        # What a statement was given does not belong into a log: it holds whole cases.
        engine = create_engine(url, hide_parameters=True)
    except ImportError as error:
        raise InvalidRecordUrl(
            f"record URL {without_secrets(url)!r} needs the driver {error.name}, which is not installed: "
            f'pip install "{PACKAGES.get(str(error.name), error.name)}", or give one such as '
            f"{DEFAULT_RECORD_URL}"
        ) from None
    except (ArgumentError, NoSuchModuleError, ValueError, TypeError) as error:
        # Only the first line, without what was given: it may hold the password.
        said = str(error).splitlines()[0].replace(url, without_secrets(url)).rstrip(":.")
        raise InvalidRecordUrl(
            f"record URL {without_secrets(url)!r}: {said}; give one such as {EXAMPLES}"
        ) from None
    if engine.dialect.name == "sqlite":
        _require_place(engine.url)
    event.listen(engine, "handle_error", _tell)
    return engine


def _require_place(url: URL) -> None:
    """Raise InvalidRecordUrl where no file can be: SQLite's own words do not say what is missing."""
    name = url.database
    if not name or name == ":memory:" or name.startswith("file:"):
        return
    path = Path(name)
    if path.is_dir():
        raise InvalidRecordUrl(
            f"record {_shown(url)}: {path} is a folder; name a file in it: {url}/record.sqlite"
        )
    if not path.parent.is_dir():
        raise InvalidRecordUrl(
            f"record {_shown(url)}: there is no folder {path.parent}; make it, or name a file in another one"
        )


def _require_file(url: URL) -> None:
    """Raise InvalidRecordUrl where SQLite would make an empty file of what is only looked for."""
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        raise InvalidRecordUrl(
            f"record {_shown(url)}: there is no file {url.database}; name one that is there"
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
                f"record {_shown(engine.url)}: its table {name} is another program's (it has no column "
                f"{missing[0]}); give another database"
            )
    # A server's database may be shared; a file is one program's.
    if there and not ours and engine.dialect.name == "sqlite":
        raise InvalidRecordUrl(
            f"record {_shown(engine.url)}: the file is another program's (it has a table "
            f"{sorted(there)[0]}); name another file"
        )


@contextmanager
def _explained(url: URL) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, OSError) as error:
        raise _unusable(url, getattr(error, "orig", None) or error) from None


def _tell(context: ExceptionContext) -> None:
    """Raise UnusableRecord for what goes wrong with the database itself, whenever that is."""
    if context.engine and isinstance(context.sqlalchemy_exception, OperationalError):
        raise _unusable(context.engine.url, context.original_exception) from context.original_exception


def _unusable(url: URL, error: BaseException) -> RecordError:
    said = " ".join(str(error).split())
    if url.password and len(str(url.password)) > 2:
        said = said.replace(str(url.password), "***")
    kind = InvalidRecordUrl if "not a database" in said else UnusableRecord
    return kind(f"record {_shown(url)}: {said}; {_advice(url, said)}")


def _advice(url: URL, said: str) -> str:
    if url.get_backend_name() != "sqlite":
        return SERVER_ADVICE
    return next((advice for words, advice in SQLITE_ADVICE.items() if words in said), OTHER_ADVICE)


def _shown(url: URL) -> str:
    return without_secrets(url.render_as_string(hide_password=False))
