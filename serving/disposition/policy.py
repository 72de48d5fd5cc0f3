"""Read the disposition policy: what each way brings in and costs, and the limits that the gates keep."""

import hashlib
import string
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from data.case import explain
from data.decision import Destination, Disposition, GateKind, PolicyIdentity
from data.defect import Grade
from data.device import DeviceClass
from data.money import CurrencyCode, Money
from data.verification import BatteryKind
from serving.disposition.policy_sections import (
    BatteryRules,
    ConditionRules,
    Costs,
    CustomerTexts,
    Dwell,
    Exchange,
    FraudCosts,
    LockRules,
    OverrideRules,
    RecallRules,
    Route,
    Section,
    Site,
    Values,
)
from serving.start_notes import warn

POLICY_FOLDER = Path(__file__).parent / "policies"
DEFAULT_POLICY = "house-2"

VALUED = tuple(disposition for disposition in Disposition if disposition is not Disposition.QUARANTINE)


class InvalidPolicy(ValueError):
    """A policy file can't be used; the message names the file and each wrong line."""


class UnknownCurrency(ValueError):
    """A value is in a currency for which the policy has no reference rate."""


class Policy(Section):
    """One version of the disposition policy, complete: every way has a value, a cost and a destination."""

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    currency: CurrencyCode
    rules: dict[GateKind, str]
    battery: BatteryRules
    lock_and_list: LockRules
    recall: RecallRules
    site: Site
    routes: dict[Disposition, Route]
    condition: ConditionRules
    values: Values
    costs: Costs
    dwell: Dwell
    fraud: FraudCosts
    fx: Exchange
    weee_categories: dict[DeviceClass, Annotated[int, Field(ge=1, le=6)]]
    override: OverrideRules
    next_steps: dict[str, tuple[str, ...]]
    customer_texts: CustomerTexts
    sha256: str = Field(min_length=64, max_length=64)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _require_all("rules", self.rules, GateKind)
        _require_all("battery.packing", self.battery.packing, ("critical", "not_critical"))
        _require_all("battery.un_numbers", self.battery.un_numbers, BatteryKind)
        _require_all("site.countries", self.site.countries, Destination)
        _require_all("routes", self.routes, Disposition)
        _require_all("dwell.days", self.dwell.days, VALUED)
        _require_all("weee_categories", self.weee_categories, DeviceClass)
        _require_table("values.fractions", self.values.fractions, Grade)
        _require_table("costs.amounts", self.costs.amounts, DeviceClass)
        return self

    @model_validator(mode="after")
    def _steps_can_be_written(self) -> Self:
        unasked = set() if self.condition.closed_by.unchecked_accessories else {"unchecked_accessories"}
        missing = sorted((STEP_FIELDS.keys() | set(Disposition)) - unasked - self.next_steps.keys())
        if missing:
            raise ValueError(f"next_steps lacks {', '.join(missing)}: add a list of texts for each")
        for name, texts in self.next_steps.items():
            _require_known_fields(name, texts)
        return self

    @model_validator(mode="after")
    def _own_currency_is_the_unit(self) -> Self:
        if self.fx.rates.get(self.currency) != 1.0:
            raise ValueError(f"fx.rates must hold {self.currency}: 1.0, the policy's own currency")
        return self

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what whoever starts this should know: that accessories nobody checked close nothing."""
        if "closed_by" in self.condition.model_fields_set:
            return ()
        return (
            f"policy {self.name} {self.version} has no condition.closed_by: expected accessories that nobody "
            f"checked close no way; add it as {DEFAULT_POLICY}.yaml has it, under a new version",
        )

    @property
    def identity(self) -> PolicyIdentity:
        """Return what a decision remembers of the policy that took it."""
        return PolicyIdentity(name=self.name, version=self.version, sha256=self.sha256)

    def amount(self, value: Money) -> float:
        """Convert an amount into the policy's currency; raises UnknownCurrency without a rate."""
        try:
            return value.amount * self.fx.rates[value.currency]
        except KeyError:
            raise UnknownCurrency(
                f"value.currency {value.currency!r} has no reference rate in policy "
                f"{self.name}-{self.version}; send the value in one of {', '.join(sorted(self.fx.rates))}, "
                "or add a rate to the policy"
            ) from None

    def destination(self, disposition: Disposition, country: str | None) -> Destination:
        """Return where a disposition leads for a return that starts in `country`."""
        route = self.routes[disposition]
        return route.by_country.get(country, route.destination) if country else route.destination

    def leaves_the_country(self, disposition: Disposition, country: str | None) -> bool:
        """Return whether a disposition means an export from the receiving site."""
        return self.site.countries[self.destination(disposition, country)] != self.site.country

    def steps(self, name: str, **fields: object) -> tuple[str, ...]:
        """Return the operator's next steps under one name, with the fields they mention filled in."""
        return tuple(text.format(**fields) for text in self.next_steps[name])


