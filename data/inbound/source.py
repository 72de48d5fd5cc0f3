"""Read files of any kind into cases, one JSON line each, as the API takes them."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from data.case import InvalidCase, ReturnCase, read_case
from data.inbound.epcis.event import read_epcis
from data.inbound.file_kind import FileKind, foreign_name, is_epcis, kind_of
from data.inbound.invalid_message import InvalidMessage
from data.inbound.join import ScanIndex, cases_of, with_scans
from data.inbound.json_cases import cases_in
from data.inbound.parquet import read_parquet
from data.inbound.reading import CaseDraft, Notes, Reading, ScanDraft
from data.inbound.sender import Sender, read_sender
from data.inbound.sent_file import SentFile
from data.inbound.set_aside import SetAsides
from data.inbound.x12.authorisation import read_authorisation
from data.inbound.x12.interchange import TransactionSet, interchanges_in
from data.inbound.x12.shipment import read_shipment

# Of a file that is read at once: X12, EPCIS and JSON over many lines. A case a line has no limit.
MAX_MESSAGE_BYTES = 256 * 1024 * 1024
KIND_DIGITS = 3
Tell = Callable[[str], None]


def case_lines(
    cases: Path | BinaryIO,
    scans: Sequence[Path] = (),
    *,
    sender: Sender | None = None,
    as_of: datetime | None = None,
    tell: Tell | None = None,
    aside: SetAsides | None = None,
) -> Iterator[bytes | InvalidCase]:
    """Yield the cases of a file or stream as JSON lines, with the scans of other files joined to them.

    cases: JSON lines; JSON over many lines, as one case, several, a list or {"returns": [...]}; Parquet; or
    X12 with transaction sets 180. scans: X12 214 and EPCIS 2.0. as_of: the moment at which cases made of X12
    are looked at; without it, the latest at which something of the case became known. tell: called with each
    note on what was assumed or left out, at the end. aside: collects the messages and events that can't be
    read; without it, they are among the notes. A wrong case passes through, or its problem in its place, so
    that whoever scores can say so there.

    Raises InvalidMessage for files that can't be read, with file, place and what to do.
    """
    notes, assumed = Notes(aside=aside or SetAsides()), sender or read_sender()
    readings = [_read_scans(path, assumed, notes) for path in scans]
    with SentFile(cases) as file:
        kind = _kind_of_cases(file)
        if kind is FileKind.X12:
            yield from _from_x12(file, readings, assumed, notes, as_of)
        elif kind is not None:
            if as_of is not None:
                raise InvalidMessage(f"{file.name} says the as_of of each case itself: leave --as-of out")
            index = ScanIndex(draft for reading in readings for draft in reading.scans)
            for line in _lines(file, kind):
                yield _joined(line, index, notes) if scans else line
            _tell_unused(index, notes)
    if tell is not None:
        for line in (*(notes.aside.lines() if aside is None else ()), *notes.lines()):
            tell(line)


def read_only_line(cases: Path | BinaryIO, *, tell: Tell, aside: SetAsides) -> ReturnCase:
    """Read a file that holds one case, in any kind; raises InvalidCase for any other file."""
    lines = case_lines(cases, tell=tell, aside=aside)
    try:
        found = list(islice((line for line in lines if isinstance(line, InvalidCase) or line.strip()), 2))
    except InvalidMessage as error:
        raise InvalidCase([f"case: {error}"]) from error
    if len(found) != 1 or aside.count:
        raise InvalidCase([f"case: {'more than one' if found else 'none'} was given; give one"])
    if isinstance(found[0], InvalidCase):
        raise found[0]
    return read_case(found[0])


def _kind_of_cases(file: SentFile) -> FileKind | None:
    """Return the kind of a file of cases, None for a stream that ends before it began."""
    if not file.head.strip():
        if file.name == "-" and file.is_all:
            return None
        raise InvalidMessage(f"{file.name} is empty: give JSON lines, Parquet, X12 or EPCIS")
    kind = kind_of(file.head, file.is_all)
    if kind is FileKind.EPCIS:
        raise InvalidMessage(f"{file.name} holds EPCIS events, which are no returns: give it as --scans")
    if kind is None:
        raise _foreign(file, "cases come as JSON, one a line or in a list, as Parquet or as X12 180")
    return kind


def _foreign(file: SentFile, read: str) -> InvalidMessage:
    found = foreign_name(file.head)
    if found is None:
        return InvalidMessage(f"{file.name} holds nothing that is read here: {read}")
    name, advice = found
    return InvalidMessage(f"{file.name} is {name}, which is not read here: {advice}; {read}")


def _lines(file: SentFile, kind: FileKind) -> Iterator[bytes | InvalidCase]:
    if kind is FileKind.PARQUET:
        for message in read_parquet(file.seekable(MAX_MESSAGE_BYTES), file.name):
            yield message if isinstance(message, InvalidCase) else json.dumps(message).encode()
    elif kind is FileKind.JSON_LINES:
        yield from file.lines()
    else:
        is_any = False
        for case in cases_in(file.body(MAX_MESSAGE_BYTES)):
            is_any = True
            yield case
        if not is_any:
            raise InvalidMessage(f"{file.name} holds no case: give one or more")


def _joined(line: bytes | InvalidCase, index: ScanIndex, notes: Notes) -> bytes | InvalidCase:
    if isinstance(line, InvalidCase) or not line.strip():
        return line
    try:
        case = read_case(line)
    except InvalidCase:
        return line
    return with_scans(case, index, notes).model_dump_json(exclude_none=True).encode()


def _from_x12(
    file: SentFile, readings: Iterable[Reading], sender: Sender, notes: Notes, as_of: datetime | None
) -> Iterator[bytes]:
    everything = [read_x12(_text(file, notes), file.name, sender, notes), *readings]
    drafts = [draft for reading in everything for draft in reading.cases]
    if not drafts:
        raise _no_returns(file, notes.aside)
    index = ScanIndex(draft for reading in everything for draft in reading.scans)
    for case in cases_of(drafts, index, notes, as_of=as_of):
        yield case.model_dump_json(exclude_none=True).encode()
    _tell_unused(index, notes)


def _no_returns(file: SentFile, aside: SetAsides) -> InvalidMessage:
    own = [one for one in aside.first if one.file == file.name]
    if not own:
        return InvalidMessage(f"{file.name} holds no return authorisation (transaction set 180): give one")
    beside = f"; {aside.count - 1} more can't be read" if aside.count > 1 else ""
    return InvalidMessage(f"{file.name}: {own[0].reason}{beside}")


def _read_scans(path: Path, sender: Sender, notes: Notes) -> Reading:
    """Read one file of messages."""
    read = "scans come as X12 214 or EPCIS 2.0 in JSON"
    with SentFile(path) as file:
        kind = kind_of(file.head, file.is_all)
        if kind is FileKind.X12:
            return read_x12(_text(file, notes), file.name, sender, notes)
        if kind is None and foreign_name(file.head):
            raise _foreign(file, read)
        text = "" if kind is FileKind.PARQUET else _text(file, notes)
        # What stands before the events may be longer than what a file is told by.
        if kind is FileKind.EPCIS or is_epcis(text.encode()):
            return Reading((), tuple(read_epcis(text, file.name, notes)))
    raise InvalidMessage(f"{path.name} holds neither X12 nor EPCIS: {read}")


def read_x12(text: str, file: str, sender: Sender, notes: Notes) -> Reading:
    """Read all transaction sets 180 and 214 of a text; others are noted, and what can't be read is set aside.

    Raises InvalidMessage where no interchange of the text is whole.
    """
    cases: list[CaseDraft] = []
    scans: list[ScanDraft] = []
    others: Counter[str] = Counter()
    for message in _messages(text, file, notes.aside):
        try:
            if message.problem is not None:
                raise message.problem
            habits = sender.named(message.sender_id)
            if message.kind == "180":
                cases += read_authorisation(message, habits, notes)
            elif message.kind == "214":
                scans += read_shipment(message, habits, notes)
            elif message.kind.isdigit() and len(message.kind) == KIND_DIGITS:
                others[message.kind] += 1
            else:
                raise InvalidMessage(f"{message.header.where(1)}: {message.kind!r} is no transaction set")
        except InvalidMessage as error:
            place = f"interchange {message.interchange.text(13)}, transaction set {message.header.text(2)}"
            notes.aside.add(file, place, error)
    for kind, count in others.items():
        notes.add(f"{file}: {count} transaction set(s) {kind!r} left out: 180 and 214 are read")
    return Reading(tuple(cases), tuple(scans))


def _messages(text: str, file: str, aside: SetAsides) -> Iterator[TransactionSet]:
    """Yield the messages of the interchanges that are whole, and set the others aside."""
    problems: list[tuple[str, InvalidMessage]] = []
    is_any_whole = False
    for interchange in interchanges_in(text, file):
        try:
            sets = interchange.sets()
        except InvalidMessage as error:
            problems.append((interchange.place, error))
        else:
            is_any_whole = True
            yield from sets
    if problems and not is_any_whole:
        raise problems[0][1]
    for place, problem in problems:
        aside.add(file, place, problem)


def _text(file: SentFile, notes: Notes) -> str:
    body = file.body(MAX_MESSAGE_BYTES)
    try:
        return body.decode()
    except UnicodeDecodeError:
        # X12's extended character set is that of Latin-1, and older systems write it.
        notes.add(f"{file.name} is not in UTF-8: read as Latin-1")
        return body.decode("latin-1")


def _tell_unused(index: ScanIndex, notes: Notes) -> None:
    for draft in index.unused():
        names = ", ".join(sorted(f"{one.kind} {one.value}" for one in draft.references)) or "no number at all"
        notes.add("scans that belong to no case: left out", f"{draft.where} with {names}")
