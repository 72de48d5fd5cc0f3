"""Type what becomes known of a return after it was decided: when it happened, and when it was known."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from data.defect import Grade
from data.money import Money
from data.scan import ScanEvent
from data.strict import LINES_PATTERN, Flag, Frozen, Instant, Name
from data.verification import Verification

MAX_FACTS = 100
Words = Annotated[
    str, StringConstraints(min_length=3, max_length=2000, pattern=LINES_PATTERN, strip_whitespace=True)
]


class FactKind(StrEnum):
    """What a fact tells of."""

    SCAN = "scan"
    VERIFICATION = "verification"
    FRAUD = "fraud"
    REGRADED = "regraded"
    RESOLD = "resold"
    COMPLAINT = "complaint"


class FactOrigin(StrEnum):
    """How a fact was learnt, which says how far it may be trusted, and which returns it is learnt of."""

    CARRIER = "carrier"
    BENCH = "bench"
    INVESTIGATION = "investigation"
    CHARGEBACK = "chargeback"
    CUSTOMER = "customer"
    BUYER = "buyer"
    BLIND_AUDIT = "blind_audit"
    REVIEW = "review"
    UNKNOWN = "unknown"


class _Fact(Frozen):
    known_at: Instant | None = Field(None, description="When it became known; its own time when absent.")
    origin: FactOrigin = FactOrigin.UNKNOWN

    @property
    def happened_at(self) -> datetime:
        """Return when it happened."""
        raise NotImplementedError

    @property
    def learnt_at(self) -> datetime:
        """Return when it became known."""
        return self.known_at or self.happened_at

    @model_validator(mode="after")
    def _known_after_it_happened(self) -> Self:
        if self.learnt_at < self.happened_at:
            raise ValueError(
                f"known_at {self.learnt_at.isoformat()} is before {self.happened_at.isoformat()}, when it "
                "happened: correct the one that is wrong"
            )
        return self


class ScanFact(_Fact):
    """A carrier or a dock saw the parcel."""

    kind: Literal[FactKind.SCAN]
    scan: ScanEvent

    @property
    def happened_at(self) -> datetime:
        """Return when the parcel was seen."""
        return self.scan.time

    @property
    def learnt_at(self) -> datetime:
        """Return when the scan reached the record."""
        return self.known_at or self.scan.known_at or self.scan.time


class VerificationFact(_Fact):
    """The bench opened the parcel, or looked again."""

    kind: Literal[FactKind.VERIFICATION]
    verification: Verification

    @property
    def happened_at(self) -> datetime:
        """Return when the bench looked."""
        return self.verification.verified_at

    @property
    def learnt_at(self) -> datetime:
        """Return when the findings reached the record."""
        return self.known_at or self.verification.known_since


class _TimedFact(_Fact):
    time: Instant

    @property
    def happened_at(self) -> datetime:
        """Return when it happened."""
        return self.time


class FraudFact(_TimedFact):
    """Somebody found out whether the return was fraud."""

    kind: Literal[FactKind.FRAUD]
    is_confirmed: Flag = Field(description="Whether it was fraud; false says that it was honest.")
    note: Words | None = None


class RegradedFact(_TimedFact):
    """A person gave the device another grade, or the same."""

    kind: Literal[FactKind.REGRADED]
    grade: Grade
    person: Name | None = None
    note: Words | None = None


class ResoldFact(_TimedFact):
    """The device was sold again."""

    kind: Literal[FactKind.RESOLD]
    price: Money


class ComplaintFact(_TimedFact):
    """Whoever returned or bought the device complained."""

    kind: Literal[FactKind.COMPLAINT]
    note: Words


Fact = Annotated[
    ScanFact | VerificationFact | FraudFact | RegradedFact | ResoldFact | ComplaintFact,
    Field(discriminator="kind"),
]


class FactsRequest(Frozen):
    """The facts to add to one return; one that is there already counts once."""

    facts: Annotated[tuple[Fact, ...], Field(min_length=1, max_length=MAX_FACTS)]


def fact_values(fact: Any) -> dict[str, Any]:
    """Return a fact as JSON values, its sets in order, so that the same fact always reads the same."""
    values: dict[str, Any] = fact.model_dump(mode="json", exclude_none=True)
    for name in ("battery_signs", "accessories"):
        if name in values.get("verification", {}):
            values["verification"][name] = sorted(values["verification"][name])
    return values
