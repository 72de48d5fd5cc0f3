"""Read the bar codes and matrix codes in photos."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data.condition import Box
from features.photo.photo import Photo

if TYPE_CHECKING:
    import zxingcpp

# What device, box and shipping labels carry. Interleaved 2 of 5 is left out: it carries no check, and of a
# turned one a part is read as a number of its own.
# Symbology identifiers (ISO/IEC 15424) of codes of GS1: Code 128, Data Matrix, QR, DataBar.
_GS1 = frozenset({"]C1", "]d2", "]Q3", "]e0"})
_SYMBOLOGIES = "Code128,Code39,Code93,DataMatrix,QRCode,PDF417,Aztec"


@dataclass(frozen=True)
class Code:
    """One code: the photo's index from 0, the symbology, the text in it, and where it lies.

    is_gs1: whether the text is of GS1, its application identifiers in brackets.
    """

    photo: int
    symbology: str
    text: str
    box: Box
    is_gs1: bool = False


def read_codes(photos: Sequence[Photo]) -> tuple[Code, ...]:
    """Return the codes of all photos, by photo and from the top."""
    return tuple(code for index, photo in enumerate(photos) for code in _codes_of(index, photo))


def _codes_of(index: int, photo: Photo) -> list[Code]:
    # Late: who scores returns without photos needs none of it, and it complains as a settled process ends.
    import zxingcpp

    grey = np.asarray(photo.image.convert("L"))
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.barcode_formats_from_str(_SYMBOLOGIES))
    codes = [_code(index, each, photo.image.size) for each in found]
    return sorted(codes, key=lambda code: (code.box.top, code.box.left, code.text))


def _code(index: int, found: "zxingcpp.Barcode", size: tuple[int, int]) -> Code:
    is_gs1 = found.symbology_identifier in _GS1
    # As it was written, with its separators, which the text for people spells out; that of GS1 has brackets.
    text = found.text if is_gs1 else bytes(found.bytes).decode("utf-8", "replace")
    return Code(index, str(found.format), text, _box(found.position, size), is_gs1)


def _box(position: "zxingcpp.Position", size: tuple[int, int]) -> Box:
    corners = list(_corners(position))
    (left, right), (top, bottom) = (
        (max(0, min(each)) / side, min(side, max(each)) / side)
        for each, side in zip(zip(*corners, strict=True), size, strict=True)
    )
    return Box(left, top, right - left, bottom - top)


def _corners(position: "zxingcpp.Position") -> Iterator[tuple[int, int]]:
    for corner in (position.top_left, position.top_right, position.bottom_right, position.bottom_left):
        yield corner.x, corner.y
