"""Turn a picture upright, lay it on white and reduce it, band by band, so that little is held at a time."""

from collections.abc import Callable

import numpy as np
from PIL import Image

WORKING_SIDE_PX = 1600

Box = tuple[int, int, int, int]
Cut = Callable[[Box], Image.Image]

_BAND_PX = 1_000_000
_SIXTEEN_BITS = frozenset({"I;16", "I;16B", "I"})

UPRIGHT = 1
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LYING = frozenset({5, 6, 7, 8})


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Return width and height after turning by an EXIF orientation."""
    width, height = size
    return (height, width) if orientation in _LYING else (width, height)


def turn(image: Image.Image, orientation: int) -> Image.Image:
    """Return an image turned by its EXIF orientation; anything but 2 to 8 leaves it as it is."""
    method = _TURNS.get(orientation)
    return image if method is None else image.transpose(method)


def upright(size: tuple[int, int], cut: Cut, orientation: int = UPRIGHT) -> Image.Image:
    """Return an RGB picture, upright, reduced by a whole factor to WORKING_SIDE_PX or up to twice that.

    `cut` returns a box of the picture as it was stored, which has `size`. The pixels are those of turning,
    flattening and reducing the picture as a whole.
    """
    width, height = upright_size(size, orientation)
    factor = max(1, max(width, height) // WORKING_SIDE_PX)
    step = max(1, _BAND_PX // width // factor) * factor
    if step >= height:
        return _finished(cut((0, 0, *size)), orientation, factor)
    whole = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    for top in range(0, height, step):
        bottom = min(top + step, height)
        band = cut(_stored_box(size, orientation, top, bottom))
        whole.paste(_finished(band, orientation, factor), (0, top // factor))
    return whole


def _finished(image: Image.Image, orientation: int, factor: int) -> Image.Image:
    flat = _flatten(turn(image, orientation))
    return flat.reduce(factor) if factor > 1 else flat


def _stored_box(size: tuple[int, int], orientation: int, top: int, bottom: int) -> Box:
    """Return where the rows `top` to `bottom` of the upright picture lie in the stored one."""
    width, height = size
    if orientation in {3, 4}:
        return (0, height - bottom, width, height - top)
    if orientation in {5, 6}:
        return (top, 0, bottom, height)
    if orientation in {7, 8}:
        return (width - bottom, 0, width - top, height)
    return (0, top, width, bottom)


def _flatten(image: Image.Image) -> Image.Image:
    if image.mode in _SIXTEEN_BITS:
        # Pillow clips 16-bit grey at 255 on conversion instead of scaling it.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if "A" in image.getbands() or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")
