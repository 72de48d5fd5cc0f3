"""Make of a photo what is kept of it: the same picture, and nothing that was noted beside it."""

import io
from collections.abc import Callable
from dataclasses import dataclass

from features.photo.bare.bare_heif import bare_heif
from features.photo.bare.bare_jpeg import bare_jpeg
from features.photo.bare.bare_png import bare_png
from features.photo.bare.bare_webp import bare_webp
from features.photo.bare.inseparable import InseparableNotes
from features.photo.formats import heif, jpeg, png, webp
from features.photo.photo import Photo
from features.photo.photo_error import UnreadablePhoto

PNG = "image/png"


@dataclass(frozen=True)
class BarePhoto:
    """A file that reads as the photo did; `is_rewritten` where it is a PNG of the pixels that were read."""

    body: bytes
    media_type: str
    is_rewritten: bool = False


def bare_photo(body: bytes, photo: Photo) -> BarePhoto:
    """Return what is kept of a photo: its compressed picture byte for byte, and how it is turned.

    EXIF, GPS, XMP, IPTC, makers' notes, texts, colour profiles (which nothing here decodes by), small and
    further pictures, and whatever follows the picture are left out. A file that can't be parted from its
    notes is written anew as a PNG of the upright pixels that were read.
    """
    media_type, strip = _stripper(body)
    try:
        return BarePhoto(strip(body, photo.orientation), media_type)
    except (InseparableNotes, UnreadablePhoto):
        picture = io.BytesIO()
        photo.image.save(picture, "PNG", compress_level=1)
        return BarePhoto(picture.getvalue(), PNG, is_rewritten=True)


def _stripper(body: bytes) -> tuple[str, Callable[[bytes, int], bytes]]:
    if body.startswith(jpeg.SIGNATURE):
        return "image/jpeg", bare_jpeg
    if body.startswith(png.SIGNATURE):
        return PNG, bare_png
    return ("image/webp", bare_webp) if webp.is_webp(body) else ("image/heic", _bare_heic)


def _bare_heic(body: bytes, orientation: int) -> bytes:
    bare = bare_heif(body, orientation)
    # Blanking touches what describes the picture: it must still be found.
    heif.open_heif(bare)
    return bare
