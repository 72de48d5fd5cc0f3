"""Weigh what each open way brings in against what it costs, over what the grade may be."""

from collections.abc import Iterable, Mapping

from data.case import ReturnCase
from data.decision import Disposition, ExpectedValue
from data.defect import Grade
from serving.disposition.policy import VALUED, Policy
from serving.wording import say


def expected_values(
    case: ReturnCase,
    grade_probabilities: Mapping[Grade, float],
    forbidden: Iterable[Disposition],
    policy: Policy,
) -> tuple[ExpectedValue, ...]:
    """Return the expected net value of every way that is open, best first."""
    closed = set(forbidden)
    ways = [way for way in VALUED if way not in closed]
    values = [expected_value(case, grade_probabilities, way, policy) for way in ways]
    return tuple(sorted(values, key=lambda value: -value.amount))


def expected_value(
    case: ReturnCase, grade_probabilities: Mapping[Grade, float], way: Disposition, policy: Policy
) -> ExpectedValue:
    """Return one way's expected net value: proceeds over the grades, less cost and what waiting loses."""
    refund = policy.amount(case.rma.value)
    fractions = policy.values.fractions[way]
    share = sum(probability * fractions[grade] for grade, probability in grade_probabilities.items())
    cost = policy.costs.amounts[way][case.rma.device_class]
    days = policy.dwell.days[way]
    waiting = policy.dwell.loss_per_day * days * refund
    amount = round(share * refund - cost - waiting, 2)
    text = (
        f"{say(way)}: {share:.1%} of {policy.currency} {refund:.2f} less {cost:.2f} cost "
        f"and {waiting:.2f} for {days:g} days = {policy.currency} {amount:.2f}"
    )
    return ExpectedValue(way, amount, policy.currency, text)
