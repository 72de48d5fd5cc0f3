"""Take the likeness of a photo, by which a copy of it is known again and another unit's photo is not.

The perceptual hash tells what a picture looks like, and two units of one model with a dark screen look alike.
A likeness tells the fine detail instead - dust, grain, reflections, how the body lies to the pixel - place by
place and loud or faint alike, so that no bold edge that all units share outweighs it. Two photos are one only
where even the regions that agree least agree well: another unit's photo differs somewhere, a copy nowhere.
All sums are of whole numbers, so they are the same on every machine.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from features.photo.likeness.likeness_measures import LikenessMeasures, likeness_measures

Bits = npt.NDArray[np.bool_]
Wholes = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

# Parts of a grey level that the averaged photo is rounded to.
_UNIT = 64


@dataclass(frozen=True)
class Likeness:
    """The likeness of one photo: which bits are set, which are known, and under which marks it is filed.

    `scheme` is the version of the measures that it was taken by. Both bit rows are (bits,) arrays.
    """

    scheme: str
    signs: Bits
    known: Bits
    marks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the bits as text, as they are kept."""
        packed = np.packbits(np.concatenate([self.signs, self.known])).tobytes()
        return base64.b64encode(packed).decode()

    @classmethod
    def of_text(cls, scheme: str, text: str) -> Self:
        """Read what `text` returned; raises ValueError for anything else. The marks are not in it."""
        bits = np.unpackbits(np.frombuffer(base64.b64decode(text, validate=True), np.uint8)).astype(bool)
        signs, known = bits.reshape(2, -1)
        return cls(scheme, signs, known)


def take_likeness(image: Image.Image, measures: LikenessMeasures | None = None) -> Likeness:
    """Return the likeness of an upright photo."""
    measures = measures or likeness_measures()
    detail = _detail(image, measures)
    strengths = _strengths(detail, measures.loudest_levels, measures)
    known = np.abs(strengths) >= measures.least_levels * _UNIT * measures.surround_px**2
    signs = (strengths > 0) & known
    loud = _strengths(detail, measures.loudest_mark_levels, measures)
    return Likeness(measures.version, signs, known, _marks(loud, known, measures))


def agreement(one: Likeness, other: Likeness, measures: LikenessMeasures | None = None) -> float:
    """Return the share of equal bits where two photos agree least, 0 where too little is known of both."""
    return agreements(one, [other], measures)[0]


def agreements(
    one: Likeness, others: Sequence[Likeness], measures: LikenessMeasures | None = None
) -> list[float]:
    """Return how one photo agrees with each of several, all at once.

    Likenesses of other schemes have nothing in common with it.
    """
    measures = measures or likeness_measures()
    shares = [0.0] * len(others)
    alike = [at for at, other in enumerate(others) if {one.scheme, other.scheme} == {measures.version}]
    if alike:
        signs, known = (np.array([getattr(others[at], name) for at in alike]) for name in ("signs", "known"))
        both = known & one.known
        found = _least_agreement((signs == one.signs) & both, both, measures)
        for at, share in zip(alike, found.tolist(), strict=True):
            shares[at] = share
    return shares


def is_one_picture(share: float, measures: LikenessMeasures | None = None) -> bool:
    """Return whether two photos that agree so well are one picture."""
    return share >= (measures or likeness_measures()).same_from


