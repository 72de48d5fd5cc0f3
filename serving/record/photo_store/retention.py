"""Read how long photos are kept: a versioned file beside the code, or an operator's own."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field

from data.strict import Frozen
from data.versioned_file import VersionedFile, read_versioned

DEFAULT_RETENTION = Path(__file__).parent / "retention-1.yaml"


class Term(Frozen):
    """One term, with its unit and why it is as long as it is."""

    value: float = Field(gt=0, le=100_000)
    unit: Literal["hours", "days"]
    reason: str = Field(min_length=3)

    @property
    def time(self) -> timedelta:
        """Return the term as a time."""
        return timedelta(**{self.unit: self.value})


class Retention(VersionedFile):
    """The terms of retention-1.yaml, explained there."""

    source: str
    uploaded: Term
    upload_note: Term
    decided: Term
    held: Term
    orphan: Term


def read_retention(path: Path | None = None) -> Retention:
    """Read the terms that ship, or those of an operator; raises InvalidFile."""
    return read_versioned(path or DEFAULT_RETENTION, Retention)
