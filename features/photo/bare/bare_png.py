"""Keep of a PNG the chunks that make up its first picture, as they are."""

import zlib

from features.photo.bare.orientation_note import orientation_note
from features.photo.formats.png import HEAD, SIGNATURE, chunks_of
from features.photo.formats.upright import UPRIGHT

_HEADER, _DATA, _END, _EXIF = b"IHDR", b"IDAT", b"IEND", b"eXIf"


def bare_png(body: bytes, orientation: int) -> bytes:
    """Return a PNG that reads as this one does; texts, profiles, further pictures (APNG) are left out.

    What decoders take no notice of (gamma, primaries, background) goes too.
    """
    chunks = list(chunks_of(body))
    needed = [(name, body[start:end]) for name, start, end in chunks if name in HEAD or name == _DATA]
    note = _chunk(_EXIF, orientation_note(orientation)) if orientation != UPRIGHT else b""
    head = b"".join(text for name, text in needed if name == _HEADER)
    rest = b"".join(text for name, text in needed if name != _HEADER)
    last = chunks[-1][2]
    is_closed = body[last + 4 : last + 8] == _END
    return SIGNATURE + head + note + rest + (_chunk(_END, b"") if is_closed else b"")


def _chunk(name: bytes, text: bytes) -> bytes:
    return len(text).to_bytes(4) + name + text + zlib.crc32(name + text).to_bytes(4)
