"""Split X12 interchanges into segments and transaction sets, and check that nothing was lost on the way.

Of the kept libraries pyx12 4.0 (BSD, 9.4 MB, most of it maps of health care) has no map for 180 and 214,
takes only interchange versions 00401 and 00501, and breaks with an IndexError on a broken envelope. What is
needed here is small; a test compares it with pyx12 where both can read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from data.inbound.invalid_message import InvalidMessage
from data.inbound.x12.wrapping import holds_line_end, unwrapped

ISA_ELEMENTS = 16
BREAKS = "\r\n"
# Acknowledgments of other interchanges and marks for its delivery, beside the groups of an interchange.
BESIDE_GROUPS = ("TA1", "TA3", "ISB", "ISE")
NAME = re.compile(r"[A-Z][A-Z0-9]{1,2}")
# Where an interchange begins, also inside a text whose interchange before was cut: elements of an ISA.
BEGINNING = re.compile(
    r"ISA(?P<by>[^A-Za-z0-9\s])"
    r"\d\d(?P=by).{0,12}?(?P=by)\d\d(?P=by).{0,12}?(?P=by)\w\w(?P=by)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Segment:
    """One segment; `elements[0]` is its tag, `position` counts from 1 in its file."""

    file: str
    position: int
    elements: tuple[str, ...]

    @property
    def tag(self) -> str:
        """Return the segment's name, such as AT7."""
        return self.elements[0]

    def get(self, place: int) -> str:
        """Return an element without outer spaces, empty where there is none.

        Raises InvalidMessage where a line ends inside it: whether that belongs there can't be told.
        """
        text = self.text(place)
        if holds_line_end(text):
            raise InvalidMessage(
                f"{self.where(place)}: a line ends inside {text!r}: the file was wrapped; "
                "send it without line ends inside segments"
            )
        return text

    def text(self, place: int) -> str:
        """Return an element that is read by people and may have several lines."""
        return self.elements[place].strip() if place < len(self.elements) else ""

    def where(self, place: int | None = None) -> str:
        """Say where the segment, or one of its elements, stands."""
        element = "" if place is None else f"{place:02d}"
        return f"{self.file}: segment {self.position} ({self.tag}{element})"


@dataclass(frozen=True)
class TransactionSet:
    """The segments between ST and SE, with the headers they came under, and why they can't be trusted."""

    kind: str
    interchange: Segment
    group: Segment
    header: Segment
    segments: tuple[Segment, ...]
    problem: InvalidMessage | None = None

    @property
    def sender_id(self) -> str:
        """Return who sent the interchange, ISA06."""
        return self.interchange.get(6)


@dataclass(frozen=True)
class Interchange:
    """The segments from ISA to IEA, or what stands in the place of an ISA and why it can't be read."""

    place: str
    segments: Sequence[Segment]
    problem: InvalidMessage | None = None
    ends_with_lines: bool = False

    def sets(self) -> list[TransactionSet]:
        """Return the transaction sets, those that do not agree with their own trailer with their problem.

        Raises InvalidMessage where the interchange can't be trusted as a whole: headers and trailers of
        groups and of itself that do not agree, or a text that is no X12.
        """
        if self.problem is not None:
            raise self.problem
        try:
            return list(_Envelope(self.segments).sets())
        except InvalidMessage as error:
            if self.ends_with_lines and not all(NAME.fullmatch(segment.tag) for segment in self.segments):
                raise InvalidMessage(
                    f"{error}. Perhaps it was wrapped: line ends end its segments"
                ) from error
            raise


def read_interchanges(text: str, file: str) -> Iterator[TransactionSet]:
    """Yield all transaction sets; raises InvalidMessage at the first one or interchange that is not whole."""
    for interchange in interchanges_in(text, file):
        for message in interchange.sets():
            if message.problem is not None:
                raise message.problem
            yield message


def interchanges_in(text: str, file: str) -> Iterator[Interchange]:
    """Yield all interchanges of a text, each with the separators of its own ISA.

    One that was cut ends where the next begins.
    """
    position = 0
    for piece in _pieces(_straightened(text)):
        at = _skip_blanks(piece, 0)
        while at < len(piece):
            interchange, at = _interchange(piece, at, file, position)
            yield interchange
            position += max(len(interchange.segments), 1)
            at = _skip_blanks(piece, at)


def runs(segments: Sequence[Segment], tag: str) -> list[Sequence[Segment]]:
    """Cut segments before each one of a tag; the first run is what stands before all of them."""
    starts = [place for place, segment in enumerate(segments) if segment.tag == tag]
    edges = [0, *starts, len(segments)]
    return [segments[start:end] for start, end in pairwise(edges)]


def _pieces(text: str) -> Iterator[str]:
    """Cut a text before each ISA; a piece that was wrapped by itself is straightened by itself."""
    starts = [found.start() for found in BEGINNING.finditer(text) if found.start()]
    for start, end in pairwise([0, *starts, len(text)]):
        yield _straightened(text[start:end])


def _straightened(text: str) -> str:
    start = _skip_blanks(text, 0)
    try:
        _, terminator = _separators(text, start, "", 0)
    except InvalidMessage:
        return text
    return unwrapped(text[start:], terminator)


def _interchange(text: str, start: int, file: str, position: int) -> tuple[Interchange, int]:
    """Return an interchange, and where the text goes on."""
    try:
        separator, terminator = _separators(text, start, file, position)
    except InvalidMessage as problem:
        return Interchange(f"what begins at segment {position + 1}", (), problem), len(text)
    segments: list[Segment] = []
    at = start
    while at < len(text) and (not segments or segments[-1].tag != "IEA"):
        end = text.find(terminator, at)
        end = len(text) if end < 0 else end
        piece = text[at:end].strip(BREAKS)
        at = _skip_blanks(text, end + 1)
        if piece.strip():
            elements = tuple(piece.lstrip().split(separator))
            segments.append(Segment(file, position + len(segments) + 1, elements))
    place = f"interchange {segments[0].text(13)}"
    return Interchange(place, segments, ends_with_lines=terminator in BREAKS), at


