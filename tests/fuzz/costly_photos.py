"""Make photos that are small or simple to make and costly to read, each of another kind."""

import io
import struct
import zlib
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image, ImageFile

from tests.fuzz.heic_file import coded_tile, grid_heic, many_pictures, rotations

PHONE_SIZE = (8192, 6144)
HUGE_SIZE = (10_000, 10_000)
START, END = b"\xff\xd8", b"\xff\xd9"


def phone_jpeg() -> bytes:
    """Return what all others are measured by: 50 megapixels with a camera's noise, some 10 MB."""
    return _jpeg(_phone_picture(), quality=92)


@cache
def _phone_picture() -> Image.Image:
    random = np.random.default_rng(1)
    noise = random.normal(0, 3, (PHONE_SIZE[1], PHONE_SIZE[0])).astype(np.float32)
    slopes = np.asarray(Image.radial_gradient("L").resize(PHONE_SIZE), np.float32)
    grey = np.clip(slopes + noise, 0, 255).astype(np.uint8)
    return Image.merge(
        "RGB", [Image.fromarray(grey), Image.fromarray(255 - grey), Image.fromarray(grey // 2)]
    )


def _jpeg(image: Image.Image, **options) -> bytes:
    return _saved(image, "JPEG", **options)


def _saved(image: Image.Image, form: str, **options) -> bytes:
    body = io.BytesIO()
    before, ImageFile.MAXBLOCK = ImageFile.MAXBLOCK, 1 << 28
    try:
        image.save(body, form, **options)
    finally:
        ImageFile.MAXBLOCK = before
    return body.getvalue()


def _grey(size: tuple[int, int], mode: str = "L") -> Image.Image:
    return Image.new(mode, size)


@cache
def _huge_progressive() -> bytes:
    return _jpeg(_grey(HUGE_SIZE, "L"), progressive=True)


def _many_scans(times: int) -> bytes:
    body = _huge_progressive()
    last = body.rindex(b"\xff\xda")
    return body[:last] + body[last:-2] * times + END


def _with_segments(segments: bytes) -> bytes:
    body = _jpeg(_grey((640, 480), "RGB"))
    return START + segments + body[2:]


def _segment(marker: int, text: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(text) + 2).to_bytes(2) + text


def _arithmetic_noise() -> bytes:
    """Return a JPEG whose data are noise to be read by arithmetic decoding."""
    body = bytearray(_jpeg(_grey((6000, 5000), "RGB")))
    frame = body.index(b"\xff\xc0")
    body[frame + 1] = 0xC9
    noise = np.random.default_rng(2).integers(0, 255, 12_000_000, np.uint8).tobytes()
    return bytes(body[: body.index(b"\xff\xda") + 14]) + noise.replace(b"\xff", b"\xfe") + END


def png_chunk(name: bytes, text: bytes) -> bytes:
    return len(text).to_bytes(4) + name + text + zlib.crc32(name + text).to_bytes(4)


def png(
    size: tuple[int, int],
    depth: int,
    kind: int,
    data: bytes,
    *,
    before: bytes = b"",
    piece: int = 0,
    interlaced: int = 0,
) -> bytes:
    """Return a PNG of compressed `data`, in pieces of `piece` bytes, with chunks `before` them."""
    header = struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, interlaced)
    pieces = [data[at : at + piece] for at in range(0, len(data), piece)] if piece else [data]
    body = b"".join(png_chunk(b"IDAT", each) for each in pieces)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + before + body + png_chunk(b"IEND", b"")


def _blank(size: tuple[int, int], bytes_per_px: int) -> bytes:
    width, height = size
    packer, row = zlib.compressobj(1), bytes(width * bytes_per_px + 1)
    return b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])


def _blank_png(size: tuple[int, int], depth: int, kind: int, bytes_per_px: int, **options) -> bytes:
    return png(size, depth, kind, _blank(size, bytes_per_px), **options)


def _noise_png(size: tuple[int, int]) -> bytes:
    """Return noise, every row by the costliest filter."""
    width, height = size
    rows = np.random.default_rng(3).integers(0, 256, (height, width * 3 + 1), np.uint8)
    rows[:, 0] = 4
    return png(size, 8, 2, zlib.compress(rows.tobytes(), 1))


