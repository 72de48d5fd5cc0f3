"""Find which photos decisions name: none of these is swept away before its time is over."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, true

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


def past_their_term(connection: Connection, retention: Retention, now: datetime) -> dict[int, str]:
    """Return the rows of photos whose term is over, each with the hash that it names."""
    rows = select(KEPT_PHOTOS.c.sequence, KEPT_PHOTOS.c.kept_sha256).where(_is_past(retention, now))
    return {row.sequence: row.kept_sha256 for row in connection.execute(rows)}


def unname(connection: Connection, sequences: Collection[int]) -> None:
    """Forget these rows."""
    for some in _in_turn(sorted(sequences)):
        connection.execute(delete(KEPT_PHOTOS).where(KEPT_PHOTOS.c.sequence.in_(some)))


def named_among(
    connection: Connection, hashes: Collection[str], *, not_past: tuple[Retention, datetime] | None = None
) -> set[str]:
    """Return those of some hashes that a decision names, or one whose term is not over at a moment."""
    counts = ~_is_past(*not_past) if not_past else true()
    named: set[str] = set()
    for some in _in_turn(sorted(hashes)):
        query = select(KEPT_PHOTOS.c.kept_sha256).where(KEPT_PHOTOS.c.kept_sha256.in_(some), counts)
        named.update(connection.execute(query.distinct()).scalars())
    return named


def _is_past(retention: Retention, now: datetime) -> ColumnElement[bool]:
    return or_(
        *(
            (KEPT_PHOTOS.c.term == name.value)
            & (KEPT_PHOTOS.c.decided_at < to_text(now - retention.term(name).time))
            for name in TermName
        )
    )


def _in_turn(values: list[Any]) -> Iterator[list[Any]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
