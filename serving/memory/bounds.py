"""Define how far back and how widely the record is asked, in a versioned file beside the code."""

from functools import cache
from pathlib import Path

from pydantic import Field

from data.versioned_file import VersionedFile, read_versioned

DEFAULT_BOUNDS = Path(__file__).parent / "memory-1.yaml"


class Bounds(VersionedFile):
    """The entries of memory-1.yaml, explained there."""

    source: str
    newest: int = Field(ge=1)
    newest_alike: int = Field(ge=1)
    returns_most: int = Field(ge=1, le=500)


@cache
def read_bounds(path: Path = DEFAULT_BOUNDS) -> Bounds:
    """Read a file of bounds; raises InvalidFile."""
    return read_versioned(path, Bounds)
