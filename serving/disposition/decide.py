"""Decide what happens to a device: first the gates, then the expected net value of what they leave open."""

from dataclasses import dataclass

from data.decision import Destination, Disposition, ExpectedValue, Gate, GateKind
from serving.disposition.evidence import Evidence, Ruling
from serving.disposition.expected_value import expected_values
from serving.disposition.gates import ask_gates
from serving.disposition.policy import Policy
from serving.wording import say

SAFETY = {GateKind.BATTERY, GateKind.RECALL}


@dataclass(frozen=True)
class Verdict:
    """The disposition part of a decision, before it has an identity and a time."""

    disposition: Disposition
    destination: Destination
    decided_by: str
    because: str
    gates: tuple[Gate, ...]
    expected_values: tuple[ExpectedValue, ...]
    runner_up: ExpectedValue | None
    next_steps: tuple[str, ...]
    customer_text: str


def dispose(evidence: Evidence, policy: Policy) -> Verdict:
    """Ask the gates in order; the first that decides wins, otherwise the best expected value does.

    Raises UnknownCurrency when the policy has no rate for the currency of the return.
    """
    rulings = ask_gates(evidence, policy)
    deciding = next((ruling for ruling in rulings if ruling.has_decided), None)
    if deciding is not None:
        return _by_gate(deciding, rulings, policy)
    return _by_value(evidence, rulings, policy)


def _by_gate(deciding: Ruling, rulings: tuple[Ruling, ...], policy: Policy) -> Verdict:
    kind = deciding.gate.kind
    texts = policy.customer_texts
    return Verdict(
        disposition=Disposition.QUARANTINE,
        destination=deciding.destination or policy.destination(Disposition.QUARANTINE, None),
        decided_by=f"gate:{kind.value}",
        because=f"{deciding.gate.text} {deciding.gate.rule}",
        gates=_gates(rulings),
        expected_values=(),
        runner_up=None,
        next_steps=(*_quarantine_steps(deciding, rulings), *policy.steps(Disposition.QUARANTINE)),
        customer_text=texts.safety if kind in SAFETY else texts.held,
    )


def _by_value(evidence: Evidence, rulings: tuple[Ruling, ...], policy: Policy) -> Verdict:
    forbidden = [way for ruling in rulings for way in ruling.gate.forbidden]
    grades = evidence.condition.grade_probabilities if evidence.condition else {}
    values = expected_values(evidence.case, grades, forbidden, policy)
    if not values:
        return _nothing_open(rulings, policy)
    best, runner_up = values[0], values[1] if len(values) > 1 else None
    rma = evidence.case.rma
    relevant = [ruling for ruling in rulings if best.disposition in ruling.steps_for]
    asked = tuple(dict.fromkeys(step for ruling in relevant for step in ruling.steps))
    own = policy.steps(best.disposition, weee_category=policy.weee_categories[rma.device_class])
    return Verdict(
        disposition=best.disposition,
        destination=policy.destination(best.disposition, rma.country),
        decided_by="value",
        because=_comparison(best, runner_up),
        gates=_gates(rulings),
        expected_values=values,
        runner_up=runner_up,
        next_steps=(*asked, *own),
        customer_text=policy.customer_texts.accepted,
    )


def _nothing_open(rulings: tuple[Ruling, ...], policy: Policy) -> Verdict:
    last = next(ruling for ruling in reversed(rulings) if ruling.gate.forbidden)
    asked = dict.fromkeys(step for ruling in rulings for step in ruling.steps)
    return Verdict(
        disposition=Disposition.QUARANTINE,
        destination=policy.destination(Disposition.QUARANTINE, None),
        decided_by=f"gate:{last.gate.kind.value}",
        because="Together the gates leave no way open: a person must decide.",
        gates=_gates(rulings),
        expected_values=(),
        runner_up=None,
        next_steps=(*asked, *policy.steps(Disposition.QUARANTINE)),
        customer_text=policy.customer_texts.held,
    )


def _gates(rulings: tuple[Ruling, ...]) -> tuple[Gate, ...]:
    return tuple(ruling.gate for ruling in rulings)


def _quarantine_steps(deciding: Ruling, rulings: tuple[Ruling, ...]) -> tuple[str, ...]:
    # The steps of restrictions wait until the device comes out of quarantine; other holds are named now.
    holds = [ruling for ruling in rulings if ruling.has_decided and ruling is not deciding]
    return tuple(dict.fromkeys(step for ruling in (deciding, *holds) for step in ruling.steps))


def _comparison(best: ExpectedValue, runner_up: ExpectedValue | None) -> str:
    if runner_up is None:
        return f"Only one way is open. {best.text}."
    lead = best.amount - runner_up.amount
    return f"{best.text}; {best.currency} {lead:.2f} more than {say(runner_up.disposition)}."
