"""Describe what the intake bench found when the parcel was opened."""

from enum import StrEnum

from pydantic import Field

from data.device import DeviceClass
from data.identity.comparison import Identity
from data.rma import Imei, Imeis, merged_imeis
from data.strict import Frozen, Instant, Name, Serial, WeightGrams


class Outcome(StrEnum):
    """What open-and-verify found; the mismatch words follow the EPCIS/CBV 2.0 dispositions."""

    MATCH = "match"
    MISMATCH_INSTANCE = "mismatch_instance"
    MISMATCH_CLASS = "mismatch_class"
    MISMATCH_QUANTITY = "mismatch_quantity"
    EMPTY = "empty"
    COUNTERFEIT = "counterfeit"
    NOT_OPENED = "not_opened"
    UNKNOWN = "unknown"


class SealState(StrEnum):
    """The manufacturer's or our own tamper seal."""

    INTACT = "intact"
    BROKEN = "broken"
    RESEALED = "resealed"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class LockState(StrEnum):
    """Activation or account lock."""

    OFF = "off"
    ON = "on"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class ListStatus(StrEnum):
    """What the operator's stolen-device look-up said of the IMEI or serial."""

    CLEAN = "clean"
    STOLEN = "stolen"
    LOST = "lost"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class SanitisationState(StrEnum):
    """Whether data is gone, in the states of NIST SP 800-88 rev. 2."""

    UNEVALUATED = "unevaluated"
    CLEAR = "clear"
    PURGE = "purge"
    DESTROY = "destroy"
    NOT_DATA_BEARING = "not_data_bearing"
    UNKNOWN = "unknown"


class BatterySign(StrEnum):
    """What a person saw, felt or smelt of the battery."""

    NONE_SEEN = "none_seen"
    SWELLING = "swelling"
    LEAK = "leak"
    HEAT = "heat"
    CORROSION = "corrosion"
    SMELL = "smell"
    RECALLED = "recalled"


class BatteryKind(StrEnum):
    """What kind of cell the device carries, which decides the UN number."""

    LITHIUM_ION = "lithium_ion"
    LITHIUM_METAL = "lithium_metal"
    NONE = "none"
    UNKNOWN = "unknown"


class FunctionalGrade(StrEnum):
    """R2v3 functional categories; `untested` is not a pass."""

    UNTESTED = "untested"
    FAILED = "failed"
    F1 = "F1"
    F2 = "F2"
    F3 = "F3"
    F4 = "F4"
    F5 = "F5"
    F6 = "F6"


class Verification(Frozen):
    """The bench's findings; whatever was not looked at stays unknown."""

    verified_at: Instant
    site: Name | None = None
    inspector: Name | None = None
    outcome: Outcome = Outcome.UNKNOWN
    observed_device_class: DeviceClass | None = None
    observed_serial: Serial | None = None
    observed_imei: Imei | None = None
    observed_imeis: Imeis | None = None
    weight_g: WeightGrams = Field(None, description="The parcel as received, packed, in grams.")
    accessories: frozenset[Name] | None = Field(None, max_length=50)
    seal: SealState = SealState.UNKNOWN
    lock: LockState = LockState.UNKNOWN
    list_status: ListStatus = ListStatus.UNKNOWN
    sanitisation: SanitisationState = SanitisationState.UNKNOWN
    battery_kind: BatteryKind = BatteryKind.UNKNOWN
    battery_signs: frozenset[BatterySign] = Field(
        default=frozenset(), description="Empty means that nobody looked; none_seen means that a person did."
    )
    functional: FunctionalGrade = FunctionalGrade.UNTESTED

    @property
    def identity(self) -> Identity:
        """Return the numbers of the device that was read."""
        return Identity(self.observed_serial, merged_imeis(self.observed_imei, self.observed_imeis))
