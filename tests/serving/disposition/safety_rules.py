"""State what must never happen, in the words of the house rules and not by the code that keeps them.

A rule looks at facts and says which ways must be closed. `EXPORT` stands for every way that leaves the
country of the site; `ALL` for quarantine and nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from data.condition import Condition
from data.decision import Disposition, GateKind
from data.defect import DefectKind, Grade
from data.device import DeviceClass, View
from data.fraud import Action
from data.rma import Ownership, ReturnReason
from data.verification import (
    BatteryKind,
    BatterySign,
    FunctionalGrade,
    ListStatus,
    LockState,
    Outcome,
    SanitisationState,
    Verification,
)
from serving.disposition.evidence import Evidence
from tests.serving.clear_return import clear_case, graded_as_seen, photographed, scored

EXPORT = "export"
OUT = frozenset({"restock", "donate", "return_to_vendor"})
OUT_OR_ABROAD = OUT | {EXPORT}
RESALE = frozenset({"restock", "refurbish", "repair", "donate"})
ALL = frozenset(way.value for way in Disposition if way is not Disposition.QUARANTINE)
NOTHING: frozenset[str] = frozenset()

CLEAR = clear_case()
WITH_BATTERY = {"phone", "tablet", "laptop", "iot_sensor", "other"}
WITH_LOCK = {"phone", "tablet", "laptop"}
HAZARDS = frozenset(BatterySign) - {BatterySign.NONE_SEEN}
SUSPICIOUS_FROM = 0.5
# Photos of a device: none, such as allow no grade, a sure grade, one that may be worse, or one that is worse
# than the odds say.
DOUBT = {"A": 0.55, "B": 0.15, "C": 0.15, "D": 0.1, "E": 0.05}
GRADES: Mapping[str, dict[str, float]] = {
    **{grade.value: {grade.value: 1.0} for grade in Grade},
    "doubtful": DOUBT,
    "worse than its odds": {"A": 1.0},
}
NAMED = {"doubtful": Grade.A, "worse than its odds": Grade.E}
# How the grade is given: of the whole device, or as far as these views show; with a person nobody gave it.
AS_SEEN: Mapping[str, tuple[View, ...]] = {
    "whole": (),
    "front": (View.FRONT_OFF, View.FRONT_ON, View.LEFT),
    "back": (View.BACK,),
    "edges": (View.EDGE, View.LEFT, View.LABEL),
    "both": (View.FRONT_RAKING, View.BACK),
    "with a person": (View.FRONT_OFF, View.BACK),
}
ACCESSORIES: Mapping[str, tuple[frozenset[str] | None, frozenset[str] | None]] = {
    "not expected": (None, None),
    "unchecked": (frozenset({"charger"}), None),
    "missing": (frozenset({"charger"}), frozenset()),
    "whole": (frozenset({"charger"}), frozenset({"charger"})),
}
IDENTITIES: Mapping[str, tuple[str | None, str | None]] = {
    "not read": ("F2LX9K3M", None),
    "same": ("F2LX9K3M", "F2LX9K3M"),
    "slip": ("F2LX9K3M", "F2LX9K3N"),
    "other": ("F2LX9K3M", "ZZ99YY88"),
}


@dataclass(frozen=True)
class Facts:
    """Everything that gates read of a return; by default nothing is open."""

    device_class: DeviceClass = DeviceClass.PHONE
    reason: ReturnReason = ReturnReason.DEFECTIVE
    ownership: Ownership = Ownership.OWNED
    country: str | None = "CA"
    embargoed: bool = False
    signs: frozenset[BatterySign] = frozenset({BatterySign.NONE_SEEN})
    kind: BatteryKind = BatteryKind.LITHIUM_ION
    swelling: float = 0.0
    damage: frozenset[DefectKind] = frozenset()
    sanitisation: SanitisationState = SanitisationState.PURGE
    lock: LockState = LockState.OFF
    list_status: ListStatus = ListStatus.CLEAN
    functional: FunctionalGrade = FunctionalGrade.F5
    accessories: str = "whole"
    outcome: Outcome = Outcome.MATCH
    observed_class: DeviceClass | None = None
    identity: str = "same"
    photos: str = "A"
    as_seen: str = "whole"
    action: Action = Action.RELEASE

    def evidence(self) -> Evidence:
        """Return the evidence that says this."""
        expected, found = ACCESSORIES[self.accessories]
        sold, read = IDENTITIES[self.identity]
        rma = CLEAR.rma.model_copy(
            update={
                "device_class": self.device_class,
                "reason": self.reason,
                "ownership": self.ownership,
                "country": self.country,
                "sku": "EMBARGOED" if self.embargoed else "PH-128",
                "expected_accessories": expected,
                "expected_serial": sold,
            }
        )
        assert CLEAR.verification is not None
        bench = CLEAR.verification.model_copy(update=self._bench(found, read))
        case = CLEAR.model_copy(update={"rma": rma, "verification": bench})
        return Evidence(case, self._condition(), SCORES[self.action])

    def _bench(self, found: frozenset[str] | None, read: str | None) -> dict[str, object]:
        return {
            "outcome": self.outcome,
            "observed_device_class": self.observed_class,
            "observed_serial": read,
            "accessories": found,
            "lock": self.lock,
            "list_status": self.list_status,
            "sanitisation": self.sanitisation,
            "battery_kind": self.kind,
            "battery_signs": self.signs,
            "functional": self.functional,
        }

    def _condition(self) -> Condition | None:
        if self.photos == "none":
            return None
        condition = self._graded() if self.photos in GRADES else photographed(None)
        [photo] = condition.photos
        shown = dict.fromkeys(self.damage, 0.9) | {DefectKind.SWELLING: self.swelling}
        return replace(condition, photos=(replace(photo, defect_probabilities=shown),))

    def _graded(self) -> Condition:
        grade, shares = NAMED.get(self.photos) or Grade(self.photos), GRADES[self.photos]
        if self.as_seen == "whole":
            return photographed(grade, **shares)
        needs_person = self.as_seen == "with a person"
        return graded_as_seen(grade, *AS_SEEN[self.as_seen], needs_person=needs_person, **shares)


SCORES = {action: scored(action) for action in Action}
Rule = Callable[[Facts], frozenset[str]]


def hazardous_battery(facts: Facts) -> frozenset[str]:
    """A battery with any sign, a suspicious photo or a recall leaves by no way at all."""
    is_recalled = facts.reason is ReturnReason.RECALL and facts.kind is not BatteryKind.NONE
    is_suspicious = facts.photos != "none" and not facts.swelling < SUSPICIOUS_FROM
    return ALL if facts.signs & HAZARDS or is_recalled or is_suspicious else NOTHING


def unseen_battery(facts: Facts) -> frozenset[str]:
    """A battery that nobody looked at does not leave the house as a device."""
    may_be_there = facts.kind is not BatteryKind.NONE and (
        facts.kind is not BatteryKind.UNKNOWN or facts.device_class.value in WITH_BATTERY
    )
    return OUT_OR_ABROAD if may_be_there and BatterySign.NONE_SEEN not in facts.signs else NOTHING


def data_left(facts: Facts) -> frozenset[str]:
    """Nothing leaves as a device, or the country, unless somebody says that the data is gone."""
    gone = {"clear", "purge", "not_data_bearing", "destroy"}
    return OUT_OR_ABROAD if facts.sanitisation.value not in gone else NOTHING


def destroyed_storage(facts: Facts) -> frozenset[str]:
    """What has no storage any more is not sold, repackaged, given away or credited as a device."""
    is_destroyed = facts.sanitisation is SanitisationState.DESTROY
    return OUT | {"refurbish"} if is_destroyed else NOTHING


def not_ours_to_move(facts: Facts) -> frozenset[str]:
    """A locked, listed or financed device waits."""
    is_listed = facts.list_status.value in {"stolen", "lost"}
    waits = is_listed or facts.lock is LockState.ON or facts.ownership is Ownership.FINANCED
    return ALL if waits else NOTHING


def perhaps_not_ours(facts: Facts) -> frozenset[str]:
    """Of a phone, tablet or laptop lock, list and financing are known before it leaves."""
    states = {facts.lock.value, facts.list_status.value, facts.ownership.value}
    is_open = facts.device_class.value in WITH_LOCK and "unknown" in states
    return OUT_OR_ABROAD if is_open else NOTHING


def off_the_market(facts: Facts) -> frozenset[str]:
    """A recalled product waits, an embargoed one goes to nobody but its vendor or the recycler."""
    if facts.reason is ReturnReason.RECALL:
        return ALL
    return RESALE if facts.embargoed else NOTHING


def untested_export(facts: Facts) -> frozenset[str]:
    """Only what was shown to work and holds no data leaves the country."""
    works = facts.functional.value in {"F3", "F4", "F5", "F6"}
    return frozenset({EXPORT}) if not works or data_left(facts) else NOTHING


def doubted_return(facts: Facts) -> frozenset[str]:
    """What the score asks a person to look at waits for one."""
    return ALL if facts.action is not Action.RELEASE else NOTHING


def other_contents(facts: Facts) -> frozenset[str]:
    """What is not the device that was sold waits; what nobody checked does not leave as a device."""
    is_other = facts.identity in {"slip", "other"} or facts.observed_class not in {None, facts.device_class}
    if is_other or facts.outcome.value not in {"match", "not_opened", "unknown"}:
        return ALL
    return OUT_OR_ABROAD if facts.outcome is not Outcome.MATCH else NOTHING


def ungraded(facts: Facts) -> frozenset[str]:
    """Without photos or without a grade a person decides, also where one is given that asks for a person."""
    return ALL if facts.photos in {"none", "no grade"} or facts.as_seen == "with a person" else NOTHING


def half_seen(facts: Facts) -> frozenset[str]:
    """No device is restocked or donated on a grade as far as seen unless both faces were seen."""
    is_whole = facts.as_seen in {"whole", "both"}
    return NOTHING if is_whole else frozenset({"restock", "donate"})


def worn(facts: Facts) -> frozenset[str]:
    """What is, or may well be, worse than B is not restocked; what is worse than C is not given away."""
    if facts.photos not in GRADES or facts.as_seen == "with a person":
        return NOTHING
    shares = GRADES[facts.photos]
    worse_than_b = sum(shares.get(grade, 0.0) for grade in "CDE")
    worse_than_c = sum(shares.get(grade, 0.0) for grade in "DE")
    is_broken = facts.photos == "worse than its odds"
    closed = {"restock"} if worse_than_b > 0.2 or is_broken else set()
    return frozenset(closed | ({"donate"} if worse_than_c > 0.2 or is_broken else set()))


def broken(facts: Facts) -> frozenset[str]:
    """A cracked, bent, incomplete or dark device is not sold or given away, however well it is graded."""
    floors = {"crack", "bent", "missing_part", "display_fault"}
    found = facts.photos != "none" and floors & {kind.value for kind in facts.damage}
    return frozenset({"restock", "donate"}) if found else NOTHING


def not_shown_to_work(facts: Facts) -> frozenset[str]:
    """What was not shown to work is not sold as working, or given away."""
    works = facts.functional.value in {"F3", "F4", "F5", "F6"}
    return NOTHING if works else frozenset({"restock", "donate"})


def not_whole(facts: Facts) -> frozenset[str]:
    """A set that lacks something, or that nobody checked, is not sold or credited as whole."""
    is_open = facts.accessories in {"unchecked", "missing"}
    return frozenset({"restock", "return_to_vendor"}) if is_open else NOTHING


RULES: Mapping[GateKind, tuple[Rule, ...]] = {
    GateKind.BATTERY: (hazardous_battery, unseen_battery),
    GateKind.DATA: (data_left, destroyed_storage),
    GateKind.LOCK_AND_LIST: (not_ours_to_move, perhaps_not_ours),
    GateKind.RECALL: (off_the_market,),
    GateKind.CROSS_BORDER: (untested_export,),
    GateKind.FRAUD: (doubted_return,),
    GateKind.EVIDENCE: (other_contents, ungraded, half_seen),
    GateKind.CONDITION: (worn, broken, not_shown_to_work, not_whole),
}


def nobody_looked() -> Verification:
    """Return a bench visit that found nothing out."""
    return Verification(verified_at=CLEAR.as_of, weight_g=None, accessories=None)
