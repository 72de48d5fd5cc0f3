"""Find the events of EPCIS 2.0 in JSON, whatever they are wrapped in, and set aside what is no event."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from data.inbound.epcis.event import EpcisEvent, Written, draft_of, read_event
from data.inbound.invalid_message import InvalidMessage
from data.inbound.reading import Notes, ScanDraft

# An event stands in a list, in a body, in a document, in an answer, in a list of these: more is no EPCIS.
MAX_DEPTH = 12
INSIDE = ("epcisBody", "queryResults", "resultsBody", "eventList", "event", "events", "captures", "results")
MAX_DIGITS = 300


@dataclass(frozen=True)
class _Found:
    """An event as it was written, its place, and when its document was made or why that is not known."""

    place: str
    raw: Any
    created: datetime | InvalidMessage | None


def read_epcis(text: str, file: str, notes: Notes) -> list[ScanDraft]:
    """Return one draft for each event of documents, query documents, lists and single events.

    An event or document that can't be read is set aside. Raises InvalidMessage for text that holds none at all.
    """
    read: list[tuple[str, EpcisEvent, datetime | None]] = []
    for found in _events(text, file, notes):
        try:
            event = read_event(found.raw, f"{file}: {found.place}")
            if isinstance(found.created, InvalidMessage) and event.recordTime is None:
                raise found.created
        except InvalidMessage as error:
            notes.aside.add(file, found.place, error)
            continue
        created_at = None if isinstance(found.created, InvalidMessage) else found.created
        read.append((f"{file}: {found.place}", event, created_at))
    withdrawn = {event.eventID for _, event, _ in read if event.errorDeclaration is not None}
    drafts: list[ScanDraft] = []
    for where, event, created_at in read:
        try:
            drafts += draft_of(event, where, withdrawn, created_at, notes)
        except InvalidMessage as error:
            notes.aside.add(file, where.removeprefix(f"{file}: "), error)
    return drafts


def _events(text: str, file: str, notes: Notes) -> list[_Found]:
    """Return the events of all documents of a text, numbered through.

    A document without any is set aside; where no other holds one, its problem is that of the file.
    """
    found: list[_Found] = []
    problems: list[InvalidMessage] = []
    for document in _documents(text, file, notes):
        created = _created_at(document, file)
        raws = _inside(document, MAX_DEPTH)
        if raws is None:
            problems.append(InvalidMessage(f"{file}: epcisBody.eventList is missing: give an EPCISDocument"))
        elif not raws and isinstance(created, InvalidMessage):
            problems.append(created)
        found += [
            _Found(f"event {number}", raw, created) for number, raw in enumerate(raws or (), len(found))
        ]
    if problems and not found:
        raise problems[0]
    for problem in problems:
        notes.aside.add(file, "a document", problem)
    return found


def _documents(text: str, file: str, notes: Notes) -> list[Any]:
    """Return the JSON values of a text, one or one a line; raises InvalidMessage for none."""
    try:
        return [_parsed(text)]
    except (ValueError, RecursionError) as error:
        documents = _lines(text, file, notes)
        if not documents:
            raise InvalidMessage(f"{file} is no JSON: {error}") from error
        return documents


def _lines(text: str, file: str, notes: Notes) -> list[Any]:
    """Return the JSON objects that stand in a line each, and set other lines aside."""
    documents: list[Any] = []
    problems: list[tuple[str, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            documents.append(_parsed(line))
        except (ValueError, RecursionError) as error:
            problems.append((f"line {number}", f"is no JSON: {error}"))
    if not any(isinstance(document, dict) for document in documents):
        return []
    for place, reason in problems:
        notes.aside.add(file, place, reason)
    return documents


def _parsed(text: str) -> Any:
    return json.loads(text, parse_int=_whole_number)


def _whole_number(digits: str) -> int | float:
    """Read a number of any length: none of that length means anything, and one must not lose the file."""
    return int(digits) if len(digits) <= MAX_DIGITS else float(digits)


def _member(value: dict[str, Any], name: str) -> Any:
    return value.get(name, value.get(f"epcis:{name}"))


def _created_at(document: Any, file: str) -> datetime | InvalidMessage | None:
    """Return when the document was made: the latest that its events can have become known."""
    raw = _member(document, "creationDate") if isinstance(document, dict) else None
    if raw is None:
        return None
    try:
        return TypeAdapter(Written).validate_python(raw)
    except ValidationError:
        return InvalidMessage(f"{file}: creationDate {str(raw)[:80]!r} is no time with a zone: correct it")


def _inside(value: Any, depth: int) -> list[Any] | None:
    """Return the events in a value, in order; None where it has no place for them.

    What stands in a list and holds no other events is taken for one, so that it can be set aside.
    """
    if isinstance(value, list):
        return [event for one in value for event in (_wraps(one) and _inside(one, depth - 1)) or [one]]
    if _is_event(value):
        return [value]
    if not _wraps(value) or not depth:
        return None
    parts = [_inside(part, depth - 1) for name in INSIDE if (part := _member(value, name)) is not None]
    lists = [part for part in parts if part is not None]
    return [event for part in lists for event in part] if lists else None


def _wraps(value: Any) -> bool:
    return isinstance(value, dict) and any(_member(value, name) is not None for name in INSIDE)


def _is_event(value: Any) -> bool:
    return isinstance(value, dict) and _member(value, "eventTime") is not None
