"""Read files of any kind into cases, one JSON line each, as the API takes them."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from data.case import InvalidCase, read_case
from data.inbound.epcis.event import is_epcis, read_epcis
from data.inbound.invalid_message import InvalidMessage
from data.inbound.join import ScanIndex, cases_of, with_scans
from data.inbound.parquet import read_parquet
from data.inbound.reading import CaseDraft, Notes, Reading, ScanDraft
from data.inbound.sender import Sender, read_sender
from data.inbound.x12.authorisation import read_authorisation
from data.inbound.x12.interchange import read_interchanges
from data.inbound.x12.shipment import read_shipment

MAX_MESSAGE_BYTES = 256 * 1024 * 1024
# An interchange begins with ISA; one cut at the front is still X12, and is refused as such.
X12_BEGINS = re.compile(rb"(ISA|GS|ST)[^A-Za-z0-9\s]")
Tell = Callable[[str], None]


class FileKind(StrEnum):
    """The kinds of file that are told apart by how they begin."""

    JSON_LINES = "JSON lines"
    PARQUET = "Parquet"
    X12 = "X12"
    EPCIS = "EPCIS"


def case_lines(
    cases: Path,
    scans: Sequence[Path] = (),
    *,
    sender: Sender | None = None,
    as_of: datetime | None = None,
    tell: Tell | None = None,
) -> Iterator[bytes]:
    """Yield the cases of a file as JSON lines, with the scans of other files joined to them.

    cases: JSON lines, Parquet, or X12 with transaction sets 180. scans: X12 214 and EPCIS 2.0. as_of: the
    moment at which cases made of X12 are looked at; without it, the latest at which something of the case
    became known. tell: called with each note on what was assumed or left out, at the end. A wrong line of
    JSON passes through, so that whoever scores can say so in its place.

    Raises InvalidMessage for files that can't be read, with file, place and what to do.
    """
    notes, assumed = Notes(), sender or read_sender()
    readings = [_read(path, assumed, notes) for path in scans]
    kind = kind_of(cases)
    if kind is FileKind.X12:
        yield from _from_x12(cases, readings, assumed, notes, as_of)
    elif kind is FileKind.EPCIS:
        raise InvalidMessage(f"{cases.name} holds EPCIS events, which are no returns: give it as --scans")
    else:
        if as_of is not None:
            raise InvalidMessage(f"{cases.name} says the as_of of each case itself: leave --as-of out")
        index = ScanIndex(draft for reading in readings for draft in reading.scans)
        for line in _lines(cases, kind):
            yield _joined(line, index, notes) if scans else line
        _tell_unused(index, notes)
    if tell is not None:
        for note in notes.lines():
            tell(note)


def kind_of(path: Path) -> FileKind:
    """Tell the kind of a file by how it begins.

    Raises InvalidMessage for an empty file.
    """
    with path.open("rb") as file:
        begin = file.read(20_000)
    start = begin.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise InvalidMessage(f"{path.name} is empty: give JSON lines, Parquet, X12 or EPCIS")
    if begin.startswith(b"PAR1"):
        return FileKind.PARQUET
    if X12_BEGINS.match(start):
        return FileKind.X12
    return FileKind.EPCIS if is_epcis(start.decode("utf-8", "replace")) else FileKind.JSON_LINES


def _lines(path: Path, kind: FileKind) -> Iterator[bytes]:
    if kind is FileKind.PARQUET:
        for message in read_parquet(path):
            yield json.dumps(message).encode()
        return
    with path.open("rb") as lines:
        yield from lines


def _joined(line: bytes, index: ScanIndex, notes: Notes) -> bytes:
    if not line.strip():
        return line
    try:
        case = read_case(line)
    except InvalidCase:
        return line
    return with_scans(case, index, notes).model_dump_json(exclude_none=True).encode()


def _from_x12(
    path: Path, readings: Iterable[Reading], sender: Sender, notes: Notes, as_of: datetime | None
) -> Iterator[bytes]:
    everything = [_read(path, sender, notes), *readings]
    drafts = [draft for reading in everything for draft in reading.cases]
    if not drafts:
        raise InvalidMessage(f"{path.name} holds no return authorisation (transaction set 180): give one")
    index = ScanIndex(draft for reading in everything for draft in reading.scans)
    for case in cases_of(drafts, index, notes, as_of=as_of):
        yield case.model_dump_json(exclude_none=True).encode()
    _tell_unused(index, notes)


def _read(path: Path, sender: Sender, notes: Notes) -> Reading:
    """Read one file of messages."""
    kind = kind_of(path)
    if kind is FileKind.X12:
        return read_x12(_text(path), path.name, sender, notes)
    if kind is FileKind.EPCIS:
        return Reading((), tuple(read_epcis(_text(path), path.name, notes)))
    raise InvalidMessage(f"{path.name} holds neither X12 nor EPCIS: scans come as X12 214 or EPCIS 2.0")


def read_x12(text: str, file: str, sender: Sender, notes: Notes) -> Reading:
    """Read all transaction sets 180 and 214 of a text; others are noted."""
    cases: list[CaseDraft] = []
    scans: list[ScanDraft] = []
    others: Counter[str] = Counter()
    for message in read_interchanges(text, file):
        habits = sender.named(message.sender_id)
        if message.kind == "180":
            cases += read_authorisation(message, habits, notes)
        elif message.kind == "214":
            scans += read_shipment(message, habits, notes)
        else:
            others[message.kind] += 1
    for kind, count in others.items():
        notes.add(f"{file}: {count} transaction set(s) {kind!r} left out: 180 and 214 are read")
    return Reading(tuple(cases), tuple(scans))


def _text(path: Path) -> str:
    size = path.stat().st_size
    if size > MAX_MESSAGE_BYTES:
        raise InvalidMessage(f"{path.name} is {size} bytes; at most {MAX_MESSAGE_BYTES} are read: split it")
    body = path.read_bytes()
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        # X12's extended character set is that of Latin-1, and older systems write it.
        return body.decode("latin-1")


def _tell_unused(index: ScanIndex, notes: Notes) -> None:
    for draft in index.unused():
        names = ", ".join(sorted(f"{one.kind} {one.value}" for one in draft.references)) or "no number at all"
        notes.add("scans that belong to no case: left out", f"{draft.where} with {names}")
