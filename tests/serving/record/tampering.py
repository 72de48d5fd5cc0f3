"""Do to a record what its triggers forbid, as somebody with the database's password can."""

import math
import random
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from serving.record.tables import append_only_tables

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


@contextmanager
def change_anything(engine: Engine, seed: int) -> Iterator[str]:
    """Change a random byte of a random column of a random row, say which, and put it back afterwards."""
    chance, loose = random.Random(seed), _without_foreign_keys(engine)
    key = changed = None
    while changed is None:
        table = chance.choice(append_only_tables())
        name = chance.choice(list(table.columns.keys()))
        with loose.connect() as connection:
            keys = connection.execute(text(f"SELECT sequence FROM {table.name} ORDER BY sequence")).scalars()
            key = chance.choice(list(keys))
            old = connection.execute(
                text(f"SELECT {name} FROM {table.name} WHERE sequence = {key}")
            ).scalar_one()
        changed = _set(loose, table.name, name, key, _changed(old, chance, engine.dialect.name))
    yield f"{table.name}.{name} of {key}: {old!r}"
    _set(loose, table.name, name, changed, old)
    loose.dispose()


def _without_foreign_keys(engine: Engine) -> Engine:
    loose = create_engine(engine.url)
    if engine.dialect.name == "postgresql":
        event.listen(loose, "connect", lambda raw, _: raw.execute("SET session_replication_role = replica"))
    return loose


def _set(engine: Engine, table: str, name: str, key: Any, value: Any) -> Any:
    """Set a value and return the key that the row has then; None where the database does not take it."""
    taken: Any = "CAST(:value AS TEXT)" if isinstance(value, bytes) else ":value"
    try:
        with engine.begin() as connection:
            statement = f"UPDATE {table} SET {name} = {taken} WHERE sequence = :key"
            connection.execute(text(statement), {"value": value, "key": key})
    except DBAPIError:
        return None
    return value if name == "sequence" else key


def _changed(value: Any, chance: random.Random, dialect: str) -> Any:
    """Return a value with one byte changed; of a text in SQLite any bit, which may leave no text at all."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(30))
    if isinstance(value, float):
        bits = struct.unpack("<q", struct.pack("<d", value))[0] ^ (1 << chance.randrange(52))
        changed = struct.unpack("<d", struct.pack("<q", bits))[0]
        return changed if math.isfinite(changed) else 1.0
    if not value:
        return "1"
    body = bytearray(value.encode())
    place = chance.randrange(len(body))
    body[place] ^= 1 << chance.randrange(8 if dialect == "sqlite" else 1)
    return bytes(body) if dialect == "sqlite" else body.decode("utf-8", "replace")
