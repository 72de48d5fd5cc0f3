"""Read what waits for people, until when, and what they may say: a versioned file, or an operator's own."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from data.money import Money
from data.strict import Frozen, Number
from data.versioned_file import Fault, Faults, VersionedFile, read_versioned
from serving.record.errors import WrongAtDesk

DEFAULT_DESK = Path(__file__).parent / "desk-1.yaml"
MOST_MINUTES = 7 * 24 * 60
HOUR = timedelta(hours=1)
Source = Annotated[str, Field(min_length=3)]
MOST_CODE_CHARACTERS = 40
CodeName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", min_length=2, max_length=MOST_CODE_CHARACTERS)
]
# Of any form: what is none of the file's codes is told with those that are.
ReasonCode = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MOST_CODE_CHARACTERS),
    Field(description="One of the codes that GET /v1/review-queue/rules lists."),
]


class ReviewReason(StrEnum):
    """Why a decision waits for a person."""

    QUARANTINE = "quarantine"
    FRAUD_HOLD = "fraud_hold"
    GATE_HELD = "gate_held"
    ABOVE_VALUE = "above_value"
    FRAUD_REVIEW = "fraud_review"
    ABSTAINED = "abstained"
    NEAR_THRESHOLD = "near_threshold"
    RANDOM_AUDIT = "random_audit"


class Urgency(Frozen):
    """How urgent a reason is: 1 is the most urgent."""

    priority: int = Field(ge=1, le=100)
    due_h: float = Field(gt=0, le=10_000)
    source: Source

    def due_at(self, decided_at: datetime) -> datetime:
        """Return until when somebody should have looked at a decision, on the full hour."""
        return next_hour(decided_at) + timedelta(hours=self.due_h)


class Share(Frozen):
    """A share with its unit."""

    value: Annotated[Number, Field(ge=0, le=1)]
    unit: Source
    source: Source


class ValueLimit(Frozen):
    """An amount above which something holds."""

    value: Money
    source: Source


class Minutes(Frozen):
    """So many minutes."""

    value: int = Field(ge=1, le=MOST_MINUTES)
    source: Source


class NearThreshold(Frozen):
    """How near to a threshold a decision is looked at."""

    grade: Share
    fraud: Share


class ClaimTerms(Frozen):
    """How long a claim holds, and how long at most."""

    minutes: Minutes
    most_minutes: Minutes


class DeskRules(VersionedFile):
    """The entries of desk-1.yaml, explained there."""

    source: str
    reasons: dict[ReviewReason, Urgency]
    near_threshold: NearThreshold
    look_above: ValueLimit
    two_people_above: ValueLimit
    claim: ClaimTerms
    audit_share: Share
    reason_codes: dict[CodeName, Source] = Field(min_length=1)

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        missing = [reason for reason in ReviewReason if reason not in self.reasons]
        if missing:
            raise Faults(
                [Fault(("reasons",), f"reasons lacks {', '.join(missing)}: every one needs an entry")]
            )
        faults = [_fault(*pair) for pair in pairwise(self.by_urgency) if not _in_order(*pair)]
        if self.claim.minutes.value > self.claim.most_minutes.value:
            faults.append(Fault(("claim",), "claim: minutes may not be more than most_minutes"))
        if faults:
            raise Faults(faults)
        return self

    def require_reason(self, code: str | None) -> None:
        """Raise WrongAtDesk for a reason code that the file does not have."""
        if code is not None and code not in self.reason_codes:
            raise WrongAtDesk("reason_code", f"{code!r} is not one of {', '.join(self.reason_codes)}")

    @property
    def by_urgency(self) -> list[tuple[ReviewReason, Urgency]]:
        """Return the reasons, the most urgent one first."""
        return sorted(self.reasons.items(), key=lambda item: item[1].priority)


def next_hour(moment: datetime) -> datetime:
    """Return the full hour at the end of the one that a moment lies in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR


@cache
def read_desk(path: Path | None = None) -> DeskRules:
    """Read the desk's file that ships, or an operator's own; raises InvalidFile."""
    return read_versioned(path or DEFAULT_DESK, DeskRules)


def _in_order(one: tuple[ReviewReason, Urgency], other: tuple[ReviewReason, Urgency]) -> bool:
    return one[1].priority < other[1].priority and one[1].due_h <= other[1].due_h


def _fault(one: tuple[ReviewReason, Urgency], other: tuple[ReviewReason, Urgency]) -> Fault:
    return Fault(
        ("reasons", other[0].value),
        f"reasons.{other[0]}: give another priority than that of {one[0]}, and a due_h of no less than its "
        f"{one[1].due_h:g} where it is less urgent",
    )
