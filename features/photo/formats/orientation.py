"""Read how a camera was held, and nothing else, from EXIF or XMP; what can't be read says upright."""

import re
import struct
from collections.abc import Iterator

from features.photo.formats.upright import UPRIGHT

_TAG = 0x0112
_ENTRY_BYTES = 12
# How each type of tag writes one number; an orientation of any other type is none.
_NUMBERS = {3: "H", 4: "I", 8: "h", 9: "i"}
_BYTE_ORDERS = {b"II": "<", b"MM": ">"}
_HEADER = re.compile(rb"(?:Exif\0\0){0,2}")
_XMP = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')


def read_orientation(exif: bytes, xmp: bytes = b"") -> int:
    """Return the EXIF orientation 1 to 8; that of XMP counts where EXIF holds none."""
    found = _in_exif(exif)
    if found is None and (written := _XMP.search(xmp)):
        found = int(written[1])
    return found if found and found in range(1, 9) else UPRIGHT


def _in_exif(exif: bytes) -> int | None:
    """Return the number in the orientation tag, None where there is no such tag, 0 where it is no number."""
    header = _HEADER.match(exif)
    tiff = exif[header.end() :] if header else exif
    order = _BYTE_ORDERS.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return None
    values = [value for tag, value in _tags(tiff, order) if tag == _TAG]
    return values[-1] if values else None


def _tags(tiff: bytes, order: str) -> Iterator[tuple[int, int]]:
    """Yield tag and number of each entry of the first directory, as far as the bytes go."""
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    if start + 2 > len(tiff):
        return
    (count,) = struct.unpack_from(f"{order}H", tiff, start)
    last = min(start + 2 + count * _ENTRY_BYTES, len(tiff) - _ENTRY_BYTES + 1)
    for at in range(start + 2, last, _ENTRY_BYTES):
        tag, kind, values = struct.unpack_from(f"{order}HHI", tiff, at)
        number = _NUMBERS.get(kind) if values == 1 else None
        yield tag, struct.unpack_from(f"{order}{number}", tiff, at + 8)[0] if number else 0
