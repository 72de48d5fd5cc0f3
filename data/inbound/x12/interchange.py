"""Split X12 interchanges into segments and transaction sets, and check that nothing was lost on the way.

Of the kept libraries pyx12 4.0 (BSD, 9.4 MB, most of it maps of health care) has no map for 180 and 214,
takes only interchange versions 00401 and 00501, and breaks with an IndexError on a broken envelope. What is
needed here is small; a test compares it with pyx12 where both can read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from data.inbound.invalid_message import InvalidMessage

ISA_ELEMENTS = 16
BREAKS = "\r\n"


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
        """Return an element without outer spaces, empty where there is none."""
        return self.elements[place].strip() if place < len(self.elements) else ""

    def where(self, place: int | None = None) -> str:
        """Say where the segment, or one of its elements, stands."""
        element = "" if place is None else f"{place:02d}"
        return f"{self.file}: segment {self.position} ({self.tag}{element})"


@dataclass(frozen=True)
class TransactionSet:
    """The segments between ST and SE, with the headers they came under."""

    kind: str
    interchange: Segment
    group: Segment
    header: Segment
    segments: tuple[Segment, ...]

    @property
    def sender_id(self) -> str:
        """Return who sent the interchange, ISA06."""
        return self.interchange.get(6)


def read_interchanges(text: str, file: str) -> Iterator[TransactionSet]:
    """Yield the transaction sets of all interchanges in a text, each with the separators of its own ISA.

    Raises InvalidMessage for a text that is no X12, and where headers and trailers do not agree.
    """
    at, position = _skip_blanks(text, 0), 0
    while at < len(text):
        segments, at = _interchange(text, at, file, position)
        yield from _Envelope(segments).sets()
        position += len(segments)
        at = _skip_blanks(text, at)


def runs(segments: Sequence[Segment], tag: str) -> list[Sequence[Segment]]:
    """Cut segments before each one of a tag; the first run is what stands before all of them."""
    starts = [place for place, segment in enumerate(segments) if segment.tag == tag]
    edges = [0, *starts, len(segments)]
    return [segments[start:end] for start, end in pairwise(edges)]


def _interchange(text: str, start: int, file: str, position: int) -> tuple[list[Segment], int]:
    """Return the segments from ISA to IEA, and where the text goes on."""
    separator, terminator = _separators(text, start, file, position)
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
    return segments, at


def _separators(text: str, start: int, file: str, position: int) -> tuple[str, str]:
    """Read the separators from the ISA: what follows its tag, and what follows its sixteenth element."""
    where = f"{file}: segment {position + 1}"
    if not text.startswith("ISA", start):
        found = text[start : start + 20]
        raise InvalidMessage(f"{where}: an interchange begins with ISA, not with {found!r}: correct the file")
    separator = text[start + 3 : start + 4]
    # Fields of the ISA have fixed widths, yet some senders trim them: count elements, not characters.
    parts = text[start : start + 400].split(separator or " ", ISA_ELEMENTS)
    if not separator or separator.isalnum() or len(parts) <= ISA_ELEMENTS or len(parts[-1]) < 2:
        raise InvalidMessage(
            f"{where} (ISA): {len(parts) - 1} elements after the tag, 16 are needed: ask for the file again"
        )
    if not parts[12].strip().isdigit():
        raise InvalidMessage(
            f"{where} (ISA12): {parts[12]!r} is no version such as 00401: elements of the ISA are missing"
        )
    terminator = parts[-1][1]
    if terminator.isalnum() or terminator in {separator, " "}:
        raise InvalidMessage(
            f"{where} (ISA16): {terminator!r} can't end a segment; one character follows ISA16: correct it"
        )
    return separator, terminator


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and (text[at].isspace() or text[at] == "\x1a"):
        at += 1
    return at


class _Envelope:
    """Walk one interchange and hold each trailer against its header."""

    def __init__(self, segments: list[Segment]) -> None:
        self._segments = segments
        self._at = 1

    def sets(self) -> Iterator[TransactionSet]:
        """Yield the transaction sets."""
        isa, groups = self._segments[0], 0
        while self._tag() == "GS":
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
        trailer = self._take("SE", f"to end the transaction set {header.get(2)}")
        _agree(trailer, 1, len(inside) + 2, "segments")
        _same_number(trailer, 2, header, 2)
        return TransactionSet(header.get(1), self._segments[0], group, header, inside)

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
