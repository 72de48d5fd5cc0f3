"""Turn the bytes of a photo into the upright RGB frames that the condition model sees."""

import math
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pi_heif
from PIL import Image, ImageOps

Pixels = npt.NDArray[np.uint8]

CONTRACT_VERSION = "2"
MAX_PIXELS = 108_000_000
WORKING_SIDE_PX = 1600
PADDING_GREY = 114
SIDE_STEP_PX = 32
SIDE_LEAST_PX = 96
ENLARGED_MOST = 2.0

_HALVED_BEFORE = 1.5
_FORMATS = ("JPEG", "PNG", "WEBP")  # JPEG takes in MPO, the several pictures of one shot
_ORIENTATION = 0x0112
_TURNED = frozenset({5, 6, 7, 8})
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


class PhotoError(ValueError):
    """A photo can't be used.

    PhotoError
      UnreadablePhoto    the bytes are no image, or the image is damaged
      PhotoTooLarge      more than MAX_PIXELS, found before decoding

    `index` is the photo's place in the set it came with, where there was a set.
    """

    def __init__(self, message: str, index: int | None = None) -> None:
        super().__init__(message)
        self.index = index


class UnreadablePhoto(PhotoError):
    """The bytes are not a whole JPEG, PNG, WebP or HEIC image."""


class PhotoTooLarge(PhotoError):
    """The photo has more pixels than are ever needed."""


@dataclass(frozen=True)
class Photo:
    """An upright photo.

    `image` is RGB, its long side near WORKING_SIDE_PX or native if smaller; all that looks at it cuts from
    there, since turning 12 megapixels into an array and back takes as long as reducing them. `width_px` and
    `height_px` are the size before any reduction, upright.
    """

    image: Image.Image
    width_px: int
    height_px: int

    @property
    def pixels(self) -> Pixels:
        """Return the image as a (height, width, 3) uint8 array, made anew each time."""
        return np.asarray(self.image)


@dataclass(frozen=True)
class Frame:
    """A model input and how it maps back onto the photo it was cut from.

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
    Raises UnreadablePhoto if the bytes are no image or a damaged one, PhotoTooLarge past MAX_PIXELS
    (before decoding).
    """
    if not body:
        raise UnreadablePhoto("the photo is empty (0 bytes): send a JPEG, PNG, WebP or HEIC file")
    image = _open(body)
    _require_pixels(*image.size)
    return _decode(image)


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


def _open(body: bytes) -> Image.Image:
    try:
        if body[4:8] == b"ftyp" and body[8:12] in _HEIF_BRANDS:
            return _open_heif(body)
        return Image.open(BytesIO(body), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise PhotoTooLarge(_too_large("far more pixels")) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UnreadablePhoto(
            f"the {len(body)} bytes are not an image Regrade reads: send a JPEG, PNG, WebP or HEIC file"
        ) from error


def _open_heif(body: bytes) -> Image.Image:
    file = pi_heif.open_heif(BytesIO(body), convert_hdr_to_8bit=True)
    _require_pixels(*file.size)
    image: Image.Image = file.to_pillow()
    return image


def _require_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PhotoTooLarge(_too_large(f"{width} x {height} = {width * height / 1e6:.0f} megapixels"))


def _too_large(given: str) -> str:
    return (
        f"the photo has {given}; at most {MAX_PIXELS // 1_000_000} megapixels are allowed: send a smaller one"
    )


def _decode(image: Image.Image) -> Photo:
    width, height = image.size
    shrink = min(1.0, WORKING_SIDE_PX / max(width, height))
    try:
        image.draft("RGB", (round(width * shrink), round(height * shrink)))
        image.load()
        turned = image.getexif().get(_ORIENTATION, 1) in _TURNED
        ImageOps.exif_transpose(image, in_place=True)
        upright = _reduce(_flatten(image))
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise UnreadablePhoto(
            f"the photo is damaged or cut short ({error}): take or send it again"
        ) from error
    return Photo(upright, height, width) if turned else Photo(upright, width, height)


def _reduce(image: Image.Image) -> Image.Image:
    factor = max(image.size) // WORKING_SIDE_PX
    return image.reduce(factor) if factor > 1 else image


def _flatten(image: Image.Image) -> Image.Image:
    if image.mode in {"I;16", "I;16B", "I"}:
        # Pillow clips 16-bit grey at 255 on conversion instead of scaling it.
        return Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8)).convert("RGB")
    if "A" in image.getbands() or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")
