"""Compute whether what lies at a photo's border continues beyond it or ends just before it."""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from features.photo.measures import photo_measures
from features.photo.photo import Pixels

SIDES = ("top", "bottom", "left", "right")


def runs_on(image: Image.Image, side: str, count: int) -> npt.NDArray[np.bool_]:
    """Return for `count` places along a side of SIDES whether the picture looks the same a little inside.

    A device cut off by the border goes on as it was; between the edge of a whole one and the border lies a
    strip of something else, even where it is thinner than a cell of the map.
    """
    measures = photo_measures().border
    strip = _strip(image, side, measures.inner[1])
    long_px = max(image.size)
    depths = (measures.outer, measures.inner)
    outer, inner = (_mean_line(strip, low * long_px, high * long_px, count) for low, high in depths)
    return np.asarray(np.abs(outer - inner).max(axis=1) < measures.same_within * 255.0)


def _strip(image: Image.Image, side: str, share: float) -> Pixels:
    """Return (depth, length, 3) of what lies along a side, its border first; share of the long side deep."""
    width, height = image.size
    depth = min(1 + math.ceil(share * max(image.size)), width if side in {"left", "right"} else height)
    boxes = {
        "top": (0, 0, width, depth),
        "bottom": (0, height - depth, width, height),
        "left": (0, 0, depth, height),
        "right": (width - depth, 0, width, height),
    }
    pixels = np.asarray(image.crop(boxes[side]))
    turned = pixels if side in {"top", "bottom"} else pixels.swapaxes(0, 1)
    return turned if side in {"top", "left"} else turned[::-1]


def _mean_line(strip: Pixels, low_px: float, high_px: float, count: int) -> npt.NDArray[np.float32]:
    """Return (count, 3) means over the rows between two depths."""
    first = min(int(low_px), len(strip) - 1)
    rows = np.ascontiguousarray(strip[first : max(first + 1, round(high_px))])
    line = Image.fromarray(rows).resize((count, 1), Image.Resampling.BOX)
    return np.asarray(np.asarray(line, np.float32)[0])
