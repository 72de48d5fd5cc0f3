"""Hold how long the record may keep a caller waiting: a versioned file beside the code."""

from functools import cache
from pathlib import Path

from pydantic import Field

from data.versioned_file import VersionedFile, read_versioned

DEFAULT_PATIENCE = Path(__file__).parent / "patience-1.yaml"


class Patience(VersionedFile):
    """The entries of patience-1.yaml, explained there."""

    source: str
    answer_within_s: float = Field(gt=0, le=60)
    trial_within_s: float = Field(gt=0, le=60)
    count_within_s: float = Field(gt=0, le=600)
    connect_timeout_s: float = Field(gt=0, le=60)
    statement_timeout_s: float = Field(gt=0, le=60)
    lock_timeout_s: float = Field(gt=0, le=60)
    idle_timeout_s: float = Field(gt=0, le=600)
    busy_timeout_s: float = Field(gt=0, le=60)
    pool_timeout_s: float = Field(gt=0, le=60)
    stuck_after_s: float = Field(gt=0, le=600)
    opening_timeout_s: float = Field(gt=0, le=600)
    retry_after_s: int = Field(ge=1, le=600)
    probe_every_s: float = Field(gt=0, le=600)


@cache
def read_patience(path: Path = DEFAULT_PATIENCE) -> Patience:
    """Read a patience file; raises InvalidFile."""
    return read_versioned(path, Patience)
