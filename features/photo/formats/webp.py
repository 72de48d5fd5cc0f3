"""Read a WebP: what it will cost by its canvas, and its first picture."""

from io import BytesIO

from PIL import WebPImagePlugin

from features.photo.formats.capture_time import read_capture_time
from features.photo.formats.cost import Cost, photo_cost, require_affordable, require_size
from features.photo.formats.encoded import Decoded, EncodedPhoto
from features.photo.formats.orientation import read_orientation
from features.photo.formats.upright import upright, upright_size
from features.photo.photo_error import UnreadablePhoto

_KEY_FRAME = b"\x9d\x01\x2a"
_LOSSLESS = 0x2F


def is_webp(body: bytes) -> bool:
    """Return whether the bytes begin as a WebP does."""
    return body[:4] == b"RIFF" and body[8:12] == b"WEBP"


def open_webp(body: bytes) -> EncodedPhoto:
    """Look at the first chunk of a WebP; raises UnreadablePhoto or PhotoTooLarge."""
    width, height = _canvas(body)
    require_size(width, height)
    rates = photo_cost().webp
    cost = Cost.of(width * height * rates.bytes_per_px, width * height * rates.ns_per_px)
    require_affordable(cost, "a WebP")
    return EncodedPhoto(cost, lambda: _decode(body, (width, height)))


def _canvas(body: bytes) -> tuple[int, int]:
    name, payload = body[12:16], body[20:30]
    if name == b"VP8X" and len(payload) == 10:
        return int.from_bytes(payload[4:7], "little") + 1, int.from_bytes(payload[7:10], "little") + 1
    if name == b"VP8L" and payload[:1] == bytes([_LOSSLESS]) and len(payload) >= 5:
        bits = int.from_bytes(payload[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if name == b"VP8 " and payload[3:6] == _KEY_FRAME and len(payload) == 10:
        width, height = int.from_bytes(payload[6:8], "little"), int.from_bytes(payload[8:10], "little")
        return width & 0x3FFF, height & 0x3FFF
    raise UnreadablePhoto("the WebP has no picture where one belongs")


def _decode(body: bytes, size: tuple[int, int]) -> Decoded:
    image = WebPImagePlugin.WebPImageFile(BytesIO(body))
    if image.size != size:
        raise ValueError(f"its pictures have {image.size} pixels, not {size}")
    image.load()
    exif = image.info.get("exif", b"")
    orientation = read_orientation(exif, image.info.get("xmp", b""))
    picture = upright(image.size, image.crop, orientation)
    size = upright_size(image.size, orientation)
    return Decoded(picture, *size, orientation=orientation, taken_at=read_capture_time(exif))
