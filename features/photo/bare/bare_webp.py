"""Keep of a WebP the chunks that make up its first picture, as they are."""

from collections.abc import Iterator
from dataclasses import dataclass

from features.photo.bare.inseparable import InseparableNotes
from features.photo.bare.orientation_note import orientation_note
from features.photo.formats.upright import UPRIGHT

_CANVAS, _ANIMATION, _FRAME, _ALPHA, _EXIF = b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"EXIF"
_PICTURES = frozenset({b"VP8 ", b"VP8L"})
_CANVAS_BYTES, _ANIMATION_BYTES, _FRAME_BYTES = 10, 6, 16
_FILE_HEAD, _CHUNK_HEAD = 12, 8
_IS_ANIMATED, _HAS_EXIF, _HAS_ALPHA = 0x02, 0x08, 0x10


@dataclass(frozen=True)
class _Chunk:
    """One chunk: its name, its contents, and the whole of it as it stands in the file, padding and all."""

    name: bytes
    text: bytes
    whole: bytes


def bare_webp(body: bytes, orientation: int) -> bytes:
    """Return a WebP that reads as this one does; EXIF, XMP, profiles and further pictures are left out.

    Raises InseparableNotes where it holds no picture that is known here, or can't say how it is turned.
    """
    chunks = list(_chunks(body, _FILE_HEAD))
    note = orientation_note(orientation) if orientation != UPRIGHT else b""
    head = [_written(_CANVAS, _flagged(each.text, bool(note))) for each in chunks if each.name == _CANVAS]
    if note and not head:
        raise InseparableNotes("a WebP without a canvas can't say how it is turned")
    head += [_written(each.name, each.text[:_ANIMATION_BYTES]) for each in chunks if each.name == _ANIMATION]
    inside = b"".join([*head, *_first_picture(chunks), _written(_EXIF, note) if note else b""])
    return b"RIFF" + (4 + len(inside)).to_bytes(4, "little") + b"WEBP" + inside


def _first_picture(chunks: list[_Chunk]) -> list[bytes]:
    transparency: list[bytes] = []
    for chunk in chunks:
        if chunk.name == _FRAME:
            inside = _first_picture(list(_chunks(chunk.text, _FRAME_BYTES)))
            return [_written(_FRAME, chunk.text[:_FRAME_BYTES] + b"".join(inside))]
        if chunk.name == _ALPHA:
            transparency.append(chunk.whole)
        if chunk.name in _PICTURES:
            return [*transparency, chunk.whole]
    raise InseparableNotes("it holds no picture that is known here")


def _flagged(canvas: bytes, has_exif: bool) -> bytes:
    """Return a canvas that says what is left beside the picture."""
    flags = canvas[0] & (_IS_ANIMATED | _HAS_ALPHA) | (_HAS_EXIF if has_exif else 0)
    # The reserved bytes behind the flags may hold anything.
    return bytes([flags, 0, 0, 0]) + canvas[4:_CANVAS_BYTES]


def _chunks(body: bytes, at: int) -> Iterator[_Chunk]:
    """Yield each chunk, as far as the bytes go."""
    while at + _CHUNK_HEAD <= len(body):
        start = at + _CHUNK_HEAD
        end = start + int.from_bytes(body[at + 4 : start], "little")
        yield _Chunk(body[at : at + 4], body[start:end], body[at : end + (end - start) % 2])
        at = end + (end - start) % 2


def _written(name: bytes, text: bytes) -> bytes:
    return name + len(text).to_bytes(4, "little") + text + bytes(len(text) % 2)
