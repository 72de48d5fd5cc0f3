"""Define how map cells become millimetres, and how sure that is, in a versioned file beside the code."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from data.defect import DefectKind
from data.versioned_file import VersionedFile, read_versioned

DEFAULT_MEASURING = Path(__file__).parent / "measuring-3.yaml"

Fit = Literal["quadrilateral", "rectangle", "long_side"]


class Measuring(VersionedFile):
    """The entries of measuring-3.yaml, explained there."""

    source: str
    length_sd_cells: float = Field(ge=0)
    outline_sd: dict[Fit, float]
    quadrilateral_fill_min: float = Field(gt=0, le=1)
    foreshortening_max: float = Field(ge=1)
    rounded_fill: float = Field(gt=0, le=1)
    leaves_within_cells: float = Field(ge=0)
    nearly_square_max: float = Field(ge=1)
    rim_cells: int = Field(ge=1)
    place_share_min: float = Field(ge=0, le=1)
    box_inset_cells: float = Field(ge=0, le=1)
    places_max: int = Field(ge=1)
    weaker_cells_from: float = Field(gt=0, le=1)
    joined_within_mm: dict[DefectKind, float]
    joined_within_mm_otherwise: float = Field(ge=0)
    same_place_within: float = Field(ge=0, le=1)
    same_place_share: float = Field(gt=0, le=1)
    turn_agreeing_min: int = Field(ge=1)
    all_photos_weigh: float = Field(ge=0, le=1)

    def joined_within(self, kind: DefectKind) -> float:
        """Return the longest gap in mm between pieces of one defect."""
        return self.joined_within_mm.get(kind, self.joined_within_mm_otherwise)


@cache
def read_measuring(path: Path = DEFAULT_MEASURING) -> Measuring:
    """Read a measuring file; raises InvalidFile."""
    return read_versioned(path, Measuring)
