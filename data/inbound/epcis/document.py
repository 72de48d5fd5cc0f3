"""Find the events of EPCIS 2.0 in JSON, whatever they are wrapped in."""

import json
from dataclasses import dataclass
from typing import Any

from data.inbound.invalid_message import InvalidMessage
from data.inbound.reading import Notes

# An event stands in a list, in a body, in a document, in an answer, in a list of these: more is no EPCIS.
MAX_DEPTH = 12
INSIDE = (
    *("epcisBody", "queryResults", "resultsBody", "eventList", "event", "events", "captures", "results"),
    "@graph",
)
# What JSON-LD may write before the names of the standard.
NAMESPACES = ("epcis:", "https://ref.gs1.org/epcis/", "https://ns.gs1.org/epcis/")
# What RFC 7464 puts before each text of a sequence.
RECORD_SEPARATOR = "\x1e"
MAX_DIGITS = 300


class NameTwice(dict[str, Any]):
    """An object in which a name stands twice with different values: nobody knows which one is meant."""

    name = ""


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


def plain_name(name: str) -> str:
    """Return the name of a field without its namespace."""
    namespace = next((space for space in NAMESPACES if name.startswith(space)), "")
    return name.removeprefix(namespace)


def _documents(text: str, file: str, notes: Notes) -> list[Any]:
    """Return the JSON values of a text, one or several in a row; raises InvalidMessage for none."""
    try:
        return [_parsed(text)]
    except (ValueError, RecursionError) as error:
        documents = _sequence(text) or _lines(text, file, notes)
        if not documents:
            raise InvalidMessage(f"{file} is no JSON: {error}") from error
        return documents


def _sequence(text: str) -> list[Any]:
    """Return the JSON objects that follow each other, over any lines; none unless all can be read."""
    documents: list[Any] = []
    at = 0
    try:
        while at < len(text):
            if text[at].isspace() or text[at] == RECORD_SEPARATOR:
                at += 1
                continue
            document, at = DECODER.raw_decode(text, at)
            documents.append(document)
    except (ValueError, RecursionError):
        return []
    return documents if all(isinstance(document, dict) for document in documents) else []


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
    return DECODER.decode(text)


def _whole_number(digits: str) -> int | float:
    """Read a number of any length: none of that length means anything, and one must not lose the file."""
    return int(digits) if len(digits) <= MAX_DIGITS else float(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    contradicted = [name for name, value in pairs if value != found[name]]
    if not contradicted:
        return found
    doubled = NameTwice(found)
    doubled.name = contradicted[0]
    return doubled


DECODER = json.JSONDecoder(parse_int=_whole_number, object_pairs_hook=_object)


def _member(value: dict[str, Any], name: str) -> Any:
    parts = (value.get(f"{namespace}{name}") for namespace in ("", *NAMESPACES))
    return next((part for part in parts if part is not None), None)


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
    if isinstance(value, NameTwice):
        # Taken for an event, so that it is set aside and says why.
        return [value]
    parts = [_inside(part, depth - 1) for name in INSIDE if (part := _member(value, name)) is not None]
    lists = [part for part in parts if part is not None]
    return [event for part in lists for event in part] if lists else None


def _wraps(value: Any) -> bool:
    return isinstance(value, dict) and any(_member(value, name) is not None for name in INSIDE)


def _is_event(value: Any) -> bool:
    return isinstance(value, dict) and _member(value, "eventTime") is not None
