"""Type each section of the disposition policy; every table says its unit and where its figures come from."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from data.decision import Destination, Disposition, GateKind
from data.defect import Grade
from data.device import DeviceClass
from data.exchange.rate_table import RateTable
from data.rma import ReturnReason
from data.strict import CountryCode, Frozen
from data.verification import BatteryKind, BatterySign, FunctionalGrade

Fraction = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]
# PyYAML reads a bare NO as false: a country given as a boolean is Norway without its quotes.
Country = Annotated[CountryCode, BeforeValidator(lambda value: "NO" if value is False else value)]


TableName = Literal["reference-1", "reference-2"]


class Section(Frozen):
    """Base of every section, as strict as a message."""


class Sourced(Section):
    """One figure with its unit and where it comes from."""

    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    value: Fraction


class GateRule(Section):
    """The rule that a gate cites word for word, and what it stands on."""

    rule: str = Field(min_length=1)
    cites: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)


class BatteryRules(Section):
    """When a battery counts as a hazard, and how such a device travels."""

    classes: frozenset[DeviceClass]
    photo_suspicion: Sourced
    critical_signs: frozenset[BatterySign]
    packing: dict[Literal["critical", "not_critical"], str]
    un_numbers: dict[BatteryKind, str]


class LockRules(Section):
    """Which device classes can be locked or listed."""

    classes: frozenset[DeviceClass]


class RecallRules(Section):
    """Which products stay off the market."""

    embargoed_skus: frozenset[str]


class Site(Section):
    """Where the receiving site and each destination lie."""

    source: str = Field(min_length=1)
    country: Country
    countries: dict[Destination, Country]


class Route(Section):
    """The destination of one disposition, by the country in which the return starts."""

    destination: Destination
    by_country: dict[Country, Destination] = Field(default_factory=dict)


class ConditionRules(Section):
    """What counts as working, how much doubt of a grade is borne, and what a vendor takes back."""

    unseen_share: Sourced
    works: frozenset[FunctionalGrade]
    vendor_reasons: frozenset[ReturnReason]


class Values(Section):
    """Share of the refund value that each way brings in, by grade."""

    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    fractions: dict[Disposition, dict[Grade, Fraction]]


class Costs(Section):
    """What each way costs for each device class, in the policy's currency."""

    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    amounts: dict[Disposition, dict[DeviceClass, Amount]]


class Dwell(Section):
    """The value lost while a device waits, and how many days each way takes."""

    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    loss_per_day: Fraction
    days: dict[Disposition, Amount]


class Capacity(Section):
    """How many devices each destination takes a day."""

    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    devices: dict[Destination, Amount]


class ByClass(Section):
    """A figure for each device class, with its unit and source."""

    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    amounts: dict[DeviceClass, Amount]


class ByWay(Section):
    """A share for each way, with its unit and source."""

    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    shares: dict[Disposition, Fraction]


class Impact(Section):
    """What each way spares the climate and the waste stream, for the figures; it decides nothing."""

    footprint: ByClass
    mass: ByClass
    co2_avoided: ByWay
    kept_from_waste: ByWay


class FraudCosts(Section):
    """What a review, a hold and a missed fraud cost."""

    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    review_cost: Amount
    hold_cost: Amount
    loss_share: Fraction


class OwnRates(RateTable):
    """Rates that stand in the policy itself, and so have no hash of their own."""

    sha256: str = ""


class Exchange(Section):
    """By which table returns of other currencies are weighed: one that ships, or one of the policy's own."""

    table: TableName | None = None
    own: OwnRates | None = None


class OverrideRules(Section):
    """Gates that a person can't overrule without correcting the case."""

    binding_gates: frozenset[GateKind]


class CustomerTexts(Section):
    """What the customer may read; never a score."""

    accepted: str
    held: str
    safety: str
