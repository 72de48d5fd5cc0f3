"""Keep what people do with a decision at the review desk, each with its event, and show it to others."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Table, select
from sqlalchemy.exc import IntegrityError

from serving.record.chain.journal import Addition, adding
from serving.record.database.database import Database
from serving.record.desk.audits import Audit, audit_of
from serving.record.desk.corrections import (
    CorrectionsRequest,
    KeptCorrections,
    corrected_text,
    corrections_of,
    require_there,
)
from serving.record.desk.desk_claims import Claim, ClaimRequest, held_claim, last_claim, lease, require_free
from serving.record.desk.desk_rules import DeskRules
from serving.record.desk.notes import Note, NoteRequest, notes_of
from serving.record.desk.opinions import (
    OpinionRequest,
    Opinions,
    opinions_of,
    own_opinion,
    require_blind,
    shown_to,
)
from serving.record.desk.purpose import DeskPurpose
from serving.record.desk.review_queue import ReviewQueue
from serving.record.entry import Kept, event_row
from serving.record.errors import OpinionGiven
from serving.record.moment import to_text
from serving.record.tables import CLAIMS, CORRECTIONS, EVENTS, NOTES, OPINIONS

# Of people who are equally fast one comes first; the others look again, each time after one more.
_TRIES = 20
Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Reviewed:
    """What people did with a decision, as somebody may see it."""

    claim: Claim | None
    notes: tuple[Note, ...]
    opinions: Opinions
    corrections: tuple[KeptCorrections, ...]
    audit: Audit | None


class Desk:
    """The review desk of a record, by its rules.

    Every call that names a decision raises UnknownDecision or ErasedDecision where there is none to work on.
    """

    def __init__(
        self,
        database: Database,
        new_id: Callable[[], str],
        get: Callable[[str], Kept],
        rules: DeskRules,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._new_id = new_id
        self._get = get
        self._rules = rules
        self._clock = clock

    @property
    def rules(self) -> DeskRules:
        """Return why something waits, until when, and what people may say."""
        return self._rules

    @property
    def queue(self) -> ReviewQueue:
        """Return what waits for people now."""
        return ReviewQueue(self._database, self._rules, self._clock())

    def claim(self, decision_id: str, request: ClaimRequest) -> Claim | None:
        """Claim a decision, renew one's claim or give it back, and return what holds then.

        Raises Claimed, NothingToAudit, and WrongAtDesk.
        """
        lasts, at = lease(request.minutes, self._rules.claim), self._clock()
        return self._in_turn(
            decision_id, lambda addition: self._claim(addition, decision_id, request, lasts, at)
        )

    def require_free(self, decision_id: str, people: tuple[str, ...]) -> None:
        """Raise Claimed where somebody else than these people reviews a decision now."""
        with self._database.connect() as connection:
            _, claim = last_claim(connection, decision_id, DeskPurpose.REVIEW)
        require_free(claim, decision_id, people, self._clock())

    def note(self, decision_id: str, request: NoteRequest) -> Note:
        """Keep a note on a decision."""
        note = Note(self._new_id(), self._clock(), request.person, request.text)
        self._in_turn(decision_id, lambda addition: self._note(addition, decision_id, note))
        return note

    def give_opinion(self, decision_id: str, request: OpinionRequest) -> Opinions:
        """Keep somebody's one opinion on a decision and return what they may see of all.

        The same one given again counts once. Raises OpinionGiven, NothingToAudit and WrongAtDesk.
        """
        self._rules.require_reason(request.reason_code)
        at = self._clock()
        self._in_turn(decision_id, lambda addition: self._give_opinion(addition, decision_id, request, at))
        with self._database.connect() as connection:
            return shown_to(request.person, opinions_of(connection, decision_id))

    def correct(self, decision_id: str, request: CorrectionsRequest) -> KeptCorrections:
        """Keep what somebody corrects of a decision; the same given again counts once.

        Raises WrongAtDesk.
        """
        self._rules.require_reason(request.reason_code)
        require_there(request, self._get(decision_id))
        at = self._clock()
        return self._in_turn(decision_id, lambda addition: self._correct(addition, decision_id, request, at))

    def shown(self, decision_id: str, person: str | None = None) -> Reviewed:
        """Return what people did with a decision, as `person` may see it."""
        with self._database.connect() as connection:
            return Reviewed(
                claim=held_claim(connection, decision_id, DeskPurpose.REVIEW, self._clock()),
                notes=notes_of(connection, decision_id),
                opinions=shown_to(person, opinions_of(connection, decision_id)),
                corrections=corrections_of(connection, decision_id),
                audit=audit_of(connection, decision_id),
            )

    def _claim(
        self, addition: Addition, decision_id: str, request: ClaimRequest, lasts: timedelta, at: datetime
    ) -> Claim | None:
        connection, purpose = addition.connection, request.purpose
        if purpose is DeskPurpose.AUDIT:
            require_blind(connection, decision_id, request.person)
        # Looked at once: of what came between two looks the second would take the number alone.
        number, last = last_claim(connection, decision_id, purpose)
        require_free(last, decision_id, [request.person], at)
        if request.release and (last is None or last.until <= at):
            return None
        claim = Claim(request.person, at, at if request.release else at + lasts)
        row = {
            "decision_id": decision_id,
            "purpose": purpose.value,
            "number": number + 1,
            **_by(claim.person, at),
            "until": to_text(claim.until),
        }
        if purpose is DeskPurpose.AUDIT:
            # Not told: whoever handles the device is not to know that it was drawn.
            addition.add(CLAIMS, row, at=to_text(at))
        else:
            kind = "decision.released" if request.release else "decision.claimed"
            self._add(addition, CLAIMS, row, kind, {"person": claim.person, "until": row["until"]})
        return None if request.release else claim

    def _note(self, addition: Addition, decision_id: str, note: Note) -> None:
        row = {
            "note_id": note.note_id,
            "decision_id": decision_id,
            **_by(note.person, note.at),
            "text": note.text,
        }
        data = {"note_id": note.note_id, "person": note.person}
        self._add(addition, NOTES, row, "decision.noted", data)

    def _give_opinion(
        self, addition: Addition, decision_id: str, request: OpinionRequest, at: datetime
    ) -> None:
        given = opinions_of(addition.connection, decision_id)
        own = own_opinion(request.person, given)
        if own is not None and own.says_as(request):
            return
        if own is not None:
            raise OpinionGiven(
                f"{own.person} gave an opinion on decision {decision_id} before, and another would not be "
                "blind: it stays as it is; a note can tell more"
            )
        if request.purpose is DeskPurpose.AUDIT:
            require_blind(addition.connection, decision_id, request.person)
        row = {
            "opinion_id": self._new_id(),
            "decision_id": decision_id,
            "number": len(given) + 1,
            **_by(request.person, at),
            **request.model_dump(mode="json", exclude={"person"}),
        }
        # What it says is not told to listeners: a second one is to be blind to it.
        data = {name: row[name] for name in ("opinion_id", "purpose", "person", "number")}
        self._add(addition, OPINIONS, row, "decision.opinion_given", data)

    def _correct(
        self, addition: Addition, decision_id: str, request: CorrectionsRequest, at: datetime
    ) -> KeptCorrections:
        text = corrected_text(request)
        columns = (CORRECTIONS.c.correction_id, CORRECTIONS.c.person, CORRECTIONS.c.corrections)
        query = select(*columns).where(CORRECTIONS.c.decision_id == decision_id)
        given = addition.connection.execute(query).all()
        same = (row.correction_id for row in given if (row.person, row.corrections) == (request.person, text))
        known = next(same, None)
        correction_id = known or self._new_id()
        if known is None:
            row = {
                "correction_id": correction_id,
                "decision_id": decision_id,
                "number": len(given) + 1,
                **_by(request.person, at),
                "reason_code": request.reason_code,
                "corrections": text,
            }
            data = {"correction_id": correction_id, "person": request.person}
            self._add(addition, CORRECTIONS, row, "decision.corrected", data)
        found = corrections_of(addition.connection, decision_id)
        return next(each for each in found if each.correction_id == correction_id)

    def _add(
        self, addition: Addition, table: Table, row: dict[str, Any], kind: str, data: dict[str, Any]
    ) -> None:
        event = event_row(self._new_id(), kind, row["decision_id"], at=row["at"], data=data)
        addition.add_all([(table, row), (EVENTS, event)], at=row["at"])

    def _in_turn(self, decision_id: str, do: Callable[[Addition], Kind]) -> Kind:
        """Do something with a decision that only one can do at a time; who was slower does it again."""
        with self._database.in_time():
            self._get(decision_id)
            for _ in range(_TRIES - 1):
                with suppress(IntegrityError), adding(self._database) as addition:
                    return do(addition)
            with adding(self._database) as addition:
                return do(addition)


def _by(person: str, at: datetime) -> dict[str, str]:
    return {"at": to_text(at), "person": person}
