"""Tell in the story of a return what people did at the review desk, and no more than they may know."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from serving.record.tables import CLAIMS, CORRECTIONS, NOTES, OPINIONS

# The column by its name: what the purposes mean is the desk's, which knows the returns and not the other way.
_IN_REVIEW = CLAIMS.c.purpose == "review"
_NOTE = (NOTES.c.decision_id, NOTES.c.note_id, NOTES.c.person, NOTES.c.text)
_CORRECTIONS = (
    CORRECTIONS.c.decision_id,
    CORRECTIONS.c.correction_id,
    CORRECTIONS.c.person,
    CORRECTIONS.c.reason_code,
    CORRECTIONS.c.corrections,
)
_CLAIM = (CLAIMS.c.decision_id, CLAIMS.c.person, CLAIMS.c.until)
_SAID = ("grade", "is_fraud", "disposition", "reason_code", "text")


def desk_entries(own: Select[Any]) -> Iterator[tuple[str, Any, tuple[Any, ...], ColumnElement[bool]]]:
    """Yield the kind, table, columns and scope of each kind of entry of a return's decisions.

    Who holds a decision for a blind audit is not told, and opinions only once two were given.
    """
    yield "claim", CLAIMS, _CLAIM, CLAIMS.c.decision_id.in_(own) & _IN_REVIEW
    yield "note", NOTES, _NOTE, NOTES.c.decision_id.in_(own)
    yield "opinion", OPINIONS, _opinion(), OPINIONS.c.decision_id.in_(own)
    yield "corrections", CORRECTIONS, _CORRECTIONS, CORRECTIONS.c.decision_id.in_(own)


def _opinion() -> tuple[Any, ...]:
    others = OPINIONS.alias("others")
    among = others.c.decision_id == OPINIONS.c.decision_id
    count = select(func.count()).select_from(others).where(among).scalar_subquery()
    is_open = count > 1
    said = [case((is_open, OPINIONS.c[name])).label(name) for name in _SAID]
    plain = (OPINIONS.c.decision_id, OPINIONS.c.opinion_id, OPINIONS.c.purpose, OPINIONS.c.person)
    return (*plain, (~is_open).label("is_hidden"), *said)
