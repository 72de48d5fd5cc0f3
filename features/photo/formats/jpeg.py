"""Read a JPEG: what it will cost by its segments, the pixels by libjpeg, and whether part of it is lost.

Of several pictures in one file (MPO) the first is read. Decoders get the segments that make up its pixels
and no others, so nothing that a camera or an editor wrote beside them can do harm.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

import simplejpeg
from PIL import Image, JpegImagePlugin

from features.photo.formats.capture_time import read_capture_time
from features.photo.formats.cost import Cost, WatchedBytes, photo_cost, require_affordable, require_size
from features.photo.formats.encoded import Decoded, EncodedPhoto
from features.photo.formats.orientation import read_orientation
from features.photo.formats.upright import WORKING_SIDE_PX, turn, upright, upright_size
from features.photo.photo_error import UnreadablePhoto

SIGNATURE = b"\xff\xd8\xff"

START, END = b"\xff\xd8", b"\xff\xd9"
_TABLES, _END_MARKER, _SCAN, _JFIF, _EXIF, _ADOBE, _COMMENT = 0xC4, 0xD9, 0xDA, 0xE0, 0xE1, 0xEE, 0xFE
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_ARITHMETIC = frozenset(range(0xC9, 0xD0))
_LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_HIERARCHICAL = frozenset({0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF})
_BITS = 8
_APPLICATION = range(0xE0, 0xF0)
_COLOUR_NOTES = {_JFIF: b"JFIF", _ADOBE: b"Adobe"}  # what libjpeg tells the colour space by
_XMP_NAME, _EXIF_NAME = b"http://ns.adobe.com/xap/1.0/\0", b"Exif\0\0"

_MARKER = re.compile(rb"\xff[^\x00\xff]")
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FILL = re.compile(rb"\xff{2,}")
# What libjpeg says of data that do not add up; its other warnings are about headers.
_LOST = re.compile(
    r"premature end|bad \w+ code|instead of RST|extraneous bytes|inconsistent prog|unsupported marker", re.I
)
# Some cameras pad the end of the data, with one byte over and over; a hole may leave a few others over.
_PADDING = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
_PADDING_MOST_BYTES = 32
# So many zeros can't be where they stand for anything but the end of a block.
_ZEROS = bytes(64)
_CODE_LENGTHS = 16
_SCALES = (8, 4, 2, 1)
_BLOCK_PX = 8
_COEFFICIENT_BYTES = 2
_NO_SCALING = 99.0


@dataclass(frozen=True)
class _Component:
    number: int
    across: int
    down: int


@dataclass(frozen=True)
class _Frame:
    """The start of a frame: size, components, and how they are coded."""

    width: int
    height: int
    components: tuple[_Component, ...]
    is_progressive: bool
    is_arithmetic: bool
    is_lossless: bool

    def blocks(self, numbers: bytes) -> int:
        """Return how many blocks the components named have together."""
        across = max((c.across for c in self.components), default=0) or 1
        down = max((c.down for c in self.components), default=0) or 1
        return sum(
            ceil(self.width * c.across / across / _BLOCK_PX) * ceil(self.height * c.down / down / _BLOCK_PX)
            for c in self.components
            if c.number in numbers
        )


@dataclass
class JpegParts:
    """What the walk through the segments finds."""

    kept: list[memoryview | bytes]
    frame: _Frame | None = None
    scans: int = 0
    blocks: int = 0
    exif: bytes = b""
    xmp: bytes = b""
    has_strays: bool = False
    has_zeros: bool = False
    zeros_draw: bool = False

    @property
    def has_hole(self) -> bool:
        """Return whether bytes stand where a whole file has none; of these libjpeg may say nothing."""
        # Of several scans one may be of colours that are all grey, and nothing but zeros.
        is_plain = self.frame is not None and not self.frame.is_arithmetic and self.scans == 1
        return self.has_strays or (is_plain and self.has_zeros and self.zeros_draw)


def open_jpeg(body: bytes) -> EncodedPhoto:
    """Look at the segments of a JPEG; raises UnreadablePhoto or PhotoTooLarge."""
    parts = read_parts(body)
    frame = parts.frame
    if frame is None or not parts.scans or not min(frame.width, frame.height):
        raise UnreadablePhoto("the JPEG holds no picture")
    require_size(frame.width, frame.height)
    cost = _cost(frame, parts)
    require_affordable(cost, "a JPEG of many passes" if parts.scans > 1 else "a JPEG")
    # A damaged one is decoded twice.
    can_repeat = cost.work_ms * 2 <= photo_cost().work_most_ms
    orientation = read_orientation(parts.exif, parts.xmp)

    def decode() -> Decoded:
        decoded = _decode(b"".join(parts.kept), frame, orientation, can_repeat)
        is_damaged = decoded.is_damaged or parts.has_hole
        return replace(decoded, is_damaged=is_damaged, taken_at=read_capture_time(parts.exif))

    return EncodedPhoto(cost, decode)


def read_parts(body: bytes) -> JpegParts:
    """Go through the segments up to the end of the first picture; raises UnreadablePhoto."""
    parts, at = JpegParts([START]), len(START)
    view, most = memoryview(body), photo_cost().jpeg.segments_most
    for _ in range(most):
        found = _MARKER.search(body, at)
        if found is None:
            return parts
        marker, start = body[found.end() - 1], found.start()
        parts.has_strays = parts.has_strays or (parts.scans > 0 and bool(body[at:start].strip(b"\xff")))
        at = found.end()
        if marker == _END_MARKER:
            parts.kept.append(END)
            return parts
        if marker in _BARE:
            continue
        at += max(2, int.from_bytes(body[at : at + 2]))
        payload = body[start + 4 : at]
        _note(parts, marker, payload)
        if _is_needed(marker, payload):
            parts.kept.append(view[start:at])
        if marker == _SCAN:
            at = _end_of_scan(body, at, parts)
    raise UnreadablePhoto(f"the JPEG has more than {most} segments, which no camera writes")


def _end_of_scan(body: bytes, start: int, parts: JpegParts) -> int:
    found = _MARKER_IN_SCAN.search(body, start)
    end = found.start() if found else len(body)
    has_fill = body.find(b"\xff\xff", start, end) >= 0
    # Decoders go slowly over long runs of fill bytes, of which one says as much as a million.
    parts.kept.append(_FILL.sub(b"\xff", body[start:end]) if has_fill else memoryview(body)[start:end])
    parts.has_zeros = parts.has_zeros or body.find(_ZEROS, start, end) >= 0
    return end


def _is_needed(marker: int, payload: bytes) -> bool:
    if marker in _COLOUR_NOTES:
        return payload.startswith(_COLOUR_NOTES[marker])
    return marker not in _APPLICATION and marker != _COMMENT


def _note(parts: JpegParts, marker: int, payload: bytes) -> None:
    if marker in _FRAMES:
        if parts.frame is not None:
            raise UnreadablePhoto("the JPEG says twice how large it is")
        parts.frame = _frame(marker, payload)
    elif marker == _SCAN and parts.frame is not None:
        parts.scans += 1
        parts.blocks += parts.frame.blocks(payload[1 : 1 + 2 * payload[0] : 2] if payload else b"")
    elif marker == _TABLES:
        parts.zeros_draw = parts.zeros_draw or any(_first_symbols(payload))
    elif marker == _EXIF and payload.startswith(_EXIF_NAME):
        parts.exif = parts.exif or payload
    elif marker == _EXIF and payload.startswith(_XMP_NAME):
        parts.xmp = parts.xmp or payload


def _first_symbols(payload: bytes) -> Iterator[int]:
    """Yield what zero bits stand for in each Huffman table of coefficients; 0 is the end of a block."""
    at = 0
    while at + 1 + _CODE_LENGTHS < len(payload):
        first = at + 1 + _CODE_LENGTHS
        if payload[at] >> 4:
            yield payload[first]
        at = first + sum(payload[at + 1 : first])


def _frame(marker: int, payload: bytes) -> _Frame:
    if len(payload) < 6:
        raise UnreadablePhoto("the JPEG's frame is cut short")
    if payload[0] != _BITS:
        raise UnreadablePhoto(f"the JPEG has {payload[0]} bits a sample, where {_BITS} are read")
    if marker in _HIERARCHICAL:
        raise UnreadablePhoto("the JPEG is made of differences between pictures, which is not read")
    height, width = int.from_bytes(payload[1:3]), int.from_bytes(payload[3:5])
    components = tuple(_components(payload[6:]))
    return _Frame(
        width, height, components, marker in _PROGRESSIVE, marker in _ARITHMETIC, marker in _LOSSLESS
    )


def _components(text: bytes) -> Iterator[_Component]:
    for at in range(0, len(text) - 2, 3):
        yield _Component(text[at], text[at + 1] >> 4, text[at + 1] & 15)


def _cost(frame: _Frame, parts: JpegParts) -> Cost:
    size, rates = sum(map(len, parts.kept)), photo_cost().jpeg
    per_byte = rates.arithmetic_ns_per_byte if frame.is_arithmetic else rates.ns_per_byte
    blocks = frame.blocks(bytes(c.number for c in frame.components))
    work = max(blocks, parts.blocks) * rates.ns_per_block + size * per_byte
    if frame.is_lossless:
        # It can't be reduced while it is decoded.
        pixels = frame.width * frame.height
        return Cost.of(pixels * rates.lossless_bytes_per_px, work + pixels * rates.lossless_ns_per_px)
    # With several scans libjpeg holds every coefficient until the last one came.
    is_held = frame.is_progressive or parts.scans > 1
    return Cost.of(blocks * _BLOCK_PX**2 * _COEFFICIENT_BYTES * is_held, work)


def _decode(body: bytes, frame: _Frame, orientation: int, can_repeat: bool) -> Decoded:
    is_damaged = False
    try:
        image = _decode_strictly(body, frame)
    except ValueError as error:
        is_damaged = _tells_loss(str(error), frame, body)
        if is_damaged and not can_repeat:
            raise UnreadablePhoto(f"the photo is damaged ({error}): take or send it again") from error
        image = _decode_leniently(body, frame)
    is_ready = image.mode == "RGB" and max(image.size) < 2 * WORKING_SIDE_PX
    finished = turn(image, orientation) if is_ready else upright(image.size, image.crop, orientation)
    size = upright_size((frame.width, frame.height), orientation)
    return Decoded(finished, *size, is_damaged, orientation)


def _decode_strictly(body: bytes, frame: _Frame) -> Image.Image:
    """Decode with the library that tells libjpeg's warnings, as ValueError; Pillow keeps them to itself."""
    if len(frame.components) > len("RGB"):
        # It turns CMYK into RGB in another way than Pillow does, so here it only checks.
        simplejpeg.decode_jpeg(body, "gray", min_height=1, min_width=1)
        return _decode_leniently(body, frame)
    scale = _scale(frame)
    height, width = ceil(frame.height / scale), ceil(frame.width / scale)
    factor = scale if scale > 1 else _NO_SCALING
    pixels = simplejpeg.decode_jpeg(body, "rgb", min_height=height, min_width=width, min_factor=factor)
    return Image.fromarray(pixels)


