"""Say what would change a decision for the better: ask again with one open point settled well."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from data.condition import Condition
from data.decision import Change, Disposition, WouldChange
from data.defect import Grade
from data.device import View
from data.fraud import Action
from data.rma import Ownership
from data.verification import (
    LISTED,
    BatterySign,
    FunctionalGrade,
    ListStatus,
    LockState,
    Outcome,
    SanitisationState,
)
from serving.disposition.evidence import Evidence, deciding_grade
from serving.disposition.gates import NOT_FINANCED, NOT_LISTED, NOT_VERIFIED, UNLOCKED, WITHOUT_DATA
from serving.disposition.policy import Policy
from serving.wording import say

MOST = 5
"""Changes that an answer tells at most, those worth most first."""
LEAST_GAIN = 0.01


@dataclass(frozen=True)
class Worth:
    """Where a device goes, and what that is expected to bring; nothing in quarantine."""

    disposition: Disposition
    amount: float = 0.0


@dataclass(frozen=True)
class Move:
    """One or more open points that are settled well, and the evidence as it would be then."""

    change: Change
    said: str
    evidence: Evidence


Ask = Callable[[Evidence], Worth]


def what_would_change(evidence: Evidence, now: Worth, ask: Ask, policy: Policy) -> tuple[WouldChange, ...]:
    """Return what leads to another disposition that is worth more, best first.

    A hazard, a recall, a listing or other contents than were sold are no open points: nothing settles them.
    """
    found = [*_settled_better(evidence, now, ask, policy), *_graded_better(evidence, now, ask, policy)]
    found.sort(key=lambda one: (-one[1].amount, list(Change).index(one[0].change)))
    return tuple(_told(move, worth, now, policy) for move, worth in found[:MOST])


def _settled_better(evidence: Evidence, now: Worth, ask: Ask, policy: Policy) -> list[tuple[Move, Worth]]:
    """Return the open points that lead to more, each alone and those that only help together."""
    moves = list(_moves(evidence, policy))
    whole = ask(_settled(evidence, [move.change for move in moves], policy)) if moves else now
    # A settled point opens ways and closes none: what all of them do not bring, no one alone does.
    if not _is_better(whole, now):
        return []
    asked = [(move, ask(move.evidence)) for move in moves]
    found = [(move, worth) for move, worth in asked if _is_better(worth, now)]
    best = max([now, *(worth for _, worth in found)], key=lambda worth: worth.amount)
    return found + _all_it_takes(evidence, moves, best, ask, policy)


def _is_better(worth: Worth, now: Worth) -> bool:
    is_out = worth.disposition is not Disposition.QUARANTINE
    return is_out and worth.disposition is not now.disposition and worth.amount - now.amount >= LEAST_GAIN


def _told(move: Move, worth: Worth, now: Worth, policy: Policy) -> WouldChange:
    gain = round(worth.amount - now.amount, 2)
    text = f"{move.said}: {say(worth.disposition)}, {policy.currency} {gain:+.2f}"
    return WouldChange(move.change, worth.disposition, gain, policy.currency, text)


def _moves(evidence: Evidence, policy: Policy) -> Iterator[Move]:
    """Yield each open point of a return, settled well."""
    for change, (said, settle) in SETTLED.items():
        settled = settle(evidence, policy)
        if settled is not None:
            yield Move(change, said, settled)


def _all_it_takes(
    evidence: Evidence, moves: list[Move], best: Worth, ask: Ask, policy: Policy
) -> list[tuple[Move, Worth]]:
    """Return the open points that together, and no fewer of them, lead to more than any one alone."""
    changes = [move.change for move in moves]
    worth = ask(_settled(evidence, changes, policy))
    if len(changes) < 2 or not _is_better(worth, best):
        return []
    for change in list(changes):
        fewer = [one for one in changes if one is not change]
        if ask(_settled(evidence, fewer, policy)) == worth:
            changes = fewer
    said = ", ".join(SETTLED[change][0] for change in changes)
    return [(Move(Change.TOGETHER, said, _settled(evidence, changes, policy)), worth)]


def _settled(evidence: Evidence, changes: list[Change], policy: Policy) -> Evidence:
    for change in changes:
        evidence = SETTLED[change][1](evidence, policy) or evidence
    return evidence


def _graded_better(evidence: Evidence, now: Worth, ask: Ask, policy: Policy) -> list[tuple[Move, Worth]]:
    """Return the nearest grade by a person that would change the way, from the likeliest without one."""
    condition = evidence.condition
    if condition is None:
        return []
    for grade in _grades_of_a_person(condition, policy):
        certain = {each: 1.0 if each is grade else 0.0 for each in Grade}
        seen = replace(condition, grade=grade, grade_probabilities=certain, abstain_reasons=())
        changed = replace(evidence, condition=seen)
        worth = ask(changed)
        if _is_better(worth, now):
            return [(Move(Change.GRADED_BY_PERSON, f"graded {grade.value} by a person", changed), worth)]
    return []


def _grades_of_a_person(condition: Condition, policy: Policy) -> list[Grade]:
    given, seen = deciding_grade(condition, policy), condition.decides_as_seen
    if given is not None and (seen is None or not seen.missing_faces):
        return [grade for grade in reversed(Grade) if grade.rank < given.rank]
    likely = max(condition.grade_probabilities.items(), key=lambda one: one[1], default=(None, 0.0))
    return [likely[0]] if likely[0] is not None and likely[1] > 0 else []


def _bench(evidence: Evidence, **found: Any) -> Evidence:
    """Return the evidence with other findings of the bench."""
    bench = evidence.bench.model_copy(update=found)
    return replace(evidence, case=evidence.case.model_copy(update={"verification": bench}))


def _owned(evidence: Evidence) -> Evidence:
    rma = evidence.case.rma.model_copy(update={"ownership": Ownership.OWNED})
    return replace(evidence, case=evidence.case.model_copy(update={"rma": rma}))


def _verified(evidence: Evidence, _: Policy) -> Evidence | None:
    is_open = evidence.bench.outcome in NOT_VERIFIED
    return _bench(evidence, outcome=Outcome.MATCH) if is_open else None


def _battery_checked(evidence: Evidence, _: Policy) -> Evidence | None:
    is_open = not evidence.bench.battery_signs
    return _bench(evidence, battery_signs=frozenset({BatterySign.NONE_SEEN})) if is_open else None


def _sanitised(evidence: Evidence, _: Policy) -> Evidence | None:
    is_open = evidence.bench.sanitisation not in {*WITHOUT_DATA, SanitisationState.DESTROY}
    return _bench(evidence, sanitisation=SanitisationState.PURGE) if is_open else None


def _lock_removed(evidence: Evidence, _: Policy) -> Evidence | None:
    return _bench(evidence, lock=LockState.OFF) if evidence.bench.lock is LockState.ON else None


def _released_by_lender(evidence: Evidence, _: Policy) -> Evidence | None:
    return _owned(evidence) if evidence.case.rma.ownership is Ownership.FINANCED else None


def _looked_up(evidence: Evidence, _: Policy) -> Evidence | None:
    """Settle what is unknown of lock, list and financing; what is known to be bad stays."""
    bench, ownership = evidence.bench, evidence.case.rma.ownership
    unknown: dict[str, Any] = {}
    if bench.lock not in {*UNLOCKED, LockState.ON}:
        unknown["lock"] = LockState.OFF
    if bench.list_status not in {*NOT_LISTED, *LISTED}:
        unknown["list_status"] = ListStatus.CLEAN
    is_owner_known = ownership in {*NOT_FINANCED, Ownership.FINANCED}
    if not unknown and is_owner_known:
        return None
    looked_up = _bench(evidence, **unknown)
    return looked_up if is_owner_known else _owned(looked_up)


def _function_tested(evidence: Evidence, policy: Policy) -> Evidence | None:
    works = [grade for grade in FunctionalGrade if grade in policy.condition.works]
    is_open = evidence.bench.functional is FunctionalGrade.UNTESTED and works
    return _bench(evidence, functional=works[0]) if is_open else None


def _set_complete(evidence: Evidence, _: Policy) -> Evidence | None:
    expected = evidence.case.rma.expected_accessories or frozenset()
    found = evidence.bench.accessories or frozenset()
    return _bench(evidence, accessories=expected | found) if expected - found else None


def _missing_faces_shown(evidence: Evidence, policy: Policy) -> Evidence | None:
    """Settle that a face is not seen; what it may hide stays in the odds of the grades."""
    condition = evidence.condition
    seen = condition.decides_as_seen if condition and policy.takes_grades_as_seen else None
    if condition is None or seen is None or not seen.missing_faces:
        return None
    shown = [view for view in View if view.surface in seen.missing_faces]
    whole = replace(seen, views=(*seen.views, *shown))
    return replace(evidence, condition=replace(condition, as_far_as_seen=whole))


def _released(evidence: Evidence, _: Policy) -> Evidence | None:
    is_open = evidence.fraud.action is not Action.RELEASE
    return replace(evidence, fraud=replace(evidence.fraud, action=Action.RELEASE)) if is_open else None


Settle = Callable[[Evidence, Policy], Evidence | None]
# Each open point with its words and what settles it; it returns None where the point is not open.
SETTLED: Mapping[Change, tuple[str, Settle]] = {
    Change.VERIFIED: ("verified as what was sold", _verified),
    Change.BATTERY_CHECKED: ("battery checked and sound", _battery_checked),
    Change.SANITISED: ("sanitised", _sanitised),
    Change.LOCK_REMOVED: ("activation lock removed", _lock_removed),
    Change.RELEASED_BY_LENDER: ("released by the lender", _released_by_lender),
    Change.LOOKED_UP: ("looked up and free", _looked_up),
    Change.FUNCTION_TESTED: ("functional test passed", _function_tested),
    Change.SET_COMPLETE: ("set found complete", _set_complete),
    Change.MISSING_FACES_SHOWN: ("missing side photographed", _missing_faces_shown),
    Change.RELEASED_BY_REVIEWER: ("released by a reviewer", _released),
}
