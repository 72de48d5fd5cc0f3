"""Decide what happens to a device: first the gates, then the expected net value of what they leave open."""

from dataclasses import dataclass, replace

from data.decision import Destination, Disposition, ExpectedValue, Gate, GateKind, OwnCurrency, WouldChange
from serving.disposition.evidence import Evidence, GateAnswer
from serving.disposition.expected_value import expected_values
from serving.disposition.gates import ask_gates
from serving.disposition.own_currency import in_own_currency
from serving.disposition.policy import Policy
from serving.disposition.would_change import Worth, what_would_change
from serving.wording import say

SAFETY = {GateKind.BATTERY, GateKind.RECALL}


@dataclass(frozen=True)
class DispositionChoice:
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
    would_change: tuple[WouldChange, ...] = ()
    own_currency: OwnCurrency | None = None

    @property
    def worth(self) -> Worth:
        """Return what the choice is expected to bring."""
        amounts = [value.amount for value in self.expected_values]
        return Worth(self.disposition, amounts[0] if amounts else 0.0)


def dispose(evidence: Evidence, policy: Policy) -> DispositionChoice:
    """Choose what happens to a device and say what would change it; raises UnknownCurrency as `choose`."""
    evidence = evidence.for_gates
    choice = choose(evidence, policy)

    def ask(other: Evidence) -> Worth:
        return choose(other, policy).worth

    changes = what_would_change(evidence, choice.worth, ask, policy)
    own = in_own_currency(evidence.case.rma.value, choice.expected_values, policy)
    return replace(choice, would_change=changes, own_currency=own)


def choose(evidence: Evidence, policy: Policy) -> DispositionChoice:
    """Ask the gates in order; the first that decides wins, otherwise the best expected value does.

    Raises UnknownCurrency when the policy has no rate for the currency of the return.
    """
    evidence = evidence.for_gates
    policy = policy.for_return(evidence.case.rma)
    answers = ask_gates(evidence, policy)
    deciding = next((answer for answer in answers if answer.has_decided), None)
    if deciding is not None:
        return _by_gate(deciding, answers, policy)
    return _by_value(evidence, answers, policy)


def _by_gate(deciding: GateAnswer, answers: tuple[GateAnswer, ...], policy: Policy) -> DispositionChoice:
    kind = deciding.gate.kind
    texts = policy.customer_texts
    return DispositionChoice(
        disposition=Disposition.QUARANTINE,
        destination=deciding.destination or policy.destination(Disposition.QUARANTINE, None),
        decided_by=f"gate:{kind.value}",
        because=f"{deciding.gate.text} {deciding.gate.rule}",
        gates=_gates(answers),
        expected_values=(),
        runner_up=None,
        next_steps=(*_quarantine_steps(deciding, answers), *policy.steps(Disposition.QUARANTINE)),
        customer_text=texts.safety if kind in SAFETY else texts.held,
    )


def _by_value(evidence: Evidence, answers: tuple[GateAnswer, ...], policy: Policy) -> DispositionChoice:
    forbidden = [way for answer in answers for way in answer.gate.forbidden]
    grades = evidence.condition.grade_probabilities if evidence.condition else {}
    values = expected_values(evidence.case, grades, forbidden, policy)
    if not values:
        return _nothing_open(answers, policy)
    best, runner_up = values[0], values[1] if len(values) > 1 else None
    rma = evidence.case.rma
    relevant = [answer for answer in answers if best.disposition in answer.steps_for]
    asked = tuple(dict.fromkeys(step for answer in relevant for step in answer.steps))
    own = policy.steps(best.disposition, weee_category=policy.weee_categories[rma.device_class])
    return DispositionChoice(
        disposition=best.disposition,
        destination=policy.destination(best.disposition, rma.country),
        decided_by="value",
        because=_comparison(best, runner_up),
        gates=_gates(answers),
        expected_values=values,
        runner_up=runner_up,
        next_steps=(*asked, *own),
        customer_text=policy.customer_texts.accepted,
    )


def _nothing_open(answers: tuple[GateAnswer, ...], policy: Policy) -> DispositionChoice:
    last = next(answer for answer in reversed(answers) if answer.gate.forbidden)
    asked = dict.fromkeys(step for answer in answers for step in answer.steps)
    return DispositionChoice(
        disposition=Disposition.QUARANTINE,
        destination=policy.destination(Disposition.QUARANTINE, None),
        decided_by=f"gate:{last.gate.kind.value}",
        because="Together the gates leave no way open: a person must decide.",
        gates=_gates(answers),
        expected_values=(),
        runner_up=None,
        next_steps=(*asked, *policy.steps(Disposition.QUARANTINE)),
        customer_text=policy.customer_texts.held,
    )


def _gates(answers: tuple[GateAnswer, ...]) -> tuple[Gate, ...]:
    return tuple(answer.gate for answer in answers)


def _quarantine_steps(deciding: GateAnswer, answers: tuple[GateAnswer, ...]) -> tuple[str, ...]:
    # The steps of restrictions wait until the device comes out of quarantine; other holds are named now.
    holds = [answer for answer in answers if answer.has_decided and answer is not deciding]
    return tuple(dict.fromkeys(step for answer in (deciding, *holds) for step in answer.steps))


def _comparison(best: ExpectedValue, runner_up: ExpectedValue | None) -> str:
    if runner_up is None:
        return f"Only one way is open: {best.text}."
    lead = best.amount - runner_up.amount
    return f"{best.text}; {best.currency} {lead:.2f} more than {say(runner_up.disposition)}."
