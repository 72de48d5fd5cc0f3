"""Keep what somebody notes on a decision, for whoever comes after them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from data.strict import Frozen, Name
from serving.record.moment import from_text
from serving.record.returns.fact import Words
from serving.record.tables import NOTES


class NoteRequest(Frozen):
    """What somebody notes."""

    person: Name
    text: Words


@dataclass(frozen=True)
class Note:
    """One note as it was kept; the text is empty once it was erased."""

    note_id: str
    at: datetime
    person: str
    text: str


def notes_of(connection: Connection, decision_id: str) -> tuple[Note, ...]:
    """Return the notes on a decision in their order."""
    query = select(NOTES).where(NOTES.c.decision_id == decision_id).order_by(NOTES.c.sequence)
    return tuple(
        Note(row.note_id, from_text(row.at), row.person, row.text) for row in connection.execute(query)
    )
