"""Erase what the record and the photo store hold of a customer or of one return."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from serving.record.photo_store.named_photos import named_among, photos_of
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.uploads import Uploads
from serving.record.record import Record
from serving.record.tables import DECISIONS


@dataclass(frozen=True)
class Forgotten:
    """What was erased: decisions, parts of their rows, pictures; and pictures that others still name."""

    decisions: tuple[str, ...]
    parts: int
    pictures: int
    still_named: int


@dataclass(frozen=True)
class Whom:
    """Whose decisions are to be erased: a customer's, or those of one return; one of the two is None."""

    customer_id: str | None = None
    rma_id: str | None = None


def forget(
    record: Record, store: PhotoStore, uploads: Uploads, whom: Whom, *, reason: str, at: datetime
) -> Forgotten:
    """Erase every decision of a customer or a return, with its photos, events and overrides.

    The figures stay, and the chain still verifies. The record first: a crash after it leaves pictures that
    nobody names, which are swept away. Erasing twice erases nothing more. Raises UnusableRecord or
    UnusablePhotoStore.
    """
    with record.engine.connect() as connection:
        decisions = tuple(_decisions_of(connection, whom))
    parts = pictures = still_named = 0
    for decision_id in decisions:
        with record.engine.connect() as connection:
            hashes = photos_of(connection, decision_id)
        parts += record.erase(decision_id, reason=reason, at=at)
        with record.engine.connect() as connection:
            named = named_among(connection, hashes)
        uploads.forget(hashes - named)
        pictures += sum(store.forget(sha256) for sha256 in hashes - named)
        still_named += len(named)
    return Forgotten(decisions, parts, pictures, still_named)


def _decisions_of(connection: Connection, whom: Whom) -> Iterator[str]:
    query = select(DECISIONS.c.decision_id, DECISIONS.c.return_case).order_by(DECISIONS.c.sequence)
    if whom.rma_id is not None:
        query = query.where(DECISIONS.c.rma_id == whom.rma_id)
    else:
        # Canonical JSON: as it is written there. Who is only named in another's history is told apart below.
        written = f'"customer_id":{json.dumps(whom.customer_id, ensure_ascii=False)}'
        query = query.where(DECISIONS.c.return_case.contains(written, autoescape=True))
    for decision_id, case in connection.execute(query):
        if whom.customer_id is None or json.loads(case)["rma"]["customer_id"] == whom.customer_id:
            yield decision_id
