"""Do to a record what its triggers forbid, as somebody with the database's password can."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

TRIGGERS = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
}


@contextmanager
def without_triggers(engine: Engine) -> Iterator[Connection]:
    """Yield a transaction in a record whose triggers are dropped; they stay away."""
    with engine.begin() as connection:
        for name, table in connection.execute(text(TRIGGERS[engine.dialect.name])).all():
            of_table = f" ON {table}" if engine.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER {name}{of_table}"))
        yield connection