def _detail(image: Image.Image, measures: LikenessMeasures) -> Wholes:
    """Return how each pixel of the averaged photo departs from its surroundings."""
    side, reach = measures.side_px, measures.surround_px
    grey_photo = image.convert("L")
    # Four whole levels and more to a pixel of the rest: what is rounded here is far below a grain.
    halved = grey_photo.reduce(max(1, min(image.size) // (2 * side)))
    averaged = halved.convert("F").resize((side, side), Image.Resampling.BOX)
    grey = np.rint(np.asarray(averaged, np.float64) * _UNIT).astype(np.int64)
    detail: Wholes = reach**2 * grey - _sums_around(grey, reach)
    return detail


def _sums_around(grey: Wholes, reach: int) -> Wholes:
    """Return the sum over the square around each pixel; beyond the edge its last pixels go on."""
    sums = np.cumsum(np.cumsum(np.pad(grey, reach // 2, mode="edge"), axis=0), axis=1)
    sums = np.pad(sums, ((1, 0), (1, 0)))
    return sums[reach:, reach:] - sums[:-reach, reach:] - sums[reach:, :-reach] + sums[:-reach, :-reach]


def _strengths(detail: Wholes, loudest_levels: int, measures: LikenessMeasures) -> Wholes:
    """Return each cell's detail, no louder than is said, under each pattern, (bits,), cell by cell."""
    loudest = loudest_levels * _UNIT * measures.surround_px**2
    detail = np.clip(detail, -loudest, loudest)
    cells, cell_px = measures.cells, measures.side_px // measures.cells
    parted = detail.reshape(cells, cell_px, cells, cell_px).transpose(0, 2, 1, 3).reshape(cells * cells, -1)
    # Whole numbers far below 2**53, so the sums are exact in whatever order they are made.
    return (parted.astype(np.float64) @ _patterns(measures)).astype(np.int64).ravel()


def _marks(strengths: Wholes, known: Bits, measures: LikenessMeasures) -> tuple[str, ...]:
    """File a photo under what is strongest in groups of its bits: that outlasts another encoding."""
    if not known.any():
        return ()
    groups = strengths[_groups(measures)]
    strongest = np.abs(groups).argmax(axis=2)
    signs = np.take_along_axis(groups, strongest[..., None], axis=2)[..., 0] > 0
    told = (2 * strongest + signs).astype(np.uint8)
    return tuple(f"{measures.version}.{number}.{row.tobytes().hex()}" for number, row in enumerate(told))


def _least_agreement(equal: Bits, both: Bits, measures: LikenessMeasures) -> Shares:
    """Return the mean share of equal bits over the telling regions that agree least, (photos,)."""
    counts, right = _in_regions(both, measures), _in_regions(equal, measures)
    telling = counts >= measures.least_bits
    # A region that tells nothing comes last and is never among the weakest.
    shares = np.sort(np.where(telling, right / np.maximum(counts, 1), np.inf), axis=1)
    weakest = np.maximum(1, np.rint(measures.weakest_share * telling.sum(axis=1)).astype(int))
    is_weakest = np.arange(shares.shape[1]) < weakest[:, None]
    means = np.where(is_weakest, shares, 0.0).sum(axis=1) / weakest
    return np.where(telling.sum(axis=1) >= measures.least_regions, means, 0.0)


def _in_regions(bits: Bits, measures: LikenessMeasures) -> Wholes:
    """Count the bits that are set in each region, (photos, regions)."""
    regions, cells = measures.regions, measures.cells // measures.regions
    parted = bits.reshape(-1, regions, cells, regions, cells, measures.patterns)
    counts: Wholes = parted.sum(axis=(2, 4, 5)).reshape(len(bits), -1)
    return counts


@cache
def _patterns(measures: LikenessMeasures) -> npt.NDArray[np.float64]:
    """Return the patterns, (pixels of a cell, patterns) of +1 and -1."""
    pixels = (measures.side_px // measures.cells) ** 2
    bits = np.unpackbits(_drawn("patterns", -(-pixels * measures.patterns // 8)))
    return np.where(bits[: pixels * measures.patterns], 1.0, -1.0).reshape(pixels, measures.patterns)


@cache
def _groups(measures: LikenessMeasures) -> npt.NDArray[np.int64]:
    """Return which bits each group of each mark holds, (marks, groups, bits)."""
    shape = (measures.marks, measures.groups, measures.group_bits)
    drawn = _drawn("groups", 4 * int(np.prod(shape))).view("<u4")
    return (drawn.astype(np.int64) % measures.bits).reshape(shape)


def _drawn(name: str, size: int) -> npt.NDArray[np.uint8]:
    """Return so many bytes that look drawn and are the same for ever, whatever numpy's generators become."""
    return np.frombuffer(hashlib.shake_256(f"regrade likeness {name}".encode()).digest(size), np.uint8)
