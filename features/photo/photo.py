"""Turn the bytes of a photo into the upright RGB frames that the condition model sees."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PIL import Image

from features.photo.formats import heif, jpeg, png, webp
from features.photo.formats.cost import MAX_PIXELS
from features.photo.formats.encoded import EncodedPhoto
from features.photo.formats.foreign import known_as
from features.photo.formats.upright import UPRIGHT, WORKING_SIDE_PX
from features.photo.photo_error import PhotoError, PhotoTooLarge, UnreadablePhoto
from features.photo.pixel_hash import pixels_sha256

__all__ = [
    "MAX_PIXELS",
    "WHOLE",
    "WORKING_SIDE_PX",
    "Frame",
    "Photo",
    "PhotoError",
    "PhotoTooLarge",
    "Pixels",
    "Region",
    "UnreadablePhoto",
    "cut_frame",
    "decode_photo",
    "open_photo",
    "read_photo",
]

Pixels = npt.NDArray[np.uint8]

CONTRACT_VERSION = "2"
PADDING_GREY = 114
SIDE_STEP_PX = 32
SIDE_LEAST_PX = 96
ENLARGED_MOST = 2.0

_HALVED_BEFORE = 1.5
_SEND = "send a JPEG, PNG, WebP or HEIC file"
_SAID_MOST = 120


@dataclass(frozen=True)
class Photo:
    """An upright photo.

    `image` is RGB, its long side near WORKING_SIDE_PX or native if smaller; all that looks at it cuts from
    there, since turning 12 megapixels into an array and back takes as long as reducing them. `width_px` and
    `height_px` are the size before any reduction, upright. `is_damaged` says that part of the file was lost:
    what stands in its place is no picture of anything. `orientation`, and `taken_at` (when EXIF says that
    it was taken, ISO 8601, mostly local time), are all that is read of the notes beside its pixels.
    """

    image: Image.Image
    width_px: int
    height_px: int
    is_damaged: bool = False
    orientation: int = UPRIGHT
    taken_at: str | None = None

    @cached_property
    def pixels_sha256(self) -> str:
        """Return the hash of the pixels, made once: they are as many as a decision is long."""
        return pixels_sha256(self.image)

    @property
    def pixels(self) -> Pixels:
        """Return the image as a (height, width, 3) uint8 array, made anew each time."""
        return np.asarray(self.image)


@dataclass(frozen=True)
class Frame:
    """A model input, with the way it maps back onto the photo it was cut from.

    `pixels` is (H, W, 3) uint8, both sides multiples of SIDE_STEP_PX, at least
    SIDE_LEAST_PX; model pixel (x, y) lies at photo fraction
    (left + x * fraction_per_px_x, top + y * fraction_per_px_y).
    """

    pixels: Pixels
    left: float
    top: float
    fraction_per_px_x: float
    fraction_per_px_y: float


@dataclass(frozen=True)
class Region:
    """A rectangle of a photo in fractions of its width and height."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0

    def widened(self, margin: float) -> "Region":
        """Return the region with `margin` of its size added on each side, kept inside the photo."""
        dx, dy = margin * (self.right - self.left), margin * (self.bottom - self.top)
        return Region(
            max(0.0, self.left - dx),
            max(0.0, self.top - dy),
            min(1.0, self.right + dx),
            min(1.0, self.bottom + dy),
        )


WHOLE = Region()


def read_photo(body: bytes) -> Photo:
    """Decode a JPEG, PNG, WebP or HEIC into an upright Photo.

    A photo with a long side of twice WORKING_SIDE_PX or more is reduced by a whole factor (a JPEG while it
    is decoded), so a set of large photos stays small in memory.
    Raises UnreadablePhoto if the bytes are no image or a damaged one, PhotoTooLarge for more than
    features/photo/formats/cost-1.yaml allows.
    """
    return decode_photo(open_photo(body))


def open_photo(body: bytes) -> EncodedPhoto:
    """Read a photo's headers, which tell what decoding it costs; raises PhotoError."""
    if not body:
        raise UnreadablePhoto(f"the photo is empty (0 bytes): {_SEND}")
    try:
        return _opener(body)(body)
    except PhotoTooLarge:
        raise
    # Headers that are wrong in any way are no image's, however the code that reads them finds out.
    except Exception as error:
        why = f" ({error})" if isinstance(error, UnreadablePhoto) else ""
        raise UnreadablePhoto(
            f"the {len(body)} bytes are not an image Regrade reads{why}: {_SEND}"
        ) from error


def decode_photo(photo: EncodedPhoto) -> Photo:
    """Return a photo's upright pixels; raises UnreadablePhoto or PhotoTooLarge."""
    try:
        decoded = photo.decode()
    except PhotoError:
        raise
    # A decoder that is given damaged bytes may raise anything at all; the fault is in the bytes.
    except Exception as error:
        raise UnreadablePhoto(
            f"the photo is damaged or cut short ({_short(error)}): take or send it again"
        ) from error
    return Photo(**vars(decoded))


def cut_frame(image: Image.Image, region: Region, long_px: int) -> Frame:
    """Cut a region of an RGB image and scale its long side to `long_px`, on the least grey ground.

    Its proportions stay, and a small region is enlarged by at most ENLARGED_MOST. Shrinking averages over all
    pixels (Pillow's antialiased bilinear filter, after halving what shrinks by more than twice
    _HALVED_BEFORE), so thin lines fade but don't disappear between samples; the result is the same on every
    machine.
    """
    width, height = image.size
    left, top = math.floor(region.left * width), math.floor(region.top * height)
    right = max(left + 1, math.ceil(region.right * width))
    bottom = max(top + 1, math.ceil(region.bottom * height))
    box = (left, top, right, bottom)
    crop = image if box == (0, 0, width, height) else image.crop(box)
    scale = min(long_px / max(crop.size), ENLARGED_MOST)
    size = (max(1, round(crop.width * scale)), max(1, round(crop.height * scale)))
    resized = crop.resize(size, Image.Resampling.BILINEAR, reducing_gap=_HALVED_BEFORE)
    across, down = (max(SIDE_LEAST_PX, math.ceil(side / SIDE_STEP_PX) * SIDE_STEP_PX) for side in size)
    ground = np.full((down, across, 3), PADDING_GREY, np.uint8)
    x, y = (across - size[0]) // 2, (down - size[1]) // 2
    ground[y : y + size[1], x : x + size[0]] = np.asarray(resized)
    step_x, step_y = crop.width / size[0] / width, crop.height / size[1] / height
    return Frame(ground, left / width - x * step_x, top / height - y * step_y, step_x, step_y)


def _opener(body: bytes) -> Callable[[bytes], EncodedPhoto]:
    """Return what reads the kind of file that the first bytes tell."""
    if body.startswith(jpeg.SIGNATURE):
        return jpeg.open_jpeg
    if body.startswith(png.SIGNATURE):
        return png.open_png
    if webp.is_webp(body):
        return webp.open_webp
    if heif.is_boxed(body):
        return heif.open_heif
    raise UnreadablePhoto(f"these are {known_as(body)}")


def _short(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _SAID_MOST else f"{text[:_SAID_MOST]}..."
