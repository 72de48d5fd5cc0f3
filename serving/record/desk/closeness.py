"""Say of a decision that holds nothing back why somebody should look at it all the same."""

from collections.abc import Mapping

from data.condition import Condition
from data.decision import Decision
from data.fraud import Action, FraudScore, Moment
from serving.record.desk.desk_rules import DeskRules, NearThreshold, ReviewReason


def looks_asked(
    decision: Decision, worth: float, limit: float, rules: DeskRules, review_at: Mapping[Moment, float]
) -> tuple[ReviewReason, ...]:
    """Return for which reasons a decision is to be looked at beside those that hold it.

    `worth` and `limit` are in one currency; `review_at` is from which probability a return is reviewed.
    """
    near = rules.near_threshold
    is_near = _is_grade_near(decision.condition, near) or _is_fraud_near(decision.fraud, near, review_at)
    found = {ReviewReason.ABOVE_VALUE: not worth <= limit, ReviewReason.NEAR_THRESHOLD: is_near}
    return tuple(reason for reason, holds in found.items() if holds)


def _is_grade_near(condition: Condition | None, near: NearThreshold) -> bool:
    if condition is None or condition.deciding_grade is None:
        return False
    seen, graded = condition.as_far_as_seen, condition.deciding_grade
    # A grade that is given by what is stated of its views is as sure as it is by them.
    is_by_views = seen is not None and (condition.grade is None or seen.assurance == condition.assurance)
    assurance = seen.assurance if seen and is_by_views else condition.assurance
    if assurance is None:
        return False
    probability = seen.probability if seen and is_by_views else condition.grade_probabilities[graded]
    return probability < assurance.least_probability + near.grade.value


def _is_fraud_near(fraud: FraudScore, near: NearThreshold, review_at: Mapping[Moment, float]) -> bool:
    if fraud.action is not Action.RELEASE:
        return False
    highest = max(fraud.probability, fraud.review_priority or 0.0)
    # Asked for the good news, so that what is no number is never good.
    return not highest < near.fraud.value * review_at[fraud.moment]