def _empty_blocks(count: int) -> bytes:
    """Return deflate blocks that each bring tables of codes and no data."""
    bits = _EMPTY_BLOCK * 8
    unit = int(bits[::-1], 2).to_bytes(len(bits) // 8, "little")
    return b"\x78\x9c" + unit * (count // 8)


def _number(value: int, size: int) -> str:
    return f"{value:0{size}b}"[::-1]


# A block with tables of its own: lengths of codes 18 (a run of none), 0 and 1, then literal 0, the end of the
# block and one distance, and at once the end of the block.
_LENGTHS = "".join(_number({2: 1, 3: 2, 17: 2}.get(place, 0), 3) for place in range(18))
_TABLES = _number(2, 2) + _number(0, 5) + _number(0, 5) + _number(14, 4) + _LENGTHS
_EMPTY_BLOCK = "0" + _TABLES + "11" + "0" + _number(127, 7) + "0" + _number(106, 7) + "11" + "11" + "1"


def _mpo(frames: int) -> bytes:
    images = [Image.new("RGB", (64, 64), (n % 255, 0, 0)) for n in range(frames)]
    return _saved(images[0], "MPO", save_all=True, append_images=images[1:])


def _animated_webp(frames: int) -> bytes:
    images = [Image.new("RGB", (512, 512), (n % 255, n % 7, 0)) for n in range(frames)]
    return _saved(images[0], "WEBP", save_all=True, append_images=images[1:], method=0, minimize_size=False)


def _huge_webp() -> bytes:
    """Return a WebP whose header promises 106 megapixels of one colour."""
    body = bytearray(_saved(_grey((16, 16), "RGB"), "WEBP", lossless=True))
    bits = (10_300 - 1) | (10_300 - 1) << 14
    body[21:25] = bits.to_bytes(4, "little")
    return bytes(body)


def _tall_png() -> bytes:
    packer = zlib.compressobj(9)
    rows = bytes(2_000_000)
    return png(
        (1, 100_000_000), 8, 0, b"".join([*(packer.compress(rows) for _ in range(100)), packer.flush()])
    )


def _interlaced_png(size: tuple[int, int]) -> bytes:
    width, height = size
    # Of blank rows it matters only that there are as many bytes as those of all seven passes.
    packer = zlib.compressobj(1)
    row = bytes(width * 3 + 1)
    return png(
        size,
        8,
        2,
        b"".join([*(packer.compress(row) for _ in range(height + height)), packer.flush()]),
        interlaced=1,
    )


def _noise_pieces() -> bytes:
    rows = np.random.default_rng(4).integers(0, 256, (100, 301), np.uint8)
    rows[:, 0] = 0
    return png((100, 100), 8, 2, zlib.compress(rows.tobytes()), piece=1)


def _texts_png(count: int) -> bytes:
    packed = zlib.compress(bytes(1_000_000))[:-4] + b"\1\2\3\4"
    text = png_chunk(b"zTXt", b"Comment\0\0" + packed)
    return _blank_png((100, 100), 8, 2, 3, before=text * count)


def _filled_scan(count: int) -> bytes:
    body = _jpeg(_grey((640, 480), "RGB"))
    middle = body.index(b"\xff\xda") + 200
    return body[:middle] + b"\xff" * count + body[middle:]


COSTLY: dict[str, Callable[[], bytes]] = {
    "phone JPEG of 50 megapixels, progressive": lambda: _jpeg(_phone_picture(), quality=92, progressive=True),
    "phone JPEG of 50 megapixels, all colours, progressive": lambda: _jpeg(
        _phone_picture(), quality=92, progressive=True, subsampling=0
    ),
    "phone JPEG of 50 megapixels, four inks": lambda: _jpeg(_phone_picture().convert("CMYK"), quality=92),
    "phone JPEG of 50 megapixels, a restart after each block": lambda: _jpeg(
        _phone_picture(), quality=92, restart_marker_blocks=1
    ),
    "progressive JPEG of 100 megapixels": _huge_progressive,
    "progressive JPEG of 100 megapixels, last scan 100 times": lambda: _many_scans(100),
    "progressive JPEG of 100 megapixels, last scan 1,000 times": lambda: _many_scans(1000),
    "JPEG of arithmetic noise": _arithmetic_noise,
    "JPEG that begins with 20 MB of fill": lambda: START + b"\xff" * 20_000_000 + END,
    "JPEG with 20 MB of fill before a marker": lambda: _with_segments(b"\xff" * 20_000_000),
    "JPEG with 20 MB of fill in its data": lambda: _filled_scan(20_000_000),
    "JPEG with 20 MB of strays between segments": lambda: _with_segments(b"\xff\x00" * 10_000_000),
    "JPEG with two million empty segments": lambda: _with_segments(b"\xff\xe1\0\2" * 2_000_000),
    "JPEG with 4,000 empty segments": lambda: _with_segments(b"\xff\xe1\0\2" * 4_000),
    "JPEG with 90 MB of EXIF": lambda: _with_segments(_segment(0xE1, b"Exif\0\0" + bytes(65_000)) * 1_400),
    "JPEG with 90 MB of image resources": lambda: _with_segments(
        _segment(0xED, b"Photoshop 3.0\0" + b"8BIM\4\4\0\0\0\0\0\0" * 5_400) * 1_400
    ),
    "JPEG 1 pixel wide": lambda: _jpeg(_grey((1, 65_500), "RGB")),
    "MPO of 300 pictures": lambda: _mpo(300),
    "PNG 1 x 100,000,000": _tall_png,
    "PNG 65,535 x 1": lambda: _blank_png((65_535, 1), 8, 2, 3),
    "PNG of 100 megapixels, 16 bits, transparent": lambda: _blank_png(HUGE_SIZE, 16, 6, 8),
    "PNG of 20 megapixels, 16 bits, transparent": lambda: _blank_png((4_500, 4_500), 16, 6, 8),
    "PNG of 54 megapixels": lambda: _blank_png((7_350, 7_350), 8, 2, 3),
    "PNG of 25 megapixels, noise": lambda: _noise_png((5_000, 5_000)),
    "PNG of 100 megapixels, palette": lambda: _blank_png(
        HUGE_SIZE, 8, 3, 1, before=png_chunk(b"PLTE", bytes(768)) + png_chunk(b"tRNS", bytes(256))
    ),
    "PNG of 81 megapixels, grey, 16 bits": lambda: _blank_png((9_000, 9_000), 16, 0, 2),
    "PNG of 50 megapixels, grey and transparent": lambda: _blank_png((7_000, 7_000), 8, 4, 2),
    "PNG of 49 megapixels, interlaced": lambda: _interlaced_png((7_000, 7_000)),
    "PNG in pieces of one byte": _noise_pieces,
    "PNG with 30,000 packed texts": lambda: _texts_png(30_000),
    "PNG with 30 packed texts": lambda: _texts_png(30),
    "PNG of 20 MB that unpack to nothing": lambda: png((5_000, 5_000), 8, 2, _empty_blocks(1_700_000)),
    "PNG of 90 MB that unpack to nothing": lambda: png((5_000, 5_000), 8, 2, _empty_blocks(7_600_000)),
    "WebP of 106 megapixels": _huge_webp,
    "WebP of 23 megapixels": lambda: _saved(_grey((4_800, 4_800), "RGB"), "WEBP", lossless=True, method=0),
    "WebP of 23 megapixels, transparent": lambda: _saved(
        _grey((4_800, 4_800), "RGBA"), "WEBP", quality=50, method=0
    ),
    "WebP of 12 megapixels, noise, lossless": lambda: _saved(
        _phone_picture().crop((0, 0, 4_000, 3_000)), "WEBP", lossless=True, method=0, quality=0
    ),
    "WebP of 2,000 pictures": lambda: _animated_webp(2_000),
    "HEIC of 30 x 30 tiles": lambda: grid_heic(30, 30),
    "HEIC of 80 x 80 tiles": lambda: grid_heic(80, 80),
    "HEIC of 30 x 30 tiles, turned 90 times": lambda: grid_heic(30, 30, turns=rotations(90)),
    "HEIC with 500 times the same 10 MB of EXIF": lambda: grid_heic(2, 2, notes=500, note=bytes(10_000_000)),
    "HEIC of 4,000 pictures a tile": lambda: grid_heic(2, 2, tile=many_pictures(4_000)),
    "HEIC with 10 MB of padding in a tile": lambda: grid_heic(
        1, 1, tile=coded_tile() + b"".join(bytes([0, 0, 0, 2, 76, 1]) for _ in range(1_700_000))
    ),
}
