"""Find what a device's grade, function and completeness close, one small function each."""

from collections.abc import Collection
from dataclasses import dataclass

from data.decision import Disposition
from data.identity.spelling import absent_from
from data.rma import ReturnReason
from data.verification import FunctionalGrade
from serving.disposition.evidence import Evidence
from serving.disposition.policy import Policy
from serving.wording import say


@dataclass(frozen=True)
class ConditionLimit:
    """Why some ways are closed, which, and what the operator can do about it."""

    text: str
    closed: Collection[Disposition]
    steps: tuple[str, ...] = ()


def ask_limits(evidence: Evidence, policy: Policy) -> tuple[ConditionLimit, ...]:
    """Return every limit that the device meets."""
    return (
        *_grade_limits(evidence, policy),
        *_function_limits(evidence, policy),
        *_completeness_limits(evidence, policy),
        *_vendor_limits(evidence, policy),
    )


def _grade_limits(evidence: Evidence, policy: Policy) -> list[ConditionLimit]:
    condition, share = evidence.condition, policy.condition.unseen_share.value
    if condition is None or condition.grade is None:
        return []
    limits = []
    for way, worst in policy.condition.worst_grade.items():
        worse = sum(p for grade, p in condition.grade_probabilities.items() if grade.rank > worst.rank)
        if condition.grade.rank > worst.rank or not worse <= share:
            found = f"graded {condition.grade.value}; worse than {worst.value} with probability {worse:.2f}"
            limits.append(ConditionLimit(f"{say(way)} needs grade {worst.value} or better ({found})", (way,)))
    return limits


def _function_limits(evidence: Evidence, policy: Policy) -> list[ConditionLimit]:
    functional = evidence.bench.functional
    closed = policy.condition.closed_by
    if functional in policy.condition.works:
        return []
    if functional is FunctionalGrade.FAILED:
        return [ConditionLimit("the functional test failed", closed.failed_function)]
    steps = policy.steps("function_test")
    is_untested = functional is FunctionalGrade.UNTESTED
    text = "no functional test yet" if is_untested else f"only {functional.value} in the functional test"
    return [ConditionLimit(text, closed.untested_function, steps)]


def _completeness_limits(evidence: Evidence, policy: Policy) -> list[ConditionLimit]:
    expected, found = evidence.case.rma.expected_accessories, evidence.bench.accessories
    if not expected:
        return []
    if found is None:
        return _unchecked(", ".join(sorted(expected)), policy)
    absent = absent_from(found, expected)
    if not absent:
        return []
    missing = ", ".join(sorted(absent))
    steps = policy.steps("missing_accessories", accessories=missing)
    return [ConditionLimit(f"missing: {missing}", policy.condition.closed_by.missing_accessories, steps)]


def _unchecked(expected: str, policy: Policy) -> list[ConditionLimit]:
    ways = policy.condition.closed_by.unchecked_accessories
    if not ways:
        return []
    steps = policy.steps("unchecked_accessories", accessories=expected)
    return [ConditionLimit(f"nobody has checked the accessories: {expected}", ways, steps)]


def _vendor_limits(evidence: Evidence, policy: Policy) -> list[ConditionLimit]:
    reason = evidence.case.rma.reason
    if reason in policy.condition.vendor_reasons:
        return []
    is_unknown = reason is ReturnReason.UNKNOWN
    why = "without a known reason" if is_unknown else f"for the reason {say(reason)}"
    return [ConditionLimit(f"vendors take nothing back {why}", (Disposition.RETURN_TO_VENDOR,))]
