"""Compute 64 bits of a photo that hardly change when it is re-encoded or resized, and find copies by them.

The bits are the signs of a photo's low frequencies about their median (the DCT hash of C. Zauner,
"Implementation and Benchmarking of Perceptual Image Hash Functions", 2010), computed in whole numbers so that
they are the same on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

_SIDE_PX = 32
_FREQUENCIES = np.arange(1, 9)  # the first is left out: it follows the light that falls off to one side
_UNIT = 1 << 14
_WAVES = np.rint(
    _UNIT * np.cos(np.pi * _FREQUENCIES[:, None] * (2 * np.arange(_SIDE_PX)[None, :] + 1) / (2 * _SIDE_PX))
).astype(np.int64)


@dataclass(frozen=True)
class LikenessLimits:
    """The limits within which two photos are one picture: bits of the hash, mean grey step of 0 to 1."""

    bits_max: int
    grey_step_max: float


@dataclass(frozen=True)
class Imprint:
    """The perceptual hash of a photo and its (32, 32) grey thumbnail, 0 to 255."""

    text: str
    grey: npt.NDArray[np.int64]


def take_imprint(image: Image.Image) -> Imprint:
    """Return the imprint of an upright photo, its hash as 16 hexadecimal digits."""
    grey = _thumbnail(image)
    strength = _WAVES @ grey @ _WAVES.T
    bits = strength.ravel() > np.median(strength)
    return Imprint(f"{int.from_bytes(np.packbits(bits).tobytes()):016x}", grey)


def hash_distance(one: str, other: str) -> int:
    """Return in how many of their 64 bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def find_duplicates(
    imprints: Sequence[Imprint], ranks: Sequence[tuple[int, str]], like: LikenessLimits
) -> set[int]:
    """Return the places of imprints of photos that show the same picture as a better one of the set.

    The better one has the higher rank, so which of two is named does not depend on their order; ranks that
    are equal belong to the same bytes. Dark photos of flat screens share most bits of their hash, so pictures
    are also compared grey by grey.
    """
    order = sorted(range(len(imprints)), key=lambda index: ranks[index], reverse=True)
    kept: list[int] = []
    for index in order:
        if not any(_is_same(imprints[index], imprints[other], like) for other in kept):
            kept.append(index)
    return set(order) - set(kept)


def _is_same(one: Imprint, other: Imprint, like: LikenessLimits) -> bool:
    is_near = hash_distance(one.text, other.text) <= like.bits_max
    return is_near and float(np.abs(one.grey - other.grey).mean()) / 255.0 <= like.grey_step_max


def _thumbnail(image: Image.Image) -> npt.NDArray[np.int64]:
    return np.asarray(image.convert("L").resize((_SIDE_PX, _SIDE_PX), Image.Resampling.BOX), np.int64)
