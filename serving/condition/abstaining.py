"""Define when no grade is given without a person, in a versioned file beside the code."""

from functools import cache
from pathlib import Path

from pydantic import Field

from data.defect import Grade
from data.versioned_file import VersionedFile, read_versioned

DEFAULT_ABSTAINING = Path(__file__).parent / "abstaining-1.yaml"


class Abstaining(VersionedFile):
    """The entries of abstaining-1.yaml, explained there."""

    source: str
    heavy_from: Grade
    unmeasured_from: float = Field(ge=0, le=1)

    def is_heavy(self, grade: str) -> bool:
        """Return whether damage is so heavy that better photos would hardly change the grade."""
        return Grade(grade).rank >= self.heavy_from.rank


@cache
def read_abstaining(path: Path = DEFAULT_ABSTAINING) -> Abstaining:
    """Read an abstaining file; raises InvalidFile."""
    return read_versioned(path, Abstaining)
