"""Compute smooth random fields and grain that look the same at every resolution."""

from functools import cache

import numpy as np

from data.drawing.surface.raster import Plane, blur, resize, stretch

_BANK_PX = 768
_BANK_SLACK_PX = 128
_FINER = 2
_BLUR = 1.0
# Brings noise that this blur left at a deviation of 0.28 to 0.55.
_LEVEL = 1.95


def smooth(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> Plane:
    """Return a smooth (H, W) field of about -1 to 1 that varies over `cells` rows and columns.

    The numbers drawn depend on `cells` only, so one seed gives one pattern at any resolution.
    """
    rows, columns = _FINER * max(1, cells[0]) + 2, _FINER * max(1, cells[1]) + 2
    # Blurred white noise, not a cubic lattice: thresholds of a lattice show its squares.
    grid = blur(rng.standard_normal((rows, columns), dtype=np.float32), _BLUR)[1:-1, 1:-1]
    level = np.clip(grid * np.float32(_LEVEL), -1.4, 1.4)
    if rows > shape[0] or columns > shape[1]:
        return resize(level, shape[1], shape[0])
    return stretch(resize(level, min(shape[1], columns * 3), min(shape[0], rows * 3)), shape[1], shape[0])


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
    top, left = (int(start) for start in rng.integers(0, _BANK_SLACK_PX, 2))
    repeats = (-(-(height + top) // _BANK_PX), -(-(width + left) // _BANK_PX), 1)
    bank = _bank() if repeats == (1, 1, 1) else np.tile(_bank(), repeats)
    return bank[top : top + height, left : left + width]


@cache
def _bank() -> Plane:
    return np.random.default_rng(20260101).standard_normal((_BANK_PX, _BANK_PX, 3), dtype=np.float32)
