"""Ask the gates that outrank value, in the order of their weight; each cites its rule."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from data.condition import Condition
from data.decision import Disposition, GateKind
from data.defect import DefectKind
from data.fraud import Action
from data.identity.comparison import IdentityComparison, Match, compare
from data.rma import Ownership, ReturnReason
from data.verification import (
    LISTED,
    BatteryKind,
    BatterySign,
    ListStatus,
    LockState,
    Outcome,
    SanitisationState,
    Verification,
)
from serving.disposition.condition_limits import ask_limits
from serving.disposition.decision_table import Finding
from serving.disposition.evidence import (
    Evidence,
    GateAnswer,
    Limit,
    answer_by,
    answer_of,
    deciding_grade,
    graded_text,
    passed,
)
from serving.disposition.policy import Policy
from serving.memory.heed import remembered_text
from serving.photo_proof.prove import proof_text
from serving.wording import say, say_class, say_outcome, say_side

GateFunction = Callable[[Evidence, Policy], GateAnswer]

REUSE = (
    Disposition.RESTOCK,
    Disposition.REFURBISH,
    Disposition.REPAIR,
    Disposition.DONATE,
    Disposition.RETURN_TO_VENDOR,
)
# What is good news is listed, so that a state that nobody thought of here never counts as good.
WITHOUT_DATA = {SanitisationState.CLEAR, SanitisationState.PURGE, SanitisationState.NOT_DATA_BEARING}
UNLOCKED = {LockState.OFF, LockState.NOT_APPLICABLE}
NOT_LISTED = {ListStatus.CLEAN, ListStatus.NOT_APPLICABLE}
NOT_FINANCED = {Ownership.OWNED, Ownership.LEASED}
NOT_VERIFIED = {Outcome.NOT_OPENED, Outcome.UNKNOWN}
SAID_OF_DATA = {
    SanitisationState.CLEAR: "The data was cleared",
    SanitisationState.PURGE: "The data was purged",
    SanitisationState.NOT_DATA_BEARING: "The device holds no data",
    SanitisationState.UNEVALUATED: "Nobody has evaluated yet whether the data is gone",
    SanitisationState.UNKNOWN: "It is not known whether the data is gone",
}


class MissingGate(RuntimeError):
    """A gate would not be asked, or in another order than GateKind has."""


def ask_gates(evidence: Evidence, policy: Policy) -> tuple[GateAnswer, ...]:
    """Ask every gate in order, also those after one that decided, so that a person sees all that is open."""
    return tuple(gate(evidence, policy) for gate in GATES.values())


def require_every_gate() -> None:
    """Raise MissingGate unless GATES asks every gate of GateKind, in its order."""
    if list(GATES) != list(GateKind):
        missing = [kind for kind in GateKind if kind not in GATES]
        found = f"lacks {', '.join(missing)}" if missing else f"asks {', '.join(GATES)} in this order"
        raise MissingGate(f"GATES {found}; give it each of {', '.join(GateKind)}, in that order")


def battery_gate(evidence: Evidence, policy: Policy) -> GateAnswer:
    """Quarantine a device with any sign of a hazardous battery; a photo can raise one, never clear it."""
    signs = _hazard_signs(evidence)
    suspicion = evidence.condition.probability(DefectKind.SWELLING) if evidence.condition else 0.0
    threshold = policy.battery.photo_suspicion.value
    if signs:
        steps = _hazard_steps(evidence, policy, signs)
        text = f"The battery is a hazard: {', '.join(say(sign) for sign in signs)}."
        return answer_of(evidence, policy, Finding.HAZARD_SIGN, text, steps)
    if not suspicion < threshold:
        steps = (*_hazard_steps(evidence, policy, ()), *policy.steps("battery_suspected"))
        text = f"The photos suggest a swollen battery: {suspicion:.2f}, suspicious from {threshold:.2f}."
        return answer_of(evidence, policy, Finding.SWELLING_SUSPECTED, text, steps)
    if _carries_battery(evidence, policy) and BatterySign.NONE_SEEN not in evidence.bench.battery_signs:
        text = "Nobody has looked at the battery yet, and photos can't clear it."
        steps = policy.steps("battery_not_checked")
        return answer_of(evidence, policy, Finding.BATTERY_NOT_CHECKED, text, steps)
    return passed(policy, GateKind.BATTERY, "A person saw no sign of a hazard, or there is no battery.")


def data_gate(evidence: Evidence, policy: Policy) -> GateAnswer:
    """Keep a device that may hold data from leaving the house as a usable device."""
    state = evidence.bench.sanitisation
    if state not in {*WITHOUT_DATA, SanitisationState.DESTROY}:
        text = f"{SAID_OF_DATA.get(state, say(state))}: the device may hold data."
        steps = policy.steps("may_hold_data")
        return answer_of(evidence, policy, Finding.DATA_MAY_REMAIN, text, steps)
    if state is SanitisationState.DESTROY:
        text = "The storage was destroyed: the device can't be used again as it is."
        return answer_of(evidence, policy, Finding.MEDIA_DESTROYED, text, policy.steps("media_destroyed"))
    return passed(policy, GateKind.DATA, f"{SAID_OF_DATA[state]}.")


def lock_and_list_gate(evidence: Evidence, policy: Policy) -> GateAnswer:
    """Hold what is locked, listed or still financed; unknown is a restriction of its own."""
    bench, ownership = evidence.bench, evidence.case.rma.ownership
    if bench.list_status in LISTED:
        text = f"The device is listed as {say(bench.list_status)}."
        return answer_of(evidence, policy, Finding.LISTED, text, policy.steps("listed"))
    if bench.lock is LockState.ON:
        text = "The activation lock is on."
        return answer_of(evidence, policy, Finding.LOCKED, text, policy.steps("lock_on"))
    if ownership is Ownership.FINANCED:
        text = "The device is still financed."
        return answer_of(evidence, policy, Finding.FINANCED, text, policy.steps("financed"))
    unknowns = _unknown_of_lock(bench, ownership)
    if unknowns and evidence.case.rma.device_class in policy.lock_and_list.classes:
        steps = policy.steps("lock_or_list_unknown", unknowns=", ".join(unknowns))
        text = f"Not known yet: {', '.join(unknowns)}."
        return answer_of(evidence, policy, Finding.LOCK_OR_LIST_UNKNOWN, text, steps)
    return passed(policy, GateKind.LOCK_AND_LIST, "Nothing known locks, lists or encumbers the device.")


def recall_gate(evidence: Evidence, policy: Policy) -> GateAnswer:
    """Keep recalled and embargoed products off sale."""
    rma = evidence.case.rma
    if rma.reason is ReturnReason.RECALL:
        text, steps = "The product is under recall.", policy.steps("recalled")
        return answer_of(evidence, policy, Finding.RECALLED, text, steps)
    if rma.sku in policy.recall.embargoed_skus:
        text = f"SKU {rma.sku} is under embargo."
        return answer_of(evidence, policy, Finding.EMBARGOED, text, policy.steps("recalled"))
    return passed(policy, GateKind.RECALL, "No recall or embargo is known.")


def cross_border_gate(evidence: Evidence, policy: Policy) -> GateAnswer:
    """Let a device cross a border for reuse only tested and without data."""
    exported = policy.exported(evidence.case.rma.country)
    if not exported:
        return passed(policy, GateKind.CROSS_BORDER, f"Every way open stays in {policy.site.country}.")
    bench = evidence.bench
    ways = " or ".join(say(way) for way in exported)
    holds_no_data = bench.sanitisation in {*WITHOUT_DATA, SanitisationState.DESTROY}
    works = bench.functional in policy.condition.works
    if works and holds_no_data:
        found = f"it was tested ({bench.functional.value}) and holds no data"
        text = f"To {ways} it has to leave {policy.site.country}: {found}."
        answer = passed(policy, GateKind.CROSS_BORDER, text)
        return replace(answer, steps=policy.steps("export"), steps_for=exported)
    lacking = {"no functional test shows that it works": not works, "it may hold data": not holds_no_data}
    why = ", and ".join(text for text, is_lacking in lacking.items() if is_lacking)
    text = f"To {ways} it would have to leave {policy.site.country}, but {why}."
    steps = policy.steps("compliance_review")
    return answer_of(evidence, policy, Finding.EXPORT_NOT_CLEARED, text, steps)


def fraud_gate(evidence: Evidence, policy: Policy) -> GateAnswer:
    """Hold or review by the action that the fraud score asks for."""
    fraud = evidence.fraud
    at_stake = fraud.probability * policy.fraud.loss_share * policy.amount(evidence.case.rma.value)
    told = (remembered_text(fraud), proof_text(fraud), *(f"{floor.text}." for floor in fraud.floors))
    found = [text for text in told if text]
    lead = "".join(f"{text} " for text in found)
    odds = f"{lead}Fraud probability {fraud.probability:.2f} ({policy.currency} {at_stake:.2f} at stake)"
    if fraud.action is Action.HOLD:
        text = f"{odds}: held, a hold costs {policy.currency} {policy.fraud.hold_cost:.2f}."
        return answer_of(evidence, policy, Finding.FRAUD_HOLD, text, policy.steps("fraud_hold"))
    if fraud.action is Action.REVIEW:
        text = f"{odds}: a review costs {policy.currency} {policy.fraud.review_cost:.2f}."
        return answer_of(evidence, policy, Finding.FRAUD_REVIEW, text, policy.steps("fraud_review"))
    return passed(policy, GateKind.FRAUD, f"{odds}: below the review threshold.")


def evidence_gate(evidence: Evidence, policy: Policy) -> GateAnswer:
    """Send to a person what could not be graded or is not what the RMA says."""
    difference = _difference(evidence)
    if difference:
        steps = policy.steps("wrong_contents")
        return answer_of(evidence, policy, Finding.WRONG_CONTENTS, difference, steps)
    if evidence.condition is None:
        text = "There are no photos, so no condition is known."
        steps = policy.steps("take_photos")
        return answer_of(evidence, policy, Finding.NO_PHOTOS, text, steps)
    if deciding_grade(evidence.condition, policy) is None:
        return _abstained(evidence, evidence.condition, policy)
    limits = [*_not_verified(evidence, policy), *_not_shown(evidence.condition, policy)]
    if not limits:
        source = "" if evidence.condition.decides_as_seen else " from photos"
        text = f"Verified, and graded {graded_text(evidence.condition)}{source}."
        return passed(policy, GateKind.EVIDENCE, text)
    text = " ".join(limit.text for limit in limits)
    steps = tuple(step for limit in limits for step in limit.steps)
    return answer_by([limit.row for limit in limits], evidence, policy, text, steps)


def condition_gate(evidence: Evidence, policy: Policy) -> GateAnswer:
    """Close the ways that grade, function, completeness or the reason of the return do not allow."""
    limits = ask_limits(evidence, policy)
    if not limits:
        return passed(policy, GateKind.CONDITION, "Grade, function and completeness allow every way.")
    text = "; ".join(limit.text for limit in limits)
    steps = [step for limit in limits for step in limit.steps]
    rows = [limit.row for limit in limits]
    answer = answer_by(rows, evidence, policy, f"{text[0].upper()}{text[1:]}.", steps)
    return replace(answer, steps_for=REUSE)


GATES: Mapping[GateKind, GateFunction] = {
    GateKind.BATTERY: battery_gate,
    GateKind.DATA: data_gate,
    GateKind.LOCK_AND_LIST: lock_and_list_gate,
    GateKind.RECALL: recall_gate,
    GateKind.CROSS_BORDER: cross_border_gate,
    GateKind.FRAUD: fraud_gate,
    GateKind.EVIDENCE: evidence_gate,
    GateKind.CONDITION: condition_gate,
}


def _hazard_signs(evidence: Evidence) -> tuple[str, ...]:
    signs = {sign.value for sign in evidence.hazard_signs}
    has_battery = evidence.bench.battery_kind is not BatteryKind.NONE
    if evidence.case.rma.reason is ReturnReason.RECALL and has_battery:
        signs.add(BatterySign.RECALLED.value)
    return tuple(sorted(signs))


def _hazard_steps(evidence: Evidence, policy: Policy, signs: tuple[str, ...]) -> tuple[str, ...]:
    is_critical = any(sign in policy.battery.critical_signs for sign in signs)
    packing = policy.battery.packing["critical" if is_critical else "not_critical"]
    un_number = policy.battery.un_numbers[evidence.bench.battery_kind]
    return policy.steps("battery_hazard", un_number=un_number, packing=packing)


def _carries_battery(evidence: Evidence, policy: Policy) -> bool:
    kind = evidence.bench.battery_kind
    if kind is BatteryKind.UNKNOWN:
        return evidence.case.rma.device_class in policy.battery.classes
    return kind is not BatteryKind.NONE


def _unknown_of_lock(bench: Verification, ownership: Ownership) -> tuple[str, ...]:
    states = {
        "activation lock": bench.lock not in UNLOCKED,
        "stolen-device list": bench.list_status not in NOT_LISTED,
        "open financing": ownership not in NOT_FINANCED,
    }
    return tuple(name for name, is_unknown in states.items() if is_unknown)


def _difference(evidence: Evidence) -> str | None:
    rma, bench = evidence.case.rma, evidence.bench
    if bench.outcome not in {Outcome.MATCH, *NOT_VERIFIED}:
        return f"The bench found {say_outcome(bench.outcome) or say(bench.outcome)}."
    if bench.observed_device_class not in {None, rma.device_class}:
        found = say_class(bench.observed_device_class)
        return f"The RMA expects {say_class(rma.device_class)}; the bench found {found}."
    return _other_unit(compare(rma.identity, bench.identity))


def _other_unit(found: IdentityComparison) -> str | None:
    """Say how serial or IMEI object to taking the device for the one that was sold; None if neither does."""
    against = found.objection
    if against is None:
        return None
    name = "serial" if against is found.serial else "IMEI"
    shown = f"The RMA expects {name} {against.expected}; the device shows {against.observed}"
    if against.match is Match.OTHER:
        return f"{shown}."
    if against.match is Match.SLIP:
        return f"{shown}, which {against.why}."
    return f"{shown}, which can't be compared with it: read it again."


def _not_verified(evidence: Evidence, policy: Policy) -> list[Limit]:
    if evidence.bench.outcome is Outcome.MATCH:
        return []
    [row] = policy.rows(Finding.NOT_VERIFIED)
    text = "The parcel was not verified against its RMA yet."
    return [Limit(text, row, policy.steps("not_verified"))]


def _not_shown(condition: Condition, policy: Policy) -> list[Limit]:
    """Return what a grade as far as seen leaves closed until its missing faces are seen."""
    seen = condition.decides_as_seen
    if seen is None or not seen.missing_faces:
        return []
    [row] = policy.rows(Finding.GRADED_AS_SEEN)
    faces = [say_side(face) for face in seen.missing_faces]
    unseen = f"no photo that can be judged shows the {' or the '.join(faces)}"
    text = f"Graded {graded_text(condition)}, and {unseen}."
    return [Limit(text, row, policy.steps("missing_faces", faces=" and the ".join(faces)))]


def _abstained(evidence: Evidence, condition: Condition, policy: Policy) -> GateAnswer:
    instructions = [text for photo in condition.photos for text in photo.quality.instructions]
    found = dict.fromkeys(say(reason).rstrip(".") for reason in condition.abstain_reasons)
    reasons = "; ".join(found) or "no reason given"
    steps = (*dict.fromkeys(instructions), *policy.steps("retake_photos"))
    text = f"The photos do not allow a grade: {reasons}."
    return answer_of(evidence, policy, Finding.NO_GRADE, text, steps)
