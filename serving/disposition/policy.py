"""Read the disposition policy: what each way brings in and costs, and what each finding of a gate does."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from data.case import explain
from data.decision import Destination, Disposition, GateKind, PolicyIdentity
from data.defect import Grade
from data.device import DeviceClass
from data.exchange.rate_table import TABLES, Quote, Rates, RateTable, read_rates, shipped_rates
from data.money import CurrencyCode, Money
from data.rma import Rma
from data.verification import BatteryKind
from data.versioned_file import (
    Fault,
    Faults,
    InvalidFile,
    VersionedFile,
    check_file,
    read_mapping,
    read_versioned,
)
from serving.disposition.decision_table import EXPORT, Finding, Row, table_faults
from serving.disposition.local_overrides import (
    Kind,
    LocalOverride,
    LocalOverrides,
    Regions,
    Vendors,
    override_faults,
    replaced,
)
from serving.disposition.next_steps import StepName, step_faults
from serving.disposition.policy_before import PolicyBefore
from serving.disposition.policy_sections import (
    BatteryRules,
    Capacity,
    ConditionRules,
    Costs,
    CustomerTexts,
    Dwell,
    Exchange,
    FraudCosts,
    GateRule,
    Impact,
    LockRules,
    OverrideRules,
    RecallRules,
    Route,
    Site,
    Values,
)
from serving.start_notes import warn

POLICY_FOLDER = Path(__file__).parent / "policies"
DEFAULT_POLICY = "house-4"

VALUED = tuple(disposition for disposition in Disposition if disposition is not Disposition.QUARANTINE)


class InvalidPolicy(InvalidFile):
    """A policy file can't be used; the message names the file and each wrong line."""


class NoPolicy(InvalidPolicy):
    """There is no policy of this name, and no such file."""


class UnknownCurrency(ValueError):
    """A value is in a currency for which the policy has no reference rate."""


