"""Give committed journal entries their place: a gap-free position, and a link to the entry before.

On PostgreSQL a number that is given out while rows are written says nothing of the order in which they
become visible: a reader that has seen 8 may be shown 7 later. So entries get their position when they are
committed, from whoever holds a lock just then, and are read in that order; writers never wait for it. SQLite
has one writer at a time, who gives the position while writing.
"""

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, select, text, update

from serving.record.chain.row_hash import START, link_sha256
from serving.record.database.database import Database
from serving.record.errors import UnusableRecord
from serving.record.tables import EVENTS, JOURNAL, SEALED

# So that a seal takes a fraction of a second, also where nobody has sealed for long.
BATCH = 500
SEAL_LOCK = 0x5265677261646532
# In one statement, for a statement an entry would be a journey to the server each.
_PLACE_ALL = text(
    """
    UPDATE journal SET position = places.position, event_number = places.event_number,
    link_sha256 = places.link_sha256
    FROM unnest(CAST(:sequence AS integer[]), CAST(:position AS integer[]), CAST(:event_number AS integer[]),
    CAST(:link_sha256 AS text[])) AS places (sequence, position, event_number, link_sha256)
    WHERE journal.sequence = places.sequence
    """
)
# Who reads waits so long for whoever seals; what that one seals is then read as well.
_READER_WAIT_S, _ASK_AGAIN_S = 0.5, 0.01


@dataclass(frozen=True)
class ChainEnd:
    """Where the chain ends: the last position, the link there, and the last number of an event."""

    position: int
    link: str
    event_number: int

    def sealed(self, entry: Mapping[str, Any]) -> tuple["ChainEnd", dict[str, Any]]:
        """Return the end after an entry, and the entry in its place."""
        number = self.event_number + 1 if entry["table_name"] == EVENTS.name else None
        placed = {**entry, "position": self.position + 1, "event_number": number}
        link = link_sha256(self.link, placed)
        end = ChainEnd(self.position + 1, link, number or self.event_number)
        return end, {**placed, "link_sha256": link}


def chain_end(connection: Connection) -> ChainEnd:
    """Return where the chain ends now."""
    last = select(JOURNAL.c.position, JOURNAL.c.link_sha256).where(JOURNAL.c.position.is_not(None))
    row = connection.execute(last.order_by(JOURNAL.c.position.desc()).limit(1)).one_or_none()
    # Said although a maximum is never NULL: SQLite uses an index over some rows only where it is said.
    numbered = JOURNAL.c.event_number.is_not(None)
    number = connection.execute(select(func.max(JOURNAL.c.event_number)).where(numbered)).scalar_one()
    return ChainEnd(row.position if row else 0, row.link_sha256 if row else START, number or 0)


def in_place(end: ChainEnd, entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return entries with their position, number and link."""
    placed = []
    for entry in entries:
        end, row = end.sealed(entry)
        placed.append(row)
    return placed


def seal(engine: Engine | Database, *, waits: bool = False) -> None:
    """Seal what is committed by now; while somebody else does so, leave it to them or wait a while.

    What is written meanwhile is left to the next one: whoever waited for a moment without anything open would
    seal a few entries at a time for as long as others write.
    """
    is_more = True
    while is_more:
        with engine.begin() as connection:
            if not _is_pending(connection) or not _is_alone(connection, waits=waits):
                return
            is_more = _seal_batch(connection) == BATCH


def seal_if_possible(engine: Engine | Database, *, waits: bool = False) -> None:
    """Seal, unless the database can't just now: what is kept stays kept, and the next one seals it."""
    with suppress(UnusableRecord):
        seal(engine, waits=waits)


def _is_pending(connection: Connection) -> bool:
    unsealed = select(JOURNAL.c.sequence).where(JOURNAL.c.position.is_(None))
    return connection.execute(unsealed.limit(1)).first() is not None


def _is_alone(connection: Connection, *, waits: bool) -> bool:
    """Take the lock of whoever seals until the transaction ends; SQLite's own lock does that by itself."""
    if connection.dialect.name == "sqlite":
        # Python's driver begins when it writes: by then what was read may be of before.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    if connection.dialect.name != "postgresql":
        return True
    lock = select(func.pg_try_advisory_xact_lock(SEAL_LOCK))
    until_s = time.monotonic() + (_READER_WAIT_S if waits else 0)
    # Asked for again and again: a wait that the database ends is an error, and would count as one of its own.
    while not (is_alone := bool(connection.execute(lock).scalar_one())) and time.monotonic() < until_s:
        time.sleep(_ASK_AGAIN_S)
    return is_alone


def _seal_batch(connection: Connection) -> int:
    """Seal up to BATCH entries and return how many there were."""
    unsealed = select(JOURNAL).where(JOURNAL.c.position.is_(None)).order_by(JOURNAL.c.sequence).limit(BATCH)
    entries = [dict(row) for row in connection.execute(unsealed).mappings()]
    placed = in_place(chain_end(connection), entries)
    if connection.dialect.name == "postgresql":
        columns = {name: [entry[name] for entry in placed] for name in ("sequence", *SEALED)}
        connection.execute(_PLACE_ALL, columns)
    elif placed:
        places = [{"entry": entry["sequence"], **{name: entry[name] for name in SEALED}} for entry in placed]
        connection.execute(update(JOURNAL).where(JOURNAL.c.sequence == bindparam("entry")), places)
    return len(placed)
