"""Read a PNG: what it will cost by its header, and the first picture without what is written beside it."""

from collections.abc import Iterator
from math import ceil

from PIL import PngImagePlugin

from features.photo.formats.cost import (
    Cost,
    WatchedBytes,
    photo_cost,
    require_affordable,
    require_size,
)
from features.photo.formats.encoded import Decoded, EncodedPhoto
from features.photo.formats.orientation import read_orientation
from features.photo.formats.upright import upright, upright_size
from features.photo.photo_error import UnreadablePhoto

Chunk = tuple[bytes, int, int]

SIGNATURE = b"\x89PNG\r\n\x1a\n"

HEAD = frozenset({b"IHDR", b"PLTE", b"tRNS"})
_DATA, _EXIF, _ANIMATION = b"IDAT", b"eXIf", b"acTL"
_PICTURE = HEAD | {_DATA}
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_XMP_NAME, _RAW_EXIF_NAME = "XML:com.adobe.xmp", "Raw profile type exif"
_NAMES = (_XMP_NAME.encode(), _RAW_EXIF_NAME.encode())
_LONGEST_NAME = 79
_PICTURES_MOST = 2**31
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_GREY, _PALETTE = 0, 3
# Name and length before a chunk's payload, its checksum after it.
_BEFORE, _AFTER = 8, 4


def open_png(body: bytes) -> EncodedPhoto:
    """Look at the chunks of a PNG; raises UnreadablePhoto or PhotoTooLarge."""
    header = body[16:29]
    if body[12:16] != b"IHDR" or len(header) < 13 or header[9] not in _CHANNELS:
        raise UnreadablePhoto("the PNG has no header")
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    if not min(width, height):
        raise UnreadablePhoto(f"the PNG has {width} x {height} pixels")
    require_size(width, height)
    cost = _cost(width, height, header[8], header[9], len(body))
    require_affordable(cost, "a PNG")
    needed = _needed(body)
    return EncodedPhoto(cost, lambda: _decode(needed))


def _cost(width: int, height: int, depth: int, kind: int, size: int) -> Cost:
    rates = photo_cost().png
    unpacked = height * ceil(width * _CHANNELS[kind] * depth / 8)
    in_memory = max(1, depth // 8) if kind in {_GREY, _PALETTE} else 4
    work = unpacked * rates.ns_per_byte + size * rates.ns_per_packed_byte
    return Cost.of(width * height * in_memory, work)


def _needed(body: bytes) -> bytes:
    """Return a PNG; if of many chunks, with those alone that make up its first picture or turn it."""
    limits, chunks = photo_cost().png, list(chunks_of(body))
    if sum(name == b"IHDR" for name, _, _ in chunks) > 1:
        raise UnreadablePhoto("the PNG says twice how large it is")
    are_few = sum(name not in _PICTURE for name, _, _ in chunks) <= limits.notes_most
    if are_few and _is_animation_sound(body, chunks):
        return body
    head, notes, data = [body[: len(SIGNATURE)]], {}, []
    for name, start, end in chunks:
        if name in HEAD:
            head.append(body[start:end])
        elif name == _DATA:
            data.append(memoryview(body)[start:end])
        elif (note := _note_of(name, body, start)) and end - start <= limits.note_most_bytes:
            notes[note] = body[start:end]
    return b"".join([*head, *notes.values(), *data])


def _is_animation_sound(body: bytes, chunks: list[Chunk]) -> bool:
    """Return whether a PNG says at most once of how many pictures it is; Pillow warns of others."""
    starts = [start + _BEFORE for name, start, _ in chunks if name == _ANIMATION]
    counts = [int.from_bytes(body[start : start + 4]) for start in starts]
    return len(counts) <= 1 and all(0 < count <= _PICTURES_MOST for count in counts)


def chunks_of(body: bytes) -> Iterator[Chunk]:
    """Yield name, start and end of each chunk, as far as the bytes go."""
    at, most = len(SIGNATURE), photo_cost().png.chunks_most
    for _ in range(most):
        name = body[at + 4 : at + _BEFORE]
        if len(name) < 4 or name == b"IEND":
            return
        end = at + _BEFORE + int.from_bytes(body[at : at + 4]) + _AFTER
        yield name, at, end
        at = end
    raise UnreadablePhoto(f"the PNG has more than {most} pieces, which no camera writes")


def _note_of(name: bytes, body: bytes, start: int) -> bytes | None:
    """Return which note about the orientation a chunk holds, None for any other."""
    if name == _EXIF:
        return _EXIF
    text = start + _BEFORE
    title = body[text : text + _LONGEST_NAME + 1].partition(b"\0")[0] if name in _TEXTS else b""
    return title if title in _NAMES else None


def _decode(body: bytes) -> Decoded:
    image = PngImagePlugin.PngImageFile(WatchedBytes(body, photo_cost().watched_most_s))
    image.load()
    exif, xmp = image.info.get("exif"), image.info.get(_XMP_NAME, "")
    if exif is None and _RAW_EXIF_NAME in image.info:
        exif = bytes.fromhex("".join(image.info[_RAW_EXIF_NAME].split("\n")[3:]))
    orientation = read_orientation(exif or b"", str(xmp).encode("utf-8", "replace"))
    picture = upright(image.size, image.crop, orientation)
    return Decoded(picture, *upright_size(image.size, orientation), orientation=orientation)
