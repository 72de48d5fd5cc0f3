"""Read which pictures show several devices or sides at once, and where a single one of them lies.

`parts.csv` names a picture by the SHA-256 of its file, and a box by its edges in percent of width and height.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PARTS = Path(__file__).parent / "parts.csv"
_EDGES = ("left", "top", "right", "bottom")


@dataclass(frozen=True)
class PicturePart:
    """One side of one device in a picture: its name as in the labels by eye, and its box in shares."""

    side: str
    left: float
    top: float
    right: float
    bottom: float

    def window(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Return the rows and columns of a picture of (H, W, ...) that show the part."""
        height, width = shape[:2]
        rows = slice(round(self.top * height), round(self.bottom * height))
        return rows, slice(round(self.left * width), round(self.right * width))


@cache
def picture_parts(path: Path = PARTS) -> Mapping[str, tuple[PicturePart, ...]]:
    """Return the parts of each picture, by the SHA-256 of its file."""
    parts: dict[str, tuple[PicturePart, ...]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            part = PicturePart(row["side"], *(int(row[edge]) / 100 for edge in _EDGES))
            parts[row["sha256"]] = (*parts.get(row["sha256"], ()), part)
    return parts
