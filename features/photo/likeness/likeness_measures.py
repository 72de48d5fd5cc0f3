"""Define how the likeness of photos is taken and compared, in a versioned file beside the code."""

from functools import cache
from pathlib import Path

from pydantic import Field

from data.versioned_file import VersionedFile, read_versioned

DEFAULT_LIKENESS = Path(__file__).parent / "likeness-1.yaml"


class LikenessMeasures(VersionedFile):
    """The entries of likeness-1.yaml, explained there."""

    source: str
    side_px: int = Field(ge=32)
    surround_px: int = Field(ge=3)
    loudest_levels: int = Field(ge=1)
    cells: int = Field(ge=4)
    patterns: int = Field(ge=1)
    least_levels: float = Field(ge=0)
    regions: int = Field(ge=2)
    least_bits: int = Field(ge=1)
    least_regions: int = Field(ge=1)
    weakest_share: float = Field(gt=0, le=1)
    same_from: float = Field(gt=0.5, le=1)
    marks: int = Field(ge=1)
    groups: int = Field(ge=1)
    group_bits: int = Field(ge=2)
    loudest_mark_levels: int = Field(ge=1)

    @property
    def bits(self) -> int:
        """Return how many bits a likeness has."""
        return self.cells * self.cells * self.patterns


@cache
def likeness_measures(path: Path = DEFAULT_LIKENESS) -> LikenessMeasures:
    """Read a file of measures; raises InvalidFile."""
    return read_versioned(path, LikenessMeasures)