class Policy(VersionedFile):
    """One version of the disposition policy, complete: every way has a value, a cost and a destination.

    `form` is 3, or 2 for a file that was written before its gates stood in the table.
    """

    form: Literal[2, 3]
    currency: CurrencyCode
    gates: dict[GateKind, GateRule]
    table: tuple[Row, ...]
    battery: BatteryRules
    lock_and_list: LockRules
    recall: RecallRules
    site: Site
    routes: dict[Disposition, Route]
    condition: ConditionRules
    values: Values
    costs: Costs
    dwell: Dwell
    capacity: Capacity | None = None
    impact: Impact | None = None
    fraud: FraudCosts
    fx: Exchange
    weee_categories: dict[DeviceClass, Annotated[int, Field(ge=1, le=6)]]
    override: OverrideRules
    regions: Regions = Field(default_factory=dict)
    vendors: Vendors = Field(default_factory=dict)
    overrides: tuple[LocalOverride, ...] = ()
    next_steps: dict[str, tuple[str, ...]]
    customer_texts: CustomerTexts

    _rates: Rates = PrivateAttr()
    _variants: dict[Kind, "Policy"] = PrivateAttr(default_factory=dict)
    _overridden_by: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        faults = [
            *_table_faults(self),
            *table_faults(self.table),
            *step_faults(self.next_steps, self._unasked()),
            *_currency_faults(self),
        ]
        if not faults and self.overrides:
            faults = override_faults(self._local, self.model_dump(mode="json")) or [*_value_faults(self)]
        if faults:
            raise Faults(faults)
        self._rates = _table_of(self.fx).quoted
        self._variants = _variants(self)
        return self

    def _unasked(self) -> set[str]:
        closes = any(
            row.closes or row.decides for row in self.table if row.when is Finding.ACCESSORIES_UNCHECKED
        )
        unasked = set() if closes else {"unchecked_accessories"}
        return unasked if self.takes_grades_as_seen else {*unasked, "missing_faces"}

    @property
    def takes_grades_as_seen(self) -> bool:
        """Return whether a grade as far as seen may decide: only where the table says what it closes."""
        return bool(self.rows(Finding.GRADED_AS_SEEN))

    @property
    def _local(self) -> LocalOverrides:
        return LocalOverrides(self.overrides, self.regions, self.vendors)

    @property
    def identity(self) -> PolicyIdentity:
        """Return what a decision remembers of the policy that took it."""
        return PolicyIdentity(self.name, self.version, self.sha256, self._overridden_by)

    def with_rates(self, own: RateTable | None) -> "Policy":
        """Return the policy with an operator's own rates laid over its table; raises InvalidFile."""
        if own is None:
            return self
        copy = self.model_copy()
        copy._rates = self._rates.under(own)
        copy._variants = {kind: variant.with_rates(own) for kind, variant in self._variants.items()}
        return copy

    @property
    def currencies(self) -> tuple[str, ...]:
        """Return the currencies in which a return may be."""
        return tuple(sorted(self._rates.quotes))

    def quote(self, currency: str) -> Quote:
        """Return the rate from a currency into the policy's own; raises UnknownCurrency without one."""
        if currency in self._rates:
            return self._rates.quote(currency, self.currency)
        raise UnknownCurrency(
            f"value.currency {currency!r} has no reference rate in policy {self.name}-{self.version}; send "
            f"the value in one of {', '.join(self.currencies)}, or name a file with rates of your "
            "own by REGRADE_RATES"
        )

    def for_return(self, rma: Rma) -> "Policy":
        """Return the policy as it holds for one return, by its channel, country and SKU."""
        return self._variants.get(self._local.kind_of(rma), self) if self._variants else self

    def rows(self, finding: Finding) -> tuple[Row, ...]:
        """Return what the table says of a finding; only floors may have other than one row."""
        return tuple(row for row in self.table if row.when is finding)

    def closed(self, row: Row, country: str | None) -> set[Disposition]:
        """Return the ways that a row closes for a return that starts in `country`."""
        closes = row.closes or frozenset()
        exported = self.exported(country) if EXPORT in closes else ()
        return {*exported, *(way for way in Disposition if way in closes)}

    def exported(self, country: str | None) -> tuple[Disposition, ...]:
        """Return the ways that lead out of the receiving site's country."""
        return tuple(way for way in Disposition if self.leaves_the_country(way, country))

    def amount(self, value: Money) -> float:
        """Convert an amount into the policy's currency; raises UnknownCurrency without a rate."""
        return value.amount * self.quote(value.currency).rate

    def destination(self, disposition: Disposition, country: str | None) -> Destination:
        """Return where a disposition leads for a return that starts in `country`."""
        route = self.routes[disposition]
        return route.by_country.get(country, route.destination) if country else route.destination

    def leaves_the_country(self, disposition: Disposition, country: str | None) -> bool:
        """Return whether a disposition means an export from the receiving site."""
        return self.site.countries[self.destination(disposition, country)] != self.site.country

    def steps(self, name: StepName | Disposition, **fields: object) -> tuple[str, ...]:
        """Return the operator's next steps under one name, with the fields they mention filled in."""
        return tuple(text.format(**fields) for text in self.next_steps[name])


def open_policy(name_or_path: str | Path = DEFAULT_POLICY, rates: Path | None = None) -> Policy:
    """Read a policy by the name of a shipped one or by the path of a file, with an operator's own rates.

    Raises NoPolicy without such a file, and InvalidPolicy for text that is no YAML and with a line for each
    wrong entry.
    Warns of a policy that is read as before version 2.
    """
    policy, notes = _read(policy_path(name_or_path))
    warn(notes)
    return policy.with_rates(read_rates(rates) if rates else None)


def _read(path: Path) -> tuple[Policy, tuple[str, ...]]:
    document = read_mapping(
        path, needs="name, version, form and the sections of a policy", error=InvalidPolicy
    )
    if document.keys() & {"form", "gates", "table"}:
        return read_versioned(path, Policy, error=InvalidPolicy), ()
    before = read_versioned(path, PolicyBefore, error=InvalidPolicy)
    policy = check_file(path, before.in_todays_form(), Policy, error=InvalidPolicy)
    return policy, before.notes


def policy_path(name_or_path: str | Path) -> Path:
    """Return the file of a policy by the name of a shipped one or by its path; raises NoPolicy."""
    shipped = POLICY_FOLDER / f"{name_or_path}.yaml"
    path = shipped if shipped.is_file() else Path(name_or_path)
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in POLICY_FOLDER.glob("*.yaml")))
        raise NoPolicy(f"no policy {str(name_or_path)!r}; give the path of a file or one of: {names}")
    return path