# The steps that gates ask for, and the fields that each one's text may name in braces.
STEP_FIELDS: Mapping[str, frozenset[str]] = {
    "battery_hazard": frozenset({"un_number", "packing"}),
    "battery_not_checked": frozenset(),
    "battery_suspected": frozenset(),
    "may_hold_data": frozenset(),
    "media_destroyed": frozenset(),
    "lock_on": frozenset(),
    "listed": frozenset(),
    "financed": frozenset(),
    "lock_or_list_unknown": frozenset({"unknowns"}),
    "recalled": frozenset(),
    "compliance_review": frozenset(),
    "export": frozenset(),
    "fraud_review": frozenset(),
    "fraud_hold": frozenset(),
    "retake_photos": frozenset(),
    "take_photos": frozenset(),
    "wrong_contents": frozenset(),
    "not_verified": frozenset(),
    "function_test": frozenset(),
    "missing_accessories": frozenset({"accessories"}),
    "unchecked_accessories": frozenset({"accessories"}),
    Disposition.RECYCLE: frozenset({"weee_category"}),
}


def open_policy(name_or_path: str | Path = DEFAULT_POLICY) -> Policy:
    """Read a policy by the name of a shipped one or by the path of a file.

    Raises InvalidPolicy without such a file, for text that is no YAML, and with a line for each wrong entry.
    Warns of a policy that is read as before version 2.
    """
    path = _find(name_or_path)
    body = path.read_bytes()
    try:
        document = yaml.safe_load(body)
    except yaml.YAMLError as error:
        raise InvalidPolicy(f"{path} is not YAML: {error}") from error
    if not isinstance(document, dict):
        raise InvalidPolicy(
            f"{path} must be a mapping of sections, as {POLICY_FOLDER / DEFAULT_POLICY}.yaml is"
        )
    policy = _checked(path, {**document, "sha256": hashlib.sha256(body).hexdigest()})
    warn(policy.notes)
    return policy


def _find(name_or_path: str | Path) -> Path:
    shipped = POLICY_FOLDER / f"{name_or_path}.yaml"
    path = shipped if shipped.is_file() else Path(name_or_path)
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in POLICY_FOLDER.glob("*.yaml")))
        raise InvalidPolicy(f"no policy {str(name_or_path)!r}; give the path of a file or one of: {names}")
    return path


def _checked(path: Path, document: dict[str, object]) -> Policy:
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        raise InvalidPolicy(f"{path}:\n  " + "\n  ".join(explain(error))) from error


def _require_all(where: str, table: Mapping[Any, object], keys: Iterable[str]) -> None:
    missing = [str(key) for key in keys if key not in table]
    if missing:
        raise ValueError(f"{where} lacks {', '.join(missing)}: every one needs an entry")


def _require_table(
    where: str, table: Mapping[Disposition, Mapping[Any, object]], keys: Iterable[str]
) -> None:
    _require_all(where, table, VALUED)
    for disposition, row in table.items():
        _require_all(f"{where}.{disposition}", row, keys)


def _require_known_fields(name: str, texts: tuple[str, ...]) -> None:
    allowed = STEP_FIELDS.get(name, frozenset())
    used = {field for text in texts for _, field, _, _ in string.Formatter().parse(text) if field is not None}
    if not used <= allowed:
        raise ValueError(
            f"next_steps.{name} names {', '.join(sorted(used - allowed))} in braces; "
            f"it may name: {', '.join(sorted(allowed)) or 'nothing'}"
        )