def _decode_leniently(body: bytes, frame: _Frame) -> Image.Image:
    """Decode as far as the data go; where they end too soon, Pillow raises OSError."""
    image = JpegImagePlugin.JpegImageFile(WatchedBytes(body, photo_cost().watched_most_s))
    image.draft("RGB", _least_size(frame))
    image.load()
    return image


def _least_size(frame: _Frame) -> tuple[int, int]:
    shrink = min(1.0, WORKING_SIDE_PX / max(frame.width, frame.height))
    return max(1, round(frame.width * shrink)), max(1, round(frame.height * shrink))


def _scale(frame: _Frame) -> int:
    """Return by how much the picture is reduced while it is decoded; Pillow's draft chooses the same."""
    width, height = _least_size(frame)
    most = min(frame.width // width, frame.height // height)
    return next(scale for scale in _SCALES if scale <= most)


def _tells_loss(warning: str, frame: _Frame, body: bytes) -> bool:
    padding = None if frame.is_progressive else _PADDING.search(warning)
    is_padding = padding is not None and _ends_in_padding(body, int(padding[1]))
    return _LOST.search(warning) is not None and not is_padding


def _ends_in_padding(body: bytes, count: int) -> bool:
    last = body.removesuffix(END)[-count:]
    return count <= _PADDING_MOST_BYTES and len(set(last)) == 1
