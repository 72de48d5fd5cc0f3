"""Choose which facts of a return its own case still lacks: what was sent stands."""

from collections.abc import Iterable
from typing import Any

from data.case import ReturnCase
from data.scan import ScanEvent, distinct_scans
from data.verification import Verification
from serving.memory.past import PastFact

SCANS_MOST = 500


def own_facts(
    case: ReturnCase, facts: Iterable[PastFact]
) -> tuple[tuple[dict[str, Any], ...], dict[str, Any] | None]:
    """Return the scans and the verification that known facts add to a case, as they were kept.

    A verification that was sent stands, unless it is only made after the moment of the decision: that is
    known to nobody yet, and must not hide what is.
    """
    in_order = sorted(facts, key=lambda fact: fact.place)
    return _lacking_scans(case, in_order), _lacking_verification(case, in_order)


def _lacking_scans(case: ReturnCase, facts: Iterable[PastFact]) -> tuple[dict[str, Any], ...]:
    have, lacking = list(case.scans), []
    for fact in facts:
        if fact.scan is None or len(have) >= SCANS_MOST:
            continue
        scan = ScanEvent.model_validate(fact.scan)
        if len(distinct_scans([*have, scan])) > len(distinct_scans(have)):
            have.append(scan)
            lacking.append(fact.scan)
    return tuple(lacking)


def _lacking_verification(case: ReturnCase, facts: Iterable[PastFact]) -> dict[str, Any] | None:
    if case.known_verification is not None:
        return None
    found = [
        (Verification.model_validate(fact.verification), fact.place, fact.verification)
        for fact in facts
        if fact.verification is not None
    ]
    # Made before its return was asked for it can't be of this one, and no case holds it.
    possible = [
        (seen.verified_at, place, told)
        for seen, place, told in found
        if case.rma.requested_at <= seen.verified_at and seen.known_since <= case.as_of
    ]
    return max(possible, key=lambda one: one[:2])[2] if possible else None
