"""Define the decision over one return, with the evidence that decided it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from data.condition import Condition
from data.fraud import FraudScore
from data.memory.memory import Memory
from data.proof.proof import PhotoProof


class Disposition(StrEnum):
    """The ways a returned device can go: a closed list."""

    RESTOCK = "restock"
    REFURBISH = "refurbish"
    REPAIR = "repair"
    RETURN_TO_VENDOR = "return_to_vendor"
    RECYCLE = "recycle"
    DONATE = "donate"
    DESTROY = "destroy"
    QUARANTINE = "quarantine"


class Destination(StrEnum):
    """The places a device can go to next."""

    DOMESTIC_STOCK = "domestic_stock"
    US_FACILITY = "us_facility"
    REPAIR_CENTRE = "repair_centre"
    CERTIFIED_RECYCLER = "certified_recycler"
    VENDOR = "vendor"
    CHARITY = "charity"
    SECURE_DESTRUCTION = "secure_destruction"
    QUARANTINE_CAGE = "quarantine_cage"
    REVIEW_DESK = "review_desk"


class GateKind(StrEnum):
    """The gates that outrank value, in the order in which they are asked."""

    BATTERY = "battery"
    DATA = "data"
    LOCK_AND_LIST = "lock_and_list"
    RECALL = "recall"
    CROSS_BORDER = "cross_border"
    FRAUD = "fraud"
    EVIDENCE = "evidence"
    CONDITION = "condition"


class GateState(StrEnum):
    """The answers of a gate: pass, forbid some dispositions, or decide alone."""

    PASSED = "passed"
    RESTRICTED = "restricted"
    DECIDED = "decided"


@dataclass(frozen=True)
class Gate:
    """One gate's answer, with the rule it stands on and what it leaves allowed."""

    kind: GateKind
    state: GateState
    text: str
    rule: str
    forbidden: tuple[Disposition, ...]


@dataclass(frozen=True)
class ExpectedValue:
    """The expected net value of one allowed disposition, in the policy's currency."""

    disposition: Disposition
    amount: float
    currency: str
    text: str


class Change(StrEnum):
    """An open point of a return that could be settled well, in the order in which a bench settles them."""

    VERIFIED = "verified"
    BATTERY_CHECKED = "battery_checked"
    SANITISED = "sanitised"
    LOCK_REMOVED = "lock_removed"
    RELEASED_BY_LENDER = "released_by_lender"
    LOOKED_UP = "looked_up"
    FUNCTION_TESTED = "function_tested"
    SET_COMPLETE = "set_complete"
    MISSING_FACES_SHOWN = "missing_faces_shown"
    RELEASED_BY_REVIEWER = "released_by_reviewer"
    GRADED_BY_PERSON = "graded_by_person"
    TOGETHER = "together"
    """Several of them at once, which the text names."""


@dataclass(frozen=True)
class WouldChange:
    """What would lead to another disposition, and how much more that is expected to bring.

    The difference is in the policy's currency, against the expected value of what was decided, or against
    nothing where a gate decided. What it costs to settle the point is not in it.
    """

    change: Change
    disposition: Disposition
    amount_difference: float
    currency: str
    text: str


@dataclass(frozen=True)
class OwnCurrency:
    """The amounts of a decision in the currency of its return, which is another than the policy's.

    `rate` is what one unit of it is worth in `rate_currency`, of the day `as_of`; `table` names the rates.
    """

    currency: str
    rate: float
    rate_currency: str
    as_of: date
    source: str
    table: str
    refund_amount: float
    expected_amounts: dict[Disposition, float]


@dataclass(frozen=True)
class PolicyIdentity:
    """Which policy file decided, and which of its overrides held for the channel, region or vendor."""

    name: str
    version: str
    sha256: str
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What happens to one returned device and why; everything needed to explain it later is inside.

    `decided_by` is `gate:` and the kind of the gate that decided, or `value`; `because` is the same in words.
    `memory` is what our own record added to the case that was sent, `photo_proof` what photos prove beside
    the condition; None where that was nothing.
    """

    decision_id: str
    rma_id: str
    decided_at: datetime
    disposition: Disposition
    destination: Destination
    decided_by: str
    because: str
    gates: tuple[Gate, ...]
    expected_values: tuple[ExpectedValue, ...]
    runner_up: ExpectedValue | None
    next_steps: tuple[str, ...]
    customer_text: str
    condition: Condition | None
    fraud: FraudScore
    policy: PolicyIdentity
    would_change: tuple[WouldChange, ...] = ()
    own_currency: OwnCurrency | None = None
    memory: Memory | None = None
    photo_proof: PhotoProof | None = None
