"""Read a record as it stands at one moment, however long that takes and whoever writes on."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees one moment of the record; it is given up afterwards, not given back."""
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection:
        if engine.dialect.name == "sqlite":
            # Python's driver begins only when it writes, so each reading would see another moment.
            connection.exec_driver_sql("BEGIN")
        yield connection
        connection.rollback()
        connection.invalidate()
