"""Describe what carriers and docks saw of the parcel on its way back."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from data.source_code import SourceCode
from data.strict import CountryCode, Frozen, Identifier, Instant, Name, WeightGrams


class ScanCode(StrEnum):
    """What happened, in words; the X12 214 and EPCIS readers map their codes onto these."""

    LABEL_CREATED = "label_created"
    DROPPED_OFF = "dropped_off"
    PICKED_UP = "picked_up"
    ARRIVED = "arrived"
    DEPARTED = "departed"
    HANDED_OFF = "handed_off"
    ADDRESS_CORRECTED = "address_corrected"
    MISSORTED = "missorted"
    REWRAPPED = "rewrapped"
    RECONSIGNED = "reconsigned"
    DAMAGED = "damaged"
    DELIVERY_ATTEMPTED = "delivery_attempted"
    REFUSED = "refused"
    RETURNED_TO_SHIPPER = "returned_to_shipper"
    DELIVERED = "delivered"
    INDUCTED = "inducted"
    UNKNOWN = "unknown"


class Place(Frozen):
    """Where a scan was made; give what is known."""

    country: CountryCode | None = None
    postal_code: Name | None = None
    latitude_deg: float | None = Field(None, ge=-90, le=90)
    longitude_deg: float | None = Field(None, ge=-180, le=180)


class ScanEvent(Frozen):
    """One event of the parcel: when it happened and, apart from that, when it became known."""

    code: ScanCode
    carrier: Name | None = None
    tracking_id: Identifier | None = None
    facility: Name | None = None
    handler: Name | None = Field(None, description="The party or employee who held the parcel.")
    is_third_party: bool | None = Field(
        None, description="Whether the handler is outside the lane's carrier."
    )
    time: Instant
    known_at: Instant | None = Field(None, description="When it reached the record; `time` when absent.")
    place: Place | None = None
    weight_g: WeightGrams | None = None
    source_codes: tuple[SourceCode, ...] = Field((), max_length=10)

    @model_validator(mode="after")
    def _known_after_it_happened(self) -> Self:
        if self.known_at is not None and self.known_at < self.time:
            raise ValueError(
                f"known_at {self.known_at.isoformat()} is before time {self.time.isoformat()}; "
                "an event can't be known before it happens: correct one of them or leave known_at out"
            )
        return self