def _separators(text: str, start: int, file: str, position: int) -> tuple[str, str]:
    """Read the separators from the ISA: what follows its tag, and what follows its sixteenth element."""
    where = f"{file}: segment {position + 1}"
    if not text.startswith("ISA", start):
        found = text[start : start + 20]
        raise InvalidMessage(f"{where}: an interchange begins with ISA, not with {found!r}: correct the file")
    separator = text[start + 3 : start + 4]
    # Fields of the ISA have fixed widths, yet some senders trim them: count elements, not characters.
    parts = text[start : start + 400].split(separator or " ", ISA_ELEMENTS)
    last = parts[-1].lstrip(BREAKS)
    if not separator or separator.isalnum() or len(parts) <= ISA_ELEMENTS or len(last) < 2:
        raise InvalidMessage(
            f"{where} (ISA): {len(parts) - 1} elements after the tag, 16 are needed: ask for the file again"
        )
    version = re.sub(r"[\r\n]", "", parts[12]).strip()
    if not version.isdigit():
        raise InvalidMessage(
            f"{where} (ISA12): {parts[12]!r} is no version such as 00401: elements of the ISA are missing"
        )
    terminator = _terminator(last[1:], separator)
    if terminator.isalnum() or terminator in {separator, " "}:
        raise InvalidMessage(
            f"{where} (ISA16): {terminator!r} can't end a segment; one character follows ISA16: correct it"
        )
    if terminator in BREAKS and any(map(holds_line_end, parts[:-1])):
        raise InvalidMessage(
            f"{where} (ISA): the file was wrapped, and line ends end its segments as well: which is which "
            "can't be told; send it without line ends inside segments"
        )
    return separator, terminator


def _terminator(after: str, separator: str) -> str:
    """Return what ends the ISA; a line end only where no other mark follows it."""
    beyond = after.lstrip(BREAKS)[:1]
    was_wrapped = after[0] in BREAKS and beyond and not (beyond.isalnum() or beyond in {separator, " "})
    return beyond if was_wrapped else after[0]


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and (text[at].isspace() or text[at] == "\x1a"):
        at += 1
    return at


class _Envelope:
    """Walk one interchange and hold each trailer against its header."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._at = 1

    def sets(self) -> Iterator[TransactionSet]:
        """Yield the transaction sets."""
        for segment in self._segments:
            _require_whole_name(segment)
        isa, groups = self._segments[0], 0
        while self._tag() in {"GS", *BESIDE_GROUPS}:
            if self._tag() != "GS":
                self._at += 1
                continue
            yield from self._group()
            groups += 1
        trailer = self._take("IEA", f"to end the interchange {isa.get(13)}")
        _agree(trailer, 1, groups, "functional groups")
        _same_number(trailer, 2, isa, 13)

    def _group(self) -> Iterator[TransactionSet]:
        header, sets = self._take("GS", "to begin a group"), 0
        while self._tag() == "ST":
            yield self._set(header)
            sets += 1
        trailer = self._take("GE", f"to end the group {header.get(6)}")
        _agree(trailer, 1, sets, "transaction sets")
        _same_number(trailer, 2, header, 6)

    def _set(self, group: Segment) -> TransactionSet:
        header, begin = self._take("ST", "to begin a transaction set"), self._at
        while self._tag() not in {"SE", "ST", "GE", "GS", "IEA", "ISA", ""}:
            self._at += 1
        inside = tuple(self._segments[begin : self._at])
        problem = None
        try:
            trailer = self._take("SE", f"to end the transaction set {header.get(2)}")
            _agree(trailer, 1, len(inside) + 2, "segments")
            _same_number(trailer, 2, header, 2)
        except InvalidMessage as error:
            # Where the group goes on it is this message alone that can't be trusted.
            if self._tag() not in {"ST", "GE"}:
                raise
            problem = error
        return TransactionSet(header.get(1), self._segments[0], group, header, inside, problem)

    def _tag(self) -> str:
        return self._segments[self._at].tag if self._at < len(self._segments) else ""

    def _take(self, tag: str, purpose: str) -> Segment:
        if self._tag() != tag:
            last = self._segments[min(self._at, len(self._segments) - 1)]
            found = f"found {self._tag()}" if self._tag() else "the file ends"
            raise InvalidMessage(
                f"{last.where()}: {tag} is missing {purpose}, {found}: the message was cut, ask for it again"
            )
        self._at += 1
        return self._segments[self._at - 1]


def _require_whole_name(segment: Segment) -> None:
    if holds_line_end(segment.tag):
        raise InvalidMessage(
            f"{segment.file}: segment {segment.position}: a line ends inside its name {segment.tag!r}: the "
            "file was wrapped, and not at one width; send it without line ends inside segments"
        )


def _agree(trailer: Segment, place: int, counted: int, what: str) -> None:
    if _number(trailer.get(place)) != counted:
        raise InvalidMessage(
            f"{trailer.where(place)}: says {trailer.get(place)!r} {what}, {counted} are there: "
            "the message was cut or altered, ask for it again"
        )


def _same_number(trailer: Segment, place: int, header: Segment, header_place: int) -> None:
    said, expected = trailer.get(place), header.get(header_place)
    if said != expected and (_number(said) is None or _number(said) != _number(expected)):
        raise InvalidMessage(
            f"{trailer.where(place)}: control number {said!r} is not that of its header, {expected!r}: "
            "messages were mixed up, ask for them again"
        )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
