"""Give a photo 64 bits that nearly stay when it is re-encoded or resized, and find photos sent twice.

The bits are the signs of a photo's low frequencies about their median (the DCT hash of C. Zauner,
"Implementation and Benchmarking of Perceptual Image Hash Functions", 2010), computed in whole numbers so that
they are the same on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from features.photo import Pixels

HASH_BITS = 64

_SIDE_PX = 32
_FREQUENCIES = np.arange(1, 9)  # the first is left out: it follows the light that falls off to one side
_UNIT = 1 << 14
_WAVES = np.rint(
    _UNIT * np.cos(np.pi * _FREQUENCIES[:, None] * (2 * np.arange(_SIDE_PX)[None, :] + 1) / (2 * _SIDE_PX))
).astype(np.int64)


@dataclass(frozen=True)
class Likeness:
    """How far two photos may differ and still be one picture: bits of the hash, mean grey step of 0 to 1."""

    bits_max: int
    grey_step_max: float


def perceptual_hash(pixels: Pixels) -> str:
    """Return the hash of an upright (H, W, 3) uint8 photo as 16 hexadecimal digits."""
    strength = _WAVES @ _thumbnail(pixels) @ _WAVES.T
    bits = strength.ravel() > np.median(strength)
    return f"{int.from_bytes(np.packbits(bits).tobytes()):016x}"


def hash_distance(one: str, other: str) -> int:
    """Return in how many of HASH_BITS bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def find_duplicates(photos: Sequence[Pixels], ranks: Sequence[tuple[int, str]], like: Likeness) -> set[int]:
    """Return the places of photos that show the same picture as a better one of the set.

    The better one has the higher rank, so which of two is named does not depend on their order; ranks that
    are equal belong to the same bytes. Dark photos of flat screens share most bits of their hash, so pictures
    are also compared grey by grey.
    """
    hashes = [perceptual_hash(pixels) for pixels in photos]
    small = [_thumbnail(pixels) for pixels in photos]
    order = sorted(range(len(photos)), key=lambda index: ranks[index], reverse=True)
    kept: list[int] = []
    for index in order:
        same = (
            hash_distance(hashes[index], hashes[other]) <= like.bits_max
            and float(np.abs(small[index] - small[other]).mean()) / 255.0 <= like.grey_step_max
            for other in kept
        )
        if not any(same):
            kept.append(index)
    return set(order) - set(kept)


def _thumbnail(pixels: Pixels) -> npt.NDArray[np.int64]:
    grey = Image.fromarray(pixels).convert("L")
    return np.asarray(grey.resize((_SIDE_PX, _SIDE_PX), Image.Resampling.BOX), np.int64)
