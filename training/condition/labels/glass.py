"""Read where people marked the glass over a lit screen on a photo.

Photos of catalogues show several phones at once, their backs and a shop's badge; a hairline in glass can lie
on the glass alone.
"""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from data.versioned_file import read_yaml

_MARKED = Path(__file__).parent / "glass.yaml"


def glass_mask(name: str, shape: tuple[int, int]) -> npt.NDArray[np.uint8] | None:
    """Return (height, width) uint8 0/255 of the glass marked on the photo of that name, None if none is.

    name: the photo's file name without its ending. shape: height and width in px at any scale.
    """
    corners = _marked().get(name)
    if corners is None:
        return None
    height, width = shape
    points = np.round(np.array(corners) / 100.0 * (width, height)).astype(np.int32)
    return cv2.fillPoly(np.zeros(shape, np.uint8), [points], 255).astype(np.uint8)


@cache
def _marked() -> dict[str, list[tuple[float, float]]]:
    return read_yaml(_MARKED, dict[str, list[tuple[float, float]]])
