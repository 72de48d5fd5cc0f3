"""Find the events of EPCIS 2.0 in JSON, whatever they are wrapped in."""

import json
from dataclasses import dataclass
from typing import Any

from data.inbound.invalid_message import InvalidMessage
from data.inbound.reading import Notes

# An event stands in a list, in a body, in a document, in an answer, in a list of these: more is no EPCIS.
MAX_DEPTH = 12
INSIDE = ("epcisBody", "queryResults", "resultsBody", "eventList", "event", "events", "captures", "results")
MAX_DIGITS = 300


@dataclass(frozen=True)
class EpcisDocument:
    """The events of a document as they were written, and when it says that it was made.

    `events` is None where it has no place for events.
    """

    created: Any
    events: list[Any] | None


def documents_in(text: str, file: str, notes: Notes) -> list[EpcisDocument]:
    """Return the documents of a text: one, or one a line, or single events.

    A line that is no JSON is set aside. Raises InvalidMessage for a text that is none at all.
    """
    values = _documents(text, file, notes)
    return [EpcisDocument(_created(value), _inside(value, MAX_DEPTH)) for value in values]


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


def _created(document: Any) -> Any:
    return _member(document, "creationDate") if isinstance(document, dict) else None


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
