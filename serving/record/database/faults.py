"""Find out from a driver's error what is wrong with a database and what to do about it."""

from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from serving.record.errors import Fault

NOT_A_DATABASE = "not a database"
# What our own connections say of a server that stands still, which says nothing itself.
NO_ANSWER = "the server did not answer in time"
_WRITABLE = "let this user write the file and its folder, or name another one"
_RESTORE = "restore a backup of the record"
# What SQLite says, by words of it.
SQLITE_FAULTS: Mapping[str, Fault] = {
    NOT_A_DATABASE: Fault("its file is no database", "it is no SQLite database: name another file"),
    "malformed": Fault("its file is damaged", _RESTORE),
    "full": Fault("its disk is full", "make room on its disk"),
    "readonly": Fault("its file can't be written", _WRITABLE),
    "unable to open": Fault("its file can't be opened", _WRITABLE),
    "locked": Fault("another program holds it", "another program holds it: end that one"),
    "interrupted": Fault("it did not answer in time", "see what keeps its disk busy"),
    "no such table": Fault("its tables are gone", _RESTORE),
}
# What no waiting mends.
DAMAGES = (SQLITE_FAULTS[NOT_A_DATABASE], SQLITE_FAULTS["malformed"])
OTHER_FILE_FAULT = Fault(
    "its file can't be used", "see that the file can be read and written, or name another one"
)
_SLOW = Fault("it did not answer in time", "see what keeps its server busy, or holds its tables")
_TABLES = Fault(
    "its tables can't be used", "see that they are there and that its user may read and append to them"
)
# What PostgreSQL says, by the code or the class of it: https://www.postgresql.org/docs/current/errcodes-appendix.html
SERVER_FAULTS: Mapping[str, Fault] = {
    "53100": Fault("its disk is full", "make room on its server's disk"),
    "53300": Fault("its server has no connection left", "raise max_connections, or end those that idle"),
    "25006": Fault("it takes no writes", "name the primary server, or end its read-only mode"),
    "55P03": _SLOW,
    "57014": _SLOW,
    "42P01": _TABLES,
    "42501": _TABLES,
}
# Classes of codes: connection, transaction state, rollback, resources, operator, system and internal errors.
_UNUSABLE_CLASSES = frozenset({"08", "25", "40", "53", "57", "58", "XX"})
SERVER_FAULT = Fault(
    "its server can't be reached or used",
    "see that its server runs, that user, password and name of the database are right, and that the user may "
    "make tables",
)


def fault_of(dialect: str, error: BaseException) -> Fault:
    """Return what is wrong with a database whose driver raised this."""
    if dialect == "sqlite":
        said = str(error)
        return next((fault for words, fault in SQLITE_FAULTS.items() if words in said), OTHER_FILE_FAULT)
    if NO_ANSWER in str(error):
        return _SLOW
    return SERVER_FAULTS.get(_code(error), SERVER_FAULT)


def is_unusable(error: BaseException | None) -> bool:
    """Return whether an error is the database's own, and not one of what it was asked."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    original = error.orig
    code = _code(original)
    # SQLite has no class of errors for a file that is damaged.
    is_damaged = type(original).__name__ == "DatabaseError" and type(original).__module__ == "sqlite3"
    return is_damaged or code in SERVER_FAULTS or code[:2] in _UNUSABLE_CLASSES


def _code(error: BaseException | None) -> str:
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
