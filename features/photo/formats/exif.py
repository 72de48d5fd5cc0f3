"""Walk the directories of EXIF (CIPA DC-008) as far as its bytes go; nothing in it can do harm."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

_ENTRY_BYTES, _VALUE_BYTES = 12, 4
_ASCII = 2
# How each type of tag writes one whole number.
_NUMBERS = {3: "H", 4: "I", 8: "h", 9: "i"}
_BYTE_ORDERS = {b"II": "<", b"MM": ">"}
_HEADER = re.compile(rb"(?:Exif\0\0){0,2}")


@dataclass(frozen=True)
class Entry:
    """One tag: its number, the type and count of its values, and the four bytes that hold or place them."""

    tag: int
    kind: int
    count: int
    value: bytes


@dataclass(frozen=True)
class Exif:
    """EXIF from its header on, and its byte order."""

    tiff: bytes
    order: str

    @classmethod
    def of(cls, body: bytes) -> Self | None:
        """Return what the bytes hold, with or without a name in front; None where that is no EXIF."""
        header = _HEADER.match(body)
        tiff = body[header.end() :] if header else body
        order = _BYTE_ORDERS.get(tiff[:2])
        return cls(tiff, order) if order and len(tiff) >= 8 else None

    @property
    def first(self) -> int:
        """Return where the first directory begins."""
        return self._at("I", 4)

    def entries(self, start: int) -> Iterator[Entry]:
        """Yield the entries of the directory that begins there."""
        if start + 2 > len(self.tiff):
            return
        last = min(start + 2 + self._at("H", start) * _ENTRY_BYTES, len(self.tiff) - _ENTRY_BYTES + 1)
        for at in range(start + 2, last, _ENTRY_BYTES):
            tag, kind, count = struct.unpack_from(f"{self.order}HHI", self.tiff, at)
            yield Entry(tag, kind, count, self.tiff[at + 8 : at + 8 + _VALUE_BYTES])

    def last_number(self, tag: int) -> int | None:
        """Return the number of a tag of the first directory, the last where it stands there more than once.

        None where there is no such tag, 0 where it is no number.
        """
        numbers = [self.number(entry) for entry in self.entries(self.first) if entry.tag == tag]
        return numbers[-1] if numbers else None

    def number(self, entry: Entry) -> int:
        """Return the one whole number of an entry, 0 where it is anything else."""
        kind = _NUMBERS.get(entry.kind) if entry.count == 1 else None
        return int(struct.unpack_from(f"{self.order}{kind}", entry.value)[0]) if kind else 0

    def text(self, entry: Entry, most: int) -> str:
        """Return the text of an entry up to its end, nothing where it is no text or longer than `most`."""
        if entry.kind != _ASCII or entry.count > most:
            return ""
        start = struct.unpack(f"{self.order}I", entry.value)[0]
        is_inside = entry.count <= _VALUE_BYTES
        text = entry.value if is_inside else self.tiff[start : start + entry.count]
        return text[: entry.count].split(b"\0")[0].decode("ascii", "replace")

    def _at(self, kind: str, at: int) -> int:
        return int(struct.unpack_from(f"{self.order}{kind}", self.tiff, at)[0])