def _table_faults(policy: Policy) -> Iterator[Fault]:
    """Yield which tables lack an entry that every policy needs."""
    for place, table, keys in _complete_tables(policy):
        missing = [str(key) for key in keys if key not in table]
        if missing:
            name = ".".join(place)
            yield Fault(place, f"{name} lacks {', '.join(missing)}: every one needs an entry")
    for section in ("capacity", "impact"):
        if policy.form == 3 and getattr(policy, section) is None:
            yield Fault((section,), f"{section} is missing: add it as {DEFAULT_POLICY}.yaml has it")


def _complete_tables(policy: Policy) -> Iterator[tuple[tuple[str, ...], Mapping[Any, Any], Iterable[Any]]]:
    yield ("gates",), policy.gates, GateKind
    yield ("battery", "packing"), policy.battery.packing, ("critical", "not_critical")
    yield ("battery", "un_numbers"), policy.battery.un_numbers, BatteryKind
    yield ("site", "countries"), policy.site.countries, Destination
    yield ("routes",), policy.routes, Disposition
    yield ("dwell", "days"), policy.dwell.days, VALUED
    yield ("weee_categories",), policy.weee_categories, DeviceClass
    yield from _by_way(("values", "fractions"), policy.values.fractions, Grade)
    yield from _by_way(("costs", "amounts"), policy.costs.amounts, DeviceClass)
    if policy.capacity:
        yield ("capacity", "devices"), policy.capacity.devices, Destination
    if policy.impact:
        yield ("impact", "footprint", "amounts"), policy.impact.footprint.amounts, DeviceClass
        yield ("impact", "mass", "amounts"), policy.impact.mass.amounts, DeviceClass
        yield ("impact", "co2_avoided", "shares"), policy.impact.co2_avoided.shares, VALUED
        yield ("impact", "kept_from_waste", "shares"), policy.impact.kept_from_waste.shares, VALUED


def _by_way(
    place: tuple[str, ...], table: Mapping[Disposition, Mapping[Any, Any]], keys: Iterable[Any]
) -> Iterator[tuple[tuple[str, ...], Mapping[Any, Any], Iterable[Any]]]:
    yield place, table, VALUED
    for way, row in table.items():
        yield (*place, way.value), row, keys


def _currency_faults(policy: Policy) -> Iterator[Fault]:
    if (policy.fx.table is None) == (policy.fx.own is None):
        yield Fault(("fx",), f"fx: name a table ({', '.join(TABLES)}), or give rates of your own under own")
    elif policy.currency not in (rates := _table_of(policy.fx).rates):
        known = ", ".join(sorted(rates))
        yield Fault(("currency",), f"currency: fx has no rate of {policy.currency}; it has {known}")


def _table_of(fx: Exchange) -> RateTable:
    return fx.own or shipped_rates(str(fx.table))


def _variants(policy: Policy) -> dict[Kind, Policy]:
    """Return the policy as it holds for each kind of return that an override is for."""
    local = policy._local
    scopes = local.scopes()
    made: dict[tuple[tuple[str, str], ...], Policy] = {}
    variants: dict[Kind, Policy] = {}
    for kind in local.kinds() if policy.overrides else ():
        holding = {place: one for place, [one] in local.holding(kind, scopes).items()}
        key = tuple(sorted((place, one.name) for place, one in holding.items()))
        if not key:
            continue
        if key not in made:
            made[key] = _variant(policy, holding)
        variants[kind] = made[key]
    return variants


def _value_faults(policy: Policy) -> Iterator[Fault]:
    """Yield which overrides put a value that the policy can't have."""
    document = policy.model_dump(mode="json") | {"overrides": ()}
    for index, override in enumerate(policy.overrides):
        try:
            Policy.model_validate(replaced(document, override.replace))
        except ValidationError as failure:
            for text in explain(failure, whole=""):
                where = f"overrides[{index}] ({override.name}).replace"
                yield Fault(("overrides", index, "replace"), f"{where}: {text}")


def _variant(policy: Policy, holding: Mapping[str, LocalOverride]) -> Policy:
    """Return a policy with some of its values replaced."""
    values = {place: override.replace[place] for place, override in holding.items()}
    document = replaced(policy.model_dump(mode="json"), values) | {"overrides": ()}
    variant = Policy.model_validate(document)
    variant._overridden_by = tuple(dict.fromkeys(override.name for override in holding.values()))
    return variant
