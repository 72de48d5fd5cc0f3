"""Read the disposition policy: what each way brings in and costs, and the limits that the gates keep."""

import string
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from data.decision import Destination, Disposition, GateKind, PolicyIdentity
from data.defect import Grade
from data.device import DeviceClass
from data.money import CurrencyCode, Money
from data.verification import BatteryKind
from data.versioned_file import InvalidFile, VersionedFile, read_versioned
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
    Site,
    Values,
)
from serving.start_notes import warn

POLICY_FOLDER = Path(__file__).parent / "policies"
DEFAULT_POLICY = "house-2"

# The steps that gates ask for, beside those of each disposition.
StepName = Literal[
    "battery_hazard",
    "battery_not_checked",
    "battery_suspected",
    "may_hold_data",
    "media_destroyed",
    "lock_on",
    "listed",
    "financed",
    "lock_or_list_unknown",
    "recalled",
    "compliance_review",
    "export",
    "fraud_review",
    "fraud_hold",
    "retake_photos",
    "take_photos",
    "wrong_contents",
    "not_verified",
    "function_test",
    "missing_accessories",
    "unchecked_accessories",
]
STEPS: tuple[str, ...] = (*get_args(StepName), *Disposition)
# The fields that a step's text may name in braces; those of other steps name none.
STEP_FIELDS: Mapping[str, frozenset[str]] = {
    "battery_hazard": frozenset({"un_number", "packing"}),
    "lock_or_list_unknown": frozenset({"unknowns"}),
    "missing_accessories": frozenset({"accessories"}),
    "unchecked_accessories": frozenset({"accessories"}),
    Disposition.RECYCLE: frozenset({"weee_category"}),
}

VALUED = tuple(disposition for disposition in Disposition if disposition is not Disposition.QUARANTINE)


class InvalidPolicy(InvalidFile):
    """A policy file can't be used; the message names the file and each wrong line."""


class UnknownCurrency(ValueError):
    """A value is in a currency for which the policy has no reference rate."""


class Policy(VersionedFile):
    """One version of the disposition policy, complete: every way has a value, a cost and a destination."""

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
        missing = sorted(set(STEPS) - unasked - self.next_steps.keys())
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

    def steps(self, name: StepName | Disposition, **fields: object) -> tuple[str, ...]:
        """Return the operator's next steps under one name, with the fields they mention filled in."""
        return tuple(text.format(**fields) for text in self.next_steps[name])


def open_policy(name_or_path: str | Path = DEFAULT_POLICY) -> Policy:
    """Read a policy by the name of a shipped one or by the path of a file.

    Raises InvalidPolicy without such a file, for text that is no YAML, and with a line for each wrong entry.
    Warns of a policy that is read as before version 2.
    """
    policy = read_versioned(_find(name_or_path), Policy, error=InvalidPolicy)
    warn(policy.notes)
    return policy


def _find(name_or_path: str | Path) -> Path:
    shipped = POLICY_FOLDER / f"{name_or_path}.yaml"
    path = shipped if shipped.is_file() else Path(name_or_path)
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in POLICY_FOLDER.glob("*.yaml")))
        raise InvalidPolicy(f"no policy {str(name_or_path)!r}; give the path of a file or one of: {names}")
    return path


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
