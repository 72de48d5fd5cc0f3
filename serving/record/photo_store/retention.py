"""Read how long photos are kept: a versioned file beside the code, or an operator's own."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field

from data.decision import Decision, Disposition
from data.fraud import Action
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


class TermName(StrEnum):
    """Which term the photos of a decision are kept for."""

    DECIDED = "decided"
    HELD = "held"


def term_of(decision: Decision) -> TermName:
    """Return the term for the photos of a decision: longer where fraud or a hazard held it back."""
    is_held = decision.fraud.action is not Action.RELEASE or decision.disposition is Disposition.QUARANTINE
    return TermName.HELD if is_held else TermName.DECIDED


class Retention(VersionedFile):
    """The terms of retention-1.yaml, explained there."""

    source: str
    uploaded: Term
    upload_note: Term
    decided: Term
    held: Term
    orphan: Term

    def term(self, name: TermName) -> Term:
        """Return a term by its name."""
        return {TermName.DECIDED: self.decided, TermName.HELD: self.held}[name]


def read_retention(path: Path | None = None) -> Retention:
    """Read the terms that ship, or those of an operator; raises InvalidFile."""
    return read_versioned(path or DEFAULT_RETENTION, Retention)
