"""Define what the intake bench finds when it opens the parcel."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from data.device import DeviceClass
from data.identity.comparison import Identity
from data.rma import Imei, Imeis, merged_imeis
from data.strict import Frozen, Instant, Name, Serial, WeightGrams, require_known_after


class Outcome(StrEnum):
    """The outcomes of open-and-verify; the mismatch words follow the EPCIS/CBV 2.0 dispositions."""

    MATCH = "match"
    MISMATCH_INSTANCE = "mismatch_instance"
    MISMATCH_CLASS = "mismatch_class"
    MISMATCH_QUANTITY = "mismatch_quantity"
    EMPTY = "empty"
    COUNTERFEIT = "counterfeit"
    NOT_OPENED = "not_opened"
    UNKNOWN = "unknown"


class SealState(StrEnum):
    """The states of the manufacturer's or our own tamper seal."""

    INTACT = "intact"
    BROKEN = "broken"
    RESEALED = "resealed"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class LockState(StrEnum):
    """The states of the activation or account lock."""

    OFF = "off"
    ON = "on"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class ListStatus(StrEnum):
    """The answers of the operator's stolen-device look-up for an IMEI or serial number."""

    CLEAN = "clean"
    STOLEN = "stolen"
    LOST = "lost"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class SanitisationState(StrEnum):
    """The states of the device's data, after NIST SP 800-88 rev. 2."""

    UNEVALUATED = "unevaluated"
    CLEAR = "clear"
    PURGE = "purge"
    DESTROY = "destroy"
    NOT_DATA_BEARING = "not_data_bearing"
    UNKNOWN = "unknown"


class BatterySign(StrEnum):
    """The signs of a hazardous battery that a person can see, feel or smell."""

    NONE_SEEN = "none_seen"
    SWELLING = "swelling"
    LEAK = "leak"
    HEAT = "heat"
    CORROSION = "corrosion"
    SMELL = "smell"
    RECALLED = "recalled"


class BatteryKind(StrEnum):
    """The kinds of cell a device can carry, which decide the UN number."""

    LITHIUM_ION = "lithium_ion"
    LITHIUM_METAL = "lithium_metal"
    NONE = "none"
    UNKNOWN = "unknown"


LISTED = frozenset({ListStatus.STOLEN, ListStatus.LOST})
"""The states of a device that is known to stand on a list."""


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
    """The bench's findings; whatever was not checked stays unknown."""

    verified_at: Instant
    known_at: Instant | None = Field(
        None, description="When the findings reached the record; `verified_at` when absent."
    )
    site: Name | None = None
    inspector: Name | None = None
    outcome: Outcome = Outcome.UNKNOWN
    observed_device_class: DeviceClass | None = None
    observed_serial: Serial | None = None
    observed_imei: Imei | None = None
    observed_imeis: Imeis | None = None
    weight_g: WeightGrams = Field(None, description="The parcel as received, packed, in grams.")
    accessories: frozenset[Name] | None = Field(None, max_length=50, fail_fast=True)
    seal: SealState = SealState.UNKNOWN
    lock: LockState = LockState.UNKNOWN
    list_status: ListStatus = ListStatus.UNKNOWN
    sanitisation: SanitisationState = SanitisationState.UNKNOWN
    battery_kind: BatteryKind = BatteryKind.UNKNOWN
    battery_signs: frozenset[BatterySign] = Field(
        default=frozenset(),
        fail_fast=True,
        description="Empty means that nobody looked; none_seen means that a person did.",
    )
    functional: FunctionalGrade = FunctionalGrade.UNTESTED

    @property
    def hazard_signs(self) -> frozenset[BatterySign]:
        """Return the signs of a hazard."""
        return self.battery_signs - {BatterySign.NONE_SEEN}

    @property
    def known_since(self) -> datetime:
        """Return when the findings became known."""
        return self.known_at or self.verified_at

    @model_validator(mode="after")
    def _known_after_it_was_found(self) -> Self:
        require_known_after(self.known_at, self.verified_at, "verified_at")
        return self

    @property
    def identity(self) -> Identity:
        """Return the numbers that were read from the device."""
        return Identity(self.observed_serial, merged_imeis(self.observed_imei, self.observed_imeis))
