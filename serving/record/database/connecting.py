"""Connect to the database of an open record so that no use of it outlasts its time or fails unexplained."""

from sqlalchemy import URL, Engine, ExceptionContext, create_engine, event

from serving.record.database.faults import fault_of, is_unusable
from serving.record.database.patience import Patience
from serving.record.database.reaching import bound_statements, reach_in_time
from serving.record.database.record_url import said_of, shown
from serving.record.database.sqlite_file import SqliteFile, never_create, share_file
from serving.record.errors import UnusableRecord


def sqlite_engine(url: URL, file: SqliteFile, patience: Patience) -> Engine:
    """Return the engine of a SQLite file that is there already."""
    engine = create_engine(url, hide_parameters=True, pool_timeout=patience.pool_timeout_s)
    never_create(engine, file)
    share_file(engine, patience.busy_timeout_s)
    return explained(engine)


def server_engine(url: URL, patience: Patience) -> Engine:
    """Return the engine of a database on a server; a connection that went stale is noticed and replaced."""
    engine = create_engine(
        url, hide_parameters=True, pool_timeout=patience.pool_timeout_s, pool_pre_ping=True
    )
    reach_in_time(engine, patience.connect_timeout_s)
    bound_statements(engine, patience)
    return explained(engine)


def explained(engine: Engine) -> Engine:
    """Return the same engine; it raises UnusableRecord for what is wrong with the database itself."""
    event.listen(engine, "handle_error", _tell)
    return engine


def unusable(url: URL, error: BaseException) -> UnusableRecord:
    """Return what a driver's error means, with what to do."""
    fault = fault_of(url.get_backend_name(), error)
    return UnusableRecord(f"record {shown(url)}: {said_of(url, error)}; {fault.advice}", fault)


def _tell(context: ExceptionContext) -> None:
    # A connection that went stale is dropped, and its use begins anew with another one.
    if context.engine and not context.is_pre_ping and is_unusable(context.sqlalchemy_exception):
        raise unusable(context.engine.url, context.original_exception) from context.original_exception
