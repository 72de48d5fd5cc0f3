"""Hold a photo that was looked at and not yet decoded."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from features.photo.formats.cost import Cost
from features.photo.formats.upright import UPRIGHT


@dataclass(frozen=True)
class Decoded:
    """Upright RGB pixels, reduced towards WORKING_SIDE_PX, and whether part of the file was lost.

    `width_px` and `height_px` are the upright size before any reduction; `orientation` is that by which
    EXIF or XMP turned the stored pixels, UPRIGHT where the file's own structure did; `taken_at` is when EXIF
    says that it was taken, as read_capture_time returns it.
    """

    image: Image.Image
    width_px: int
    height_px: int
    is_damaged: bool = False
    orientation: int = UPRIGHT
    taken_at: str | None = None


@dataclass(frozen=True)
class EncodedPhoto:
    """One photo as its headers describe it; `decode` does what `cost` foretells."""

    cost: Cost
    decode: Callable[[], Decoded]
