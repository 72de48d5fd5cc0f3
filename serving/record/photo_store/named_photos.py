"""Find which photos decisions name: none of these is swept away before its time is over."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from data.decision import Decision
from serving.record.moment import to_text
from serving.record.photo_store.photo_trace import PhotoTrace
from serving.record.photo_store.retention import Retention, TermName, term_of
from serving.record.tables import KEPT_PHOTOS

# A query may hold only so many values (SQLite before 3.32: 999).
_AT_ONCE = 500


def name_photos(
    connection: Connection, decision: Decision, decided_at: str, photos: Sequence[PhotoTrace]
) -> None:
    """Note which kept photos a decision names."""
    rows = [
        {
            "decision_id": decision.decision_id,
            "number": photo.index,
            "sha256": photo.sha256,
            "kept_sha256": photo.kept.sha256,
            "pixels_sha256": photo.kept.pixels_sha256,
            "term": term_of(decision).value,
            "decided_at": decided_at,
        }
        for photo in photos
        if photo.kept
    ]
    if rows:
        connection.execute(insert(KEPT_PHOTOS), rows)


def photos_of(connection: Connection, decision_id: str) -> set[str]:
    """Return the hashes under which a decision's photos are kept."""
    query = select(KEPT_PHOTOS.c.kept_sha256).where(KEPT_PHOTOS.c.decision_id == decision_id)
    return set(connection.execute(query).scalars())


def unname_photos(connection: Connection, decision_id: str) -> None:
    """Forget which photos a decision named: those that no other one names are swept away."""
    connection.execute(delete(KEPT_PHOTOS).where(KEPT_PHOTOS.c.decision_id == decision_id))


def unname_past(connection: Connection, retention: Retention, now: datetime) -> int:
    """Forget which photos decisions named whose term is over; return how many."""
    count = 0
    for name in TermName:
        is_past = KEPT_PHOTOS.c.decided_at < to_text(now - retention.term(name).time)
        gone = connection.execute(delete(KEPT_PHOTOS).where(KEPT_PHOTOS.c.term == name.value, is_past))
        count += gone.rowcount
    return count


def named_among(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Return those of some hashes that a decision names."""
    ordered, named = sorted(hashes), set[str]()
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        query = select(KEPT_PHOTOS.c.kept_sha256).where(KEPT_PHOTOS.c.kept_sha256.in_(some)).distinct()
        named.update(connection.execute(query).scalars())
    return named
