"""Look whether every photo that a decision names is there as it was kept."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from serving.record.chain.finding import FindingKind, Verification
from serving.record.moment import to_text
from serving.record.photo_store.named_photos import photos_of
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.photo_trace import PhotoTrace
from serving.record.photo_store.retention import Retention
from serving.record.photo_store.store_error import DamagedPhoto, MissingPhoto
from serving.record.tables import DECISIONS

# Decisions in memory at one time.
_BATCH = 500
_NO_LONGER_NAMED = "it was taken out of kept_photos before its term was over, or is not named there"


def verify_photos(
    engine: Engine,
    store: PhotoStore,
    retention: Retention,
    now: datetime,
    found: Verification,
    progress: Callable[[int], object] = lambda _: None,
) -> int:
    """Read every photo that a decision names, note what is wrong with any, and return how many were read.

    What the chained row of a decision says is held against `kept_photos`, which is not chained: a row may be
    missing there only once the shortest term is over. Raises UnusablePhotoStore.
    """
    shortest = min(retention.decided.time, retention.held.time)
    read = 0
    for decision_id, decided_at, photos in _named(engine):
        with engine.connect() as connection:
            named = photos_of(connection, decision_id)
        for photo in photos:
            where = f"photo {photo.index} of decision {decision_id}"
            if photo.kept is None:
                continue
            if photo.kept.sha256 in named:
                _read(store, photo.kept.sha256, where, found)
                read += 1
                progress(read)
            elif decided_at >= to_text(now - shortest):
                found.note(FindingKind.MISSING_PHOTO, where, _NO_LONGER_NAMED)
    return read


def _read(store: PhotoStore, sha256: str, where: str, found: Verification) -> None:
    try:
        store.read(sha256)
    except MissingPhoto as error:
        found.note(FindingKind.MISSING_PHOTO, where, str(error))
    except DamagedPhoto as error:
        found.note(FindingKind.CHANGED_PHOTO, where, str(error))


def _named(engine: Engine) -> Iterator[tuple[str, str, list[PhotoTrace]]]:
    last = 0
    columns = (DECISIONS.c.sequence, DECISIONS.c.decision_id, DECISIONS.c.decided_at, DECISIONS.c.photos)
    while True:
        with engine.connect() as connection:
            rows = _after(connection, columns, last)
        if not rows:
            return
        for row in rows:
            # An erased row names none, and one that is no JSON any more is told of by its hash.
            yield row.decision_id, row.decided_at, [PhotoTrace.of(one) for one in _parsed(row.photos)]
        last = rows[-1].sequence


def _after(connection: Connection, columns: tuple[Any, ...], last: int) -> list[Any]:
    query = select(*columns).where(DECISIONS.c.sequence > last).order_by(DECISIONS.c.sequence).limit(_BATCH)
    return list(connection.execute(query))


def _parsed(photos: str) -> list[dict[str, Any]]:
    try:
        values: list[dict[str, Any]] = json.loads(photos or "[]")
    except ValueError:
        return []
    return values
