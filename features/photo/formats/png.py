"""Read a PNG: what it will cost by its header, and the first picture without what is written beside it."""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from PIL import Image, PngImagePlugin

from features.photo.formats.capture_time import read_capture_time
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
from features.photo.photo_error import PhotoTooLarge, UnreadablePhoto

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
_PIECE_BYTES = 1 << 16
# Of the time that decoding may take, so much may go to counting what was there to decode.
_COUNTING_SHARE = 0.15


def open_png(body: bytes) -> EncodedPhoto:
    """Look at the chunks of a PNG; raises UnreadablePhoto or PhotoTooLarge."""
    header = body[16:29]
    if body[12:16] != b"IHDR" or len(header) < 13 or header[9] not in _CHANNELS:
        raise UnreadablePhoto("the PNG has no header")
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    if not min(width, height):
        raise UnreadablePhoto(f"the PNG has {width} x {height} pixels")
    require_size(width, height)
    unpacked = height * ceil(width * _CHANNELS[header[9]] * header[8] / 8)
    cost = _cost(width * height, header[8], header[9], unpacked, len(body))
    require_affordable(cost, "a PNG")
    chunks = list(chunks_of(body))
    needed, is_changed = _needed(body, chunks), _is_changed(body, chunks)

    def decode() -> Decoded:
        decoded = _decode(needed, unpacked)
        return replace(decoded, is_damaged=decoded.is_damaged or is_changed)

    return EncodedPhoto(cost, decode)


def _cost(pixels: int, depth: int, kind: int, unpacked: int, size: int) -> Cost:
    rates = photo_cost().png
    in_memory = max(1, depth // 8) if kind in {_GREY, _PALETTE} else 4
    work = unpacked * rates.ns_per_byte + size * rates.ns_per_packed_byte
    return Cost.of(pixels * in_memory, work)


def _is_changed(body: bytes, chunks: list[Chunk]) -> bool:
    """Return whether a chunk of the picture is not what its checksum was made of; Pillow does not look."""
    view = memoryview(body)
    return any(
        zlib.crc32(view[start + 4 : end - _AFTER]) != int.from_bytes(body[end - _AFTER : end])
        for name, start, end in chunks
        if name in _PICTURE
    )


def _needed(body: bytes, chunks: list[Chunk]) -> bytes:
    """Return a PNG; if of many chunks, with those alone that make up its first picture or turn it."""
    limits = photo_cost().png
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


def _decode(body: bytes, unpacked: int) -> Decoded:
    image = PngImagePlugin.PngImageFile(WatchedBytes(body, photo_cost().watched_most_s))
    image.load()
    exif, xmp = image.info.get("exif"), image.info.get(_XMP_NAME, "")
    if exif is None:
        exif = _raw_exif(str(image.info.get(_RAW_EXIF_NAME, "")))
    exif = exif or b""
    orientation = read_orientation(exif, str(xmp).encode("utf-8", "replace"))
    picture = upright(image.size, image.crop, orientation)
    is_damaged = _ends_blank(image) and _holds_less(body, unpacked)
    size = upright_size(image.size, orientation)
    return Decoded(picture, *size, is_damaged, orientation, read_capture_time(exif))


def _raw_exif(text: str) -> bytes:
    """Return EXIF that was written in hexadecimal, below three lines about it; nothing where it is none."""
    try:
        return bytes.fromhex("".join(text.split("\n")[3:]))
    except ValueError:
        return b""


def _ends_blank(image: Image.Image) -> bool:
    """Return whether one of the last two rows is as Pillow leaves those that it found no data for."""
    rows = [image.crop((0, y, image.width, y + 1)) for y in range(max(0, image.height - 2), image.height)]
    return any(row.getbbox(alpha_only=False) is None for row in rows)


def _holds_less(body: bytes, unpacked: int) -> bool:
    """Return whether the packed data end before there are so many bytes, as far as that is found out soon."""
    file = WatchedBytes(body, photo_cost().watched_most_s * _COUNTING_SHARE)
    unpacker, count = zlib.decompressobj(), 0
    try:
        for start, end in [(start, end) for name, start, end in chunks_of(body) if name == _DATA]:
            for at in range(start + _BEFORE, end - _AFTER, _PIECE_BYTES):
                file.seek(at)
                piece = file.read(min(_PIECE_BYTES, end - _AFTER - at))
                while piece and count < unpacked:
                    count += len(unpacker.decompress(piece, _PIECE_BYTES))
                    piece = unpacker.unconsumed_tail
    except PhotoTooLarge:
        return False
    return count < unpacked
