"""Reach the server of a database, and let it end by itself what nobody waits for any more."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as NoResult
from contextlib import suppress
from functools import partial
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Dialect

from serving.record.database.deadline import at_most
from serving.record.database.faults import NO_ANSWER
from serving.record.database.patience import Patience

# libpq takes no time-out below 2 s: an attempt is left behind before, and ends by itself then.
LEFT_BEHIND_S = 2


def reach_in_time(engine: Engine, connect_timeout_s: float) -> None:
    """Bound connecting, and on PostgreSQL waiting for whatever is asked within a time."""

    def connect(dialect: Dialect, _: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
        if dialect.name == "postgresql":
            options.setdefault("connect_timeout", LEFT_BEHIND_S)
        opener = partial(_opener(dialect), *arguments, **options)
        return _in_time(opener, at_most(connect_timeout_s), dialect.loaded_dbapi)

    event.listen(engine, "do_connect", connect)


def bound_statements(engine: Engine, patience: Patience) -> None:
    """Let PostgreSQL itself end what takes too long, for its own sake: nobody waits for it any more."""
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", lambda connection, _: _bound(connection, patience))


def _opener(dialect: Dialect) -> Callable[..., Any]:
    if dialect.name != "postgresql" or dialect.driver != "psycopg":
        opener: Callable[..., Any] = dialect.loaded_dbapi.connect
        return opener
    # Late, because the driver comes with an extra.
    from serving.record.database.patient_connection import PatientConnection

    return PatientConnection.connect


def _bound(connection: Any, patience: Patience) -> None:
    limits = {
        "statement_timeout": patience.statement_timeout_s,
        "lock_timeout": patience.lock_timeout_s,
        "idle_in_transaction_session_timeout": patience.idle_timeout_s,
    }
    settings = ", ".join(
        f"set_config('{name}', '{int(seconds * 1000)}ms', false)" for name, seconds in limits.items()
    )
    cursor = connection.cursor()
    cursor.execute(f"SELECT {settings}")
    cursor.close()
    connection.commit()


def _in_time(opener: Callable[[], Any], seconds: float, driver: Any) -> Any:
    """Return a connection; raises the driver's OperationalError when it takes longer, and closes it later."""
    attempt: Future[Any] = Future()
    threading.Thread(target=_open, args=(opener, attempt, driver.Error), daemon=True).start()
    try:
        return attempt.result(seconds)
    except NoResult:
        if attempt.cancel():
            raise driver.OperationalError(NO_ANSWER) from None
        # It came at the last moment.
        return attempt.result()


def _open(opener: Callable[[], Any], attempt: "Future[Any]", failure: type[Exception]) -> None:
    connection = None
    with suppress(InvalidStateError):
        try:
            connection = opener()
            attempt.set_result(connection)
        except failure as error:
            attempt.set_exception(error)
        return
    if connection is not None:
        connection.close()
