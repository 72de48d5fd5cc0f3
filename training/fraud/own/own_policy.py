"""Write a fraud policy with the operating points and the base rate of an operator's own returns."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from data.fraud import Moment
from serving.fraud.policy import FraudPolicy, read_fraud_policy
from training.fraud.operating import OperatingPoint

DIGITS = 4
HEAD = """\
# Written by `regrade evaluate fraud --cases FILE --outcomes FILE --policy FILE`: thresholds and base rate by
# own returns, everything else as in the policy that was in force. Serve it with REGRADE_FRAUD_POLICY.
"""


def write_own_policy(
    policy: FraudPolicy, points: Mapping[Moment, Sequence[OperatingPoint]], source: str, path: Path
) -> FraudPolicy:
    """Write the policy in force with measured operating points, and return it as it is read again.

    No review threshold lies above the hold threshold of its moment, so none is more lenient than a hold.
    """
    body = policy.model_dump(mode="json", exclude={"sha256"}, exclude_none=True)
    body |= {
        "version": f"{policy.version.removesuffix('-own')}-own",
        "source": source,
        "operating_points": _table(policy, points),
    }
    body["review_at"] = {moment.value: _named(policy, moment, points[moment]) for moment in Moment}
    text = yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=120)
    path.write_text(HEAD + text, encoding="utf-8")
    return read_fraud_policy(path)


def _table(
    policy: FraudPolicy, points: Mapping[Moment, Sequence[OperatingPoint]]
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for moment, several in points.items():
        for point in several:
            # Rounded down: a return at the edge of the capacity is reviewed.
            threshold = max(int(point.threshold * 10**DIGITS) / 10**DIGITS, 10**-DIGITS)
            found.setdefault(point.name, {})[moment.value] = min(threshold, policy.hold[moment])
    return found


def _named(policy: FraudPolicy, moment: Moment, points: Sequence[OperatingPoint]) -> str:
    """Return the point that the policy reviews at, or where it is none of those measured the largest."""
    asked, names = policy.review_at[moment], [point.name for point in points]
    return asked if asked in names else min(points, key=lambda point: point.threshold).name
