"""Make smooth random fields and grain that look the same at every resolution."""

from functools import cache

import numpy as np

from data.drawing.raster import Plane, resize, stretch

_BANK_PX = 512


def smooth(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> Plane:
    """Return a smooth (H, W) field of about -1 to 1 that varies over `cells` rows and columns.

    The numbers drawn depend on `cells` only, so one seed gives one pattern at any resolution.
    """
    rows, columns = max(2, cells[0]), max(2, cells[1])
    grid = rng.uniform(-1, 1, (rows, columns)).astype(np.float32)
    if rows > shape[0] or columns > shape[1]:
        return resize(grid, shape[1], shape[0])
    return stretch(resize(grid, min(shape[1], columns * 4), min(shape[0], rows * 4)), shape[1], shape[0])


def fractal(
    rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int], octaves: int = 3
) -> Plane:
    """Return a field of about -1 to 1 with detail at several sizes, each half as strong as the last."""
    total = smooth(rng, shape, cells)
    for octave in range(1, octaves):
        total = total + smooth(rng, shape, (cells[0] << octave, cells[1] << octave)) * np.float32(
            0.55**octave
        )
    return total * np.float32(0.7)


def grain(rng: np.random.Generator, height: int, width: int) -> Plane:
    """Return (height, width, 3) normal noise of deviation 1, cut at a random place from one fixed bank."""
    top, left = rng.integers(0, _BANK_PX, 2)
    bank = np.roll(_bank(), (-int(top), -int(left)), (0, 1))
    repeats = (-(-height // _BANK_PX), -(-width // _BANK_PX), 1)
    if repeats != (1, 1, 1):
        bank = np.tile(bank, repeats)
    return bank[:height, :width]


@cache
def _bank() -> Plane:
    return np.random.default_rng(20260101).standard_normal((_BANK_PX, _BANK_PX, 3), dtype=np.float32)
