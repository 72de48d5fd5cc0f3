"""Define the scans that carriers and docks make of a parcel on its way back."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from data.identity.spelling import plain_name, plain_number
from data.source_code import SourceCode
from data.strict import (
    CountryCode,
    Flag,
    Frozen,
    Identifier,
    Instant,
    Name,
    Number,
    WeightGrams,
    require_known_after,
)


class ScanCode(StrEnum):
    """The events of a parcel; the X12 214 and EPCIS readers map their codes onto these."""

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


RECEIVED = frozenset({ScanCode.DELIVERED, ScanCode.INDUCTED})
"""The scans of a parcel that has arrived."""


class Place(Frozen):
    """The place of a scan; give what is known."""

    country: CountryCode | None = None
    postal_code: Name | None = None
    latitude_deg: Annotated[Number, Field(ge=-90, le=90)] | None = None
    longitude_deg: Annotated[Number, Field(ge=-180, le=180)] | None = None


class ScanEvent(Frozen):
    """One event of the parcel: when it happened and, apart from that, when it became known."""

    code: ScanCode
    carrier: Name | None = None
    tracking_id: Identifier | None = None
    facility: Name | None = None
    handler: Name | None = Field(None, description="The party or employee who held the parcel.")
    is_third_party: Flag | None = Field(
        None, description="Whether the handler is outside the lane's carrier."
    )
    time: Instant
    known_at: Instant | None = Field(None, description="When it reached the record; `time` when absent.")
    place: Place | None = None
    weight_g: WeightGrams = None
    source_codes: tuple[SourceCode, ...] = Field((), max_length=10, fail_fast=True)

    @property
    def known_since(self) -> datetime:
        """Return when the event became known."""
        return self.known_at or self.time

    @model_validator(mode="after")
    def _known_after_it_happened(self) -> Self:
        require_known_after(self.known_at, self.time, "time")
        return self


def distinct_scans(scans: Iterable[ScanEvent]) -> tuple[ScanEvent, ...]:
    """Merge copies of one event into one, known since it was first sent.

    Where two of one kind have one time their order no longer depends on that in which they were sent.
    """
    given = tuple(scans)
    if len({(scan.time, scan.code) for scan in given}) == len(given):
        return given
    first: dict[tuple[object, ...], ScanEvent] = {}
    for scan in given:
        event = tuple(_fact(name, value) for name, value in scan if name != "known_at")
        other = first.setdefault(event, scan)
        if (scan.known_since, repr(scan)) < (other.known_since, repr(other)):
            first[event] = scan
    return tuple(sorted(first.values(), key=lambda scan: (scan.time, repr(scan))))


def known_labels(scans: Iterable[ScanEvent], by: datetime) -> list[str]:
    """Return the labels that a parcel was seen with, spelled the one way, of scans known by a moment."""
    known = (scan.tracking_id for scan in scans if scan.known_since <= by)
    return [plain_number(label) for label in known if label and plain_number(label)]


def _fact(name: str, value: object) -> object:
    """Return what a field says, however it was spelled; an empty place says nothing."""
    if isinstance(value, Place):
        known = tuple(_fact(part, inner) for part, inner in value)
        return known if any(inner is not None for inner in known) else None
    if isinstance(value, StrEnum) or not isinstance(value, str):
        return value
    return plain_number(value) if name == "tracking_id" else plain_name(value)
