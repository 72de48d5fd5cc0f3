"""Find what a device's grade, damage, function and completeness close, one small function each."""

from data.decision import Disposition
from data.identity.spelling import absent_from
from data.rma import ReturnReason
from data.verification import FunctionalGrade
from serving.disposition.decision_table import Finding, Row
from serving.disposition.evidence import Evidence, Limit, deciding_grade, graded_text
from serving.disposition.policy import Policy
from serving.wording import say, say_defect


def ask_limits(evidence: Evidence, policy: Policy) -> tuple[Limit, ...]:
    """Return every limit that the device meets."""
    return (
        *_grade_floors(evidence, policy),
        *_defect_floors(evidence, policy),
        *_function_limits(evidence, policy),
        *_completeness_limits(evidence, policy),
        *_vendor_limits(evidence, policy),
    )


def _grade_floors(evidence: Evidence, policy: Policy) -> list[Limit]:
    condition, share = evidence.condition, policy.condition.unseen_share.value
    grade = deciding_grade(condition, policy) if condition else None
    if condition is None or grade is None:
        return []
    limits = []
    for row in policy.rows(Finding.GRADE_WORSE_THAN):
        if (worst := row.grade) is None:
            continue
        worse = sum(p for grade, p in condition.grade_probabilities.items() if grade.rank > worst.rank)
        if grade.rank > worst.rank or not worse <= share:
            found = f"graded {graded_text(condition)}; worse than {worst.value} with probability {worse:.2f}"
            limits.append(Limit(f"{_ways(row)} grade {worst.value} or better ({found})", row))
    return limits


def _defect_floors(evidence: Evidence, policy: Policy) -> list[Limit]:
    if evidence.condition is None:
        return []
    limits = []
    for row in policy.rows(Finding.DEFECT_FOUND):
        if row.defect is None or row.probability is None:
            continue
        probability = evidence.condition.probability(row.defect)
        # Not below rather than above, so that what is no number counts as found.
        if not probability < row.probability:
            found = f"probability {probability:.2f}, counts from {row.probability:.2f}"
            limits.append(Limit(f"the photos show {say_defect(row.defect)} ({found})", row))
    return limits


def _ways(row: Row) -> str:
    ways = [say(way) for way in Disposition if way in (row.closes or ())]
    return f"{' and '.join(ways) or 'the device'} need{'s' if len(ways) < 2 else ''}"


def _function_limits(evidence: Evidence, policy: Policy) -> list[Limit]:
    functional = evidence.bench.functional
    if functional in policy.condition.works:
        return []
    if functional is FunctionalGrade.FAILED:
        return [Limit("the functional test failed", _row(policy, Finding.FUNCTION_FAILED))]
    steps = policy.steps("function_test")
    is_untested = functional is FunctionalGrade.UNTESTED
    text = "no functional test yet" if is_untested else f"only {functional.value} in the functional test"
    return [Limit(text, _row(policy, Finding.FUNCTION_UNTESTED), steps)]


def _completeness_limits(evidence: Evidence, policy: Policy) -> list[Limit]:
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
    return [Limit(f"missing: {missing}", _row(policy, Finding.ACCESSORIES_MISSING), steps)]


def _unchecked(expected: str, policy: Policy) -> list[Limit]:
    row = _row(policy, Finding.ACCESSORIES_UNCHECKED)
    if not row.closes and row.decides is None:
        return []
    steps = policy.steps("unchecked_accessories", accessories=expected)
    return [Limit(f"nobody has checked the accessories: {expected}", row, steps)]


def _vendor_limits(evidence: Evidence, policy: Policy) -> list[Limit]:
    reason = evidence.case.rma.reason
    if reason in policy.condition.vendor_reasons:
        return []
    is_unknown = reason is ReturnReason.UNKNOWN
    why = "without a known reason" if is_unknown else f"for the reason {say(reason)}"
    row = _row(policy, Finding.REASON_NOT_TAKEN_BACK)
    return [Limit(f"vendors take nothing back {why}", row)]


def _row(policy: Policy, finding: Finding) -> Row:
    [row] = policy.rows(finding)
    return row
