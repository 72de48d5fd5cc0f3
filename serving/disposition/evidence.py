"""Hold what the gates look at, and what each of them answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from data.case import ReturnCase
from data.condition import Condition
from data.decision import Destination, Disposition, Gate, GateKind, GateState
from data.defect import Grade
from data.fraud import FraudScore
from data.memory.memory import Memory
from data.proof.proof import PhotoProof
from data.verification import BatterySign, Verification
from serving.disposition.decision_table import Finding, Row
from serving.disposition.policy import Policy
from serving.wording import say_as_shown

ALL_BUT_QUARANTINE = tuple(way for way in Disposition if way is not Disposition.QUARANTINE)


@dataclass(frozen=True)
class Evidence:
    """Everything known of one return when its disposition is decided; no photos means no condition.

    `memory` is what our own record added to the case, `photo_proof` what photos prove beside the condition;
    None where that was nothing.
    """

    case: ReturnCase
    condition: Condition | None
    fraud: FraudScore
    memory: Memory | None = None
    photo_proof: PhotoProof | None = None

    @property
    def for_gates(self) -> Self:
        """Return the evidence without what became known too late to be good news."""
        case = self.case.for_gates
        return self if case is self.case else replace(self, case=case)

    @property
    def verification(self) -> Verification | None:
        """Return the bench's findings unless they were made after the moment of the decision."""
        return self.case.known_verification

    @property
    def bench(self) -> Verification:
        """Return the bench's findings, with everything unknown where nobody has looked."""
        return self.verification or Verification(verified_at=self.case.as_of, weight_g=None, accessories=None)

    @property
    def hazard_signs(self) -> frozenset[BatterySign]:
        """Return the signs of a hazard that anybody saw, whatever the clock says of when."""
        seen = self.case.verification
        return seen.hazard_signs if seen else frozenset()


@dataclass(frozen=True)
class GateAnswer:
    """A gate's answer, where the device goes if the gate decided, and what it asks the operator to do.

    `steps_for` are the dispositions for which its steps matter.
    """

    gate: Gate
    steps: tuple[str, ...] = ()
    destination: Destination | None = None
    steps_for: tuple[Disposition, ...] = tuple(Disposition)

    @property
    def has_decided(self) -> bool:
        """Return whether the gate outranks everything after it."""
        return self.gate.state is GateState.DECIDED


@dataclass(frozen=True)
class Limit:
    """Why some ways are closed, by which row of the table, and what the operator can do about it."""

    text: str
    row: Row
    steps: tuple[str, ...] = ()


def deciding_grade(condition: Condition, policy: Policy) -> Grade | None:
    """Return the grade by which a policy decides without a person; None where none may."""
    return condition.deciding_grade if policy.takes_grades_as_seen else condition.grade


def graded_text(condition: Condition) -> str:
    """Return the grade that decides as a text names it: "B", "B or better as shown"."""
    seen = condition.decides_as_seen
    if seen is not None:
        return say_as_shown(seen.grade.value)
    return condition.grade.value if condition.grade else "not at all"


def passed(policy: Policy, kind: GateKind, text: str) -> GateAnswer:
    """Let every disposition through."""
    return GateAnswer(Gate(kind, GateState.PASSED, text, policy.gates[kind].rule, ()))


def answer_of(
    evidence: Evidence, policy: Policy, finding: Finding, text: str, steps: Iterable[str] = ()
) -> GateAnswer:
    """Do what the policy's table says of a finding: decide, or close some ways."""
    return answer_by(policy.rows(finding), evidence, policy, text, steps)


def answer_by(
    rows: Sequence[Row], evidence: Evidence, policy: Policy, text: str, steps: Iterable[str] = ()
) -> GateAnswer:
    """Do what rows of one gate say together: one that decides outranks those that close."""
    kind, rule = rows[0].gate, policy.gates[rows[0].gate].rule
    place = next((row.decides for row in rows if row.decides is not None), None)
    if place is not None:
        gate = Gate(kind, GateState.DECIDED, text, rule, ALL_BUT_QUARANTINE)
        return GateAnswer(gate, tuple(steps), place)
    closed = {way for row in rows for way in policy.closed(row, evidence.case.rma.country)}
    ways = tuple(way for way in Disposition if way in closed)
    return GateAnswer(Gate(kind, GateState.RESTRICTED, text, rule, ways), tuple(steps))
