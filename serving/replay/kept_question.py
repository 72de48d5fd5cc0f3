"""Make of a kept decision the question that it answered, or say why that can't be asked any more."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from data.case import InvalidCase, parse_case
from data.device import View
from serving.condition.given.given_photo import GivenPhoto
from serving.record.entry import fingerprint
from serving.record.errors import DamagedRecord, ErasedDecision
from serving.record.photo_store.kept_photo import take_out
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.photo_trace import PhotoTrace
from serving.record.photo_store.store_error import DamagedPhoto, MissingPhoto
from serving.record.record import Record
from serving.record.tables import DECISIONS
from serving.replay.question import Question
from serving.replay.replayed import DifferingInput, InputKind, Outcome

BEFORE = "it was taken before releases, policies and whatever else decides were kept"
PHOTOS_BEFORE = "it was taken before photos were kept"
CHANGED_CASE = "the case, or which photos it names, was changed after it was written"
CHANGED_DECISION = "what was decided, or its hash, was changed after it was written"


class CannotAsk(Exception):
    """A decision can't be taken again: how its replay ends without, and why."""

    def __init__(self, outcome: Outcome, why: str = "", inputs: Sequence[DifferingInput] = ()) -> None:
        super().__init__(why)
        self.outcome = outcome
        self.why = why
        self.inputs = tuple(inputs)


@dataclass(frozen=True)
class KeptQuestion:
    """A question with what it was answered then: the decision and the case, as they are written."""

    question: Question
    decision: str
    case: str


def kept_question(record: Record, photos: PhotoStore, decision_id: str) -> KeptQuestion:
    """Return what a decision answered; raises CannotAsk, UnusableRecord or UnusablePhotoStore."""
    try:
        kept = record.get(decision_id)
    except ErasedDecision as error:
        raise CannotAsk(Outcome.ERASED, str(error)) from error
    except DamagedRecord as error:
        raise CannotAsk(Outcome.DIFFERS, inputs=[_damage(_row(record, decision_id))]) from error
    if kept.configuration_sha256 is None:
        raise CannotAsk(Outcome.NOT_KEPT, BEFORE)
    row = _row(record, decision_id)
    given = tuple(_photos(record, photos, decision_id, kept.photos))
    memory = json.loads(row.decision).get("memory")
    question = Question(decision_id, row.decided_at, row.return_case, given, _views(kept.photos), memory)
    return KeptQuestion(question, row.decision, row.return_case)


def _photos(
    record: Record, store: PhotoStore, decision_id: str, traces: Sequence[PhotoTrace]
) -> Iterator[GivenPhoto]:
    for trace in traces:
        if trace.kept is None:
            raise CannotAsk(Outcome.NOT_KEPT, PHOTOS_BEFORE)
        if not record.names_photo(decision_id, trace.kept.sha256):
            why = f"photo {trace.index} was kept as long as the retention policy says"
            raise CannotAsk(Outcome.ERASED, why)
        try:
            yield take_out(store, trace.kept, trace.sha256)
        except (MissingPhoto, DamagedPhoto) as error:
            found = DifferingInput(InputKind.PHOTO, str(trace.index), str(error))
            raise CannotAsk(Outcome.DIFFERS, inputs=[found]) from error


def _views(traces: Sequence[PhotoTrace]) -> tuple[View, ...] | None:
    """Return what the caller said that each photo shows; None where nothing was said."""
    told = [trace.asked_view for trace in traces]
    return tuple(view or View.UNKNOWN for view in told) if any(told) else None


def _damage(row: Row[Any]) -> DifferingInput:
    """Say what of a row was changed: by the fingerprint of what was asked, case and photos or the rest."""
    try:
        traces = tuple(PhotoTrace.of(one) for one in json.loads(row.photos))
        asked = fingerprint(parse_case(json.loads(row.return_case)), traces, _views(traces))
    except (InvalidCase, ValueError, TypeError, KeyError):
        asked = ""
    if asked != row.fingerprint:
        return DifferingInput(InputKind.CASE, "", CHANGED_CASE)
    return DifferingInput(InputKind.DECISION, "", CHANGED_DECISION)


def _row(record: Record, decision_id: str) -> Row[Any]:
    with record.database.connect() as connection:
        return connection.execute(select(DECISIONS).where(DECISIONS.c.decision_id == decision_id)).one()
