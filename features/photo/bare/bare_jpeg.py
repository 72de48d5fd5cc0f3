"""Keep of a JPEG the segments that make up its first picture, as they are."""

from collections.abc import Iterator

from features.photo.bare.orientation_note import EXIF_NAME, orientation_note
from features.photo.formats.jpeg import END, START, read_parts
from features.photo.formats.upright import UPRIGHT

_JFIF, _EXIF, _ADOBE, _LINES, _COMMENT = 0xE0, 0xE1, 0xEE, 0xDC, 0xFE
# What decoders read of the two; a small picture of the first may follow, and anything at all.
_JFIF_BYTES, _ADOBE_BYTES = 14, 12
_JFIF_SIZE_OF_SMALL_PICTURE = b"\0\0"
_HEAD_BYTES = 4
_EMPTY_COMMENT = bytes([0xFF, _COMMENT, 0, 2])
# Bytes where none belong say that a part was lost: they are stood for by one, between segments that are
# passed over, since what they were may be a note.
_STRAY = _EMPTY_COMMENT + b"\0" + _EMPTY_COMMENT


def bare_jpeg(body: bytes, orientation: int) -> bytes:
    """Return a JPEG that reads as this one does; further pictures (MPO), profiles and notes are left out."""
    parts = read_parts(body)
    end = [END] if parts.kept[-1] == END else []
    segments = [_trimmed(bytes(piece)) for piece in parts.kept[1 : len(parts.kept) - len(end)]]
    note = [_segment(_EXIF, EXIF_NAME + orientation_note(orientation))] if orientation != UPRIGHT else []
    # JFIF is to come first of all.
    first = len(list(_leading(segments)))
    stray = [_STRAY] if parts.has_strays else []
    return b"".join([START, *segments[:first], *note, *segments[first:], *stray, *end])


def _leading(segments: list[bytes]) -> Iterator[bytes]:
    for segment in segments:
        if segment[1:2] != bytes([_JFIF]):
            return
        yield segment


def _trimmed(piece: bytes) -> bytes:
    """Return a segment without what no decoder reads of it; data of a scan begin with no marker."""
    if piece[:1] != b"\xff" or len(piece) <= _HEAD_BYTES:
        return piece
    marker, payload = piece[1], piece[_HEAD_BYTES:]
    if marker == _JFIF and len(payload) >= _JFIF_BYTES:
        return _segment(_JFIF, payload[: _JFIF_BYTES - 2] + _JFIF_SIZE_OF_SMALL_PICTURE)
    if marker == _ADOBE and len(payload) >= _ADOBE_BYTES:
        return _segment(_ADOBE, payload[:_ADOBE_BYTES])
    # It is passed over as long as it is, whatever stands in it.
    return piece[:_HEAD_BYTES] + bytes(len(payload)) if marker == _LINES else piece


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2) + payload
