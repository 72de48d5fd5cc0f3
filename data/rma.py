"""Define the return authorisation (RMA): what was agreed before the parcel moved."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from data.defect import Grade
from data.device import DeviceClass
from data.identity.comparison import Identity
from data.identity.imei import IMEI_PATTERN, require_digits
from data.money import Money
from data.source_code import SourceCode
from data.strict import (
    CountryCode,
    Flag,
    Frozen,
    Identifier,
    Instant,
    Moments,
    Name,
    Printed,
    Serial,
    WeightGrams,
    Wholes,
    require_known_after,
)

Imei = Annotated[
    str,
    StringConstraints(pattern=IMEI_PATTERN, max_length=64, strip_whitespace=True),
    Printed,
    AfterValidator(require_digits),
    Field(
        description="As printed or read: 14 to 16 digits, with or without spaces and hyphens, or a MEID; "
        "a wrong check digit is evidence and is not refused."
    ),
]
MAX_IMEIS = 4
Imeis = Annotated[
    tuple[Imei, ...],
    Field(max_length=MAX_IMEIS, fail_fast=True, description="All IMEIs, where a device has several."),
]
# Customers of the first networks and shops are older than the house's other times.
AccountInstant = Annotated[datetime, Moments(first=datetime(1990, 1, 1, tzinfo=UTC))]


class Channel(StrEnum):
    """The places where a return is asked for."""

    RETAIL_STORE = "retail_store"
    ECOMMERCE_CONSUMER = "ecommerce_consumer"
    SERVICE_CENTRE = "service_centre"
    FIELD_TECHNICIAN = "field_technician"
    ENTERPRISE_CLIENT = "enterprise_client"
    WARRANTY_DEPOT = "warranty_depot"


class ReturnReason(StrEnum):
    """The reasons that customers give, after the X12 180 reason codes where one fits."""

    DEFECTIVE = "defective"
    DAMAGED_IN_TRANSIT = "damaged_in_transit"
    NOT_AS_EXPECTED = "not_as_expected"
    WRONG_GOODS = "wrong_goods"
    ORDERING_ERROR = "ordering_error"
    CHANGED_MIND = "changed_mind"
    MISSING_PARTS = "missing_parts"
    UPGRADE = "upgrade"
    END_OF_LEASE = "end_of_lease"
    RECALL = "recall"
    UNKNOWN = "unknown"


class Ownership(StrEnum):
    """The owners who may decide over a device, by its financing."""

    OWNED = "owned"
    FINANCED = "financed"
    LEASED = "leased"
    UNKNOWN = "unknown"


class RmaKnownAt(Frozen):
    """When single facts of the RMA became known, where that was after it was asked for."""

    address_id: Instant | None = None
    pickup_address_id: Instant | None = None
    payment_id: Instant | None = None
    reason: Instant | None = Field(None, description="Until then `first_reason` counts, or no reason.")
    delivered_at: Instant | None = None
    return_window_days: Instant | None = None
    account_created_at: Instant | None = None
    has_receipt: Instant | None = None
    expected_serial: Instant | None = None
    expected_imei: Instant | None = Field(None, description="Of `expected_imeis` as well.")
    expected_weight_g: Instant | None = None
    expected_accessories: Instant | None = None
    declared_grade: Instant | None = None
    ownership: Instant | None = None


class Rma(Frozen):
    """One authorised return of one device, with what was sold and what is expected back."""

    rma_id: Identifier
    order_id: Identifier | None = None
    customer_id: Identifier | None = None
    address_id: Identifier | None = Field(None, description="The address the order was delivered to.")
    pickup_address_id: Identifier | None = Field(None, description="The address the return starts from.")
    payment_id: Identifier | None = None
    channel: Channel
    reason: ReturnReason = ReturnReason.UNKNOWN
    first_reason: ReturnReason | None = Field(
        None, description="The reason given first, where it was changed later."
    )
    ordered_at: Instant | None = None
    delivered_at: Instant | None = None
    requested_at: Instant
    return_window_days: Annotated[int, Wholes(0, 3650)] | None = None
    account_created_at: AccountInstant | None = None
    has_receipt: Flag | None = None
    device_class: DeviceClass
    sku: Name
    category: Name | None = None
    expected_serial: Serial | None = None
    expected_imei: Imei | None = None
    expected_imeis: Imeis | None = None
    expected_weight_g: WeightGrams = Field(None, description="The parcel as sold, packed, in grams.")
    expected_accessories: frozenset[Name] | None = Field(None, max_length=50, fail_fast=True)
    declared_grade: Grade | None = Field(None, description="The condition the customer declared.")
    ownership: Ownership = Ownership.UNKNOWN
    country: CountryCode | None = Field(None, description="Where the return starts.")
    value: Money = Field(description="What the customer would be refunded.")
    source_codes: tuple[SourceCode, ...] = Field((), max_length=10, fail_fast=True)
    known_at: RmaKnownAt | None = Field(
        None, description="When facts became known that were added or changed later; else with the request."
    )

    def later_than(self, by: datetime) -> list[str]:
        """Return the facts that are told and became known after a moment; a delivery, that came after it."""
        later = self._dated_after(by)
        if self.delivered_at is not None and self.delivered_at > by:
            later.add("delivered_at")
        return [name for name in later if self._tells(name)]

    def _dated_after(self, by: datetime) -> set[str]:
        dates = self.known_at or ()
        return {name for name, at in dates if at is not None and at > by}

    def _tells(self, name: str) -> bool:
        if name == "expected_imei":
            return bool(self.identity.imeis)
        value = getattr(self, name)
        return value is not None and value != _UNTOLD.get(name)

    def known_by(self, by: datetime) -> Self:
        """Return the RMA as it was known at a moment; `value` and what names the return always were."""
        later = self._dated_after(by)
        if not later:
            return self
        told: dict[str, object] = {name: _UNTOLD.get(name) for name in later}
        if "reason" in later and self.first_reason is not None:
            told["reason"] = self.first_reason
        if "expected_imei" in later:
            told["expected_imeis"] = None
        return self.model_copy(update=told)

    @property
    def identity(self) -> Identity:
        """Return the numbers of the device that was sold."""
        return Identity(self.expected_serial, merged_imeis(self.expected_imei, self.expected_imeis))

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        _require_order(self, "account_created_at", "requested_at")
        _require_order(self, "ordered_at", "delivered_at")
        _require_order(self, "ordered_at", "requested_at")
        if self.known_at is not None and self.delivered_at is not None:
            require_known_after(self.known_at.delivered_at, self.delivered_at, "delivered_at")
        return self


# What stands where something is not told that has a word for it.
_UNTOLD = {"reason": ReturnReason.UNKNOWN, "ownership": Ownership.UNKNOWN}


def merged_imeis(one: str | None, several: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the IMEIs of both fields, each once."""
    return tuple(dict.fromkeys([*([one] if one else []), *(several or ())]))


def _require_order(rma: Rma, earlier: str, later: str) -> None:
    first, second = getattr(rma, earlier), getattr(rma, later)
    if first is not None and second is not None and first > second:
        raise ValueError(
            f"{earlier} {first.isoformat()} is after {later} {second.isoformat()}; "
            f"{earlier} must not be later than {later}: correct the one that is wrong"
        )
