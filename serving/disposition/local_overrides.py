"""Replace values of a policy for the returns of a channel, a region or a vendor; the narrowest override wins.

Which override holds is found by walking every kind of return that overrides can tell apart. So a tie, or an
override that can never hold, is seen when the policy is read, not when a return comes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from data.rma import Channel, Rma
from data.strict import CountryCode
from data.versioned_file import Fault
from serving.disposition.policy_sections import Section

# What may differ from one channel, region or vendor to the next: money, time and doubt, never a gate.
REPLACEABLE = (
    "values.fractions.",
    "costs.amounts.",
    "dwell.loss_per_day",
    "dwell.days.",
    "condition.unseen_share.value",
    "condition.vendor_reasons",
    "fraud.review_cost",
    "fraud.hold_cost",
)

Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=40)]
Prefix = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Regions = dict[Word, Annotated[frozenset[CountryCode], Field(min_length=1)]]
Vendors = dict[Word, Annotated[frozenset[Prefix], Field(min_length=1)]]


class Scope(Section):
    """Which returns an override is for; what is not named may be any."""

    channels: frozenset[Channel] | None = Field(None, min_length=1)
    regions: frozenset[str] | None = Field(None, min_length=1)
    vendors: frozenset[str] | None = Field(None, min_length=1)


class LocalOverride(Section):
    """Values that hold instead of the policy's own for some returns, each by its place in the file."""

    name: Word
    when: Scope
    source: str = Field(min_length=1)
    replace: dict[str, Any] = Field(min_length=1)


@dataclass(frozen=True)
class Kind:
    """What overrides can tell of a return; None is any country or SKU that no region or vendor names."""

    channel: Channel
    country: str | None
    vendor: str | None


@dataclass(frozen=True)
class LocalOverrides:
    """The overrides of a policy with the regions and vendors that they name."""

    overrides: Sequence[LocalOverride]
    regions: Mapping[str, frozenset[str]]
    vendors: Mapping[str, frozenset[str]]

    def kind_of(self, rma: Rma) -> Kind:
        """Return the kind of a return."""
        known = any(rma.country in countries for countries in self.regions.values())
        prefixes = ((vendor, prefix) for vendor, several in self.vendors.items() for prefix in several)
        vendor = next((vendor for vendor, prefix in prefixes if rma.sku.startswith(prefix)), None)
        return Kind(rma.channel, rma.country if known else None, vendor)

    def kinds(self) -> list[Kind]:
        """Return every kind of return that there is."""
        countries = sorted({country for several in self.regions.values() for country in several})
        return [Kind(*one) for one in product(Channel, [*countries, None], [*self.vendors, None])]

    def scopes(self) -> dict[str, frozenset[Kind]]:
        """Return the kinds of return that each override is for, by its name."""
        kinds = self.kinds()
        return {
            override.name: frozenset(kind for kind in kinds if self._covers(override.when, kind))
            for override in self.overrides
        }

    def holding(self, kind: Kind, scopes: Mapping[str, frozenset[Kind]]) -> dict[str, list[LocalOverride]]:
        """Return, for each replaced place, the overrides that hold for a kind: two or more are a tie."""
        candidates = [override for override in self.overrides if kind in scopes[override.name]]
        places = dict.fromkeys(place for override in candidates for place in override.replace)
        return {
            place: [
                one
                for one in candidates
                if place in one.replace
                and not any(
                    place in other.replace and scopes[other.name] < scopes[one.name] for other in candidates
                )
            ]
            for place in places
        }

    def _covers(self, when: Scope, kind: Kind) -> bool:
        return (
            (when.channels is None or kind.channel in when.channels)
            and (when.regions is None or any(kind.country in self.regions[name] for name in when.regions))
            and (when.vendors is None or kind.vendor in when.vendors)
        )


def override_faults(local: LocalOverrides, document: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with a policy's overrides; `document` is the policy as its file has it."""
    faults = [*_vendor_faults(local.vendors), *_name_faults(local), *_place_faults(local, document)]
    return faults or [*_scope_faults(local)]


def replaced(document: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document in which the values at these places are replaced."""
    changed = dict(document)
    for place, value in values.items():
        head, _, rest = place.partition(".")
        changed[head] = replaced(changed[head], {rest: value}) if rest else value
    return changed


def _vendor_faults(vendors: Mapping[str, frozenset[str]]) -> Iterator[Fault]:
    prefixes = sorted((prefix, vendor) for vendor, several in vendors.items() for prefix in several)
    for (short, first), (long, second) in combinations(prefixes, 2):
        if first != second and long.startswith(short):
            text = f"vendors.{second}: {long!r} begins as {short!r} of {first} does: a SKU has one vendor"
            yield Fault(("vendors", second), text)


def _name_faults(local: LocalOverrides) -> Iterator[Fault]:
    names = [override.name for override in local.overrides]
    for index, override in enumerate(local.overrides):
        where = f"overrides[{index}] ({override.name})"
        if override.name in names[:index]:
            yield Fault(("overrides", index), f"{where}: this name stands there twice: give it another")
        if not override.when.model_fields_set:
            text = f"{where}.when: name channels, regions or vendors; what holds for all stands in the policy"
            yield Fault(("overrides", index, "when"), text)
        for field, known in (("regions", local.regions), ("vendors", local.vendors)):
            unknown = sorted((getattr(override.when, field) or frozenset()) - known.keys())
            if unknown:
                text = f"{where}.when.{field}: {', '.join(unknown)} can never match: {_known(field, known)}"
                yield Fault(("overrides", index, "when", field), text)


def _known(field: str, known: Iterable[str]) -> str:
    names = ", ".join(sorted(known))
    return f"{field} has {names}" if names else f"{field} has none; add them there"


def _place_faults(local: LocalOverrides, document: Mapping[str, Any]) -> Iterator[Fault]:
    for index, override in enumerate(local.overrides):
        for place in override.replace:
            text = _place_fault(place, document)
            if text:
                where = f"overrides[{index}] ({override.name}).replace.{place}"
                yield Fault(("overrides", index, "replace", place), f"{where}: {text}")


def _place_fault(place: str, document: Mapping[str, Any]) -> str | None:
    if not any(place == allowed or place.startswith(allowed) for allowed in REPLACEABLE):
        return f"this can't be replaced; what can: {', '.join(name.rstrip('.') for name in REPLACEABLE)}"
    node: Any = document
    for depth, name in enumerate(parts := place.split(".")):
        if not isinstance(node, Mapping) or name not in node:
            there = ", ".join(map(str, node)) if isinstance(node, Mapping) else "a value"
            return f"there is no such value; under {'.'.join(parts[:depth])} there is {there}"
        node = node[name]
    return f"name one value of it: {', '.join(map(str, node))}" if isinstance(node, Mapping) else None


def _scope_faults(local: LocalOverrides) -> Iterator[Fault]:
    scopes, wins, told = local.scopes(), set[str](), set[tuple[str, ...]]()
    for kind in local.kinds():
        for place, holding in local.holding(kind, scopes).items():
            wins |= {override.name for override in holding}
            names = tuple(override.name for override in holding)
            if len(names) > 1 and (*names, place) not in told:
                told.add((*names, place))
                yield _tie(local, names, place, kind)
    for index, override in enumerate(local.overrides):
        if override.name not in wins:
            text = f"overrides[{index}] ({override.name}) can never hold: narrower ones replace all of it"
            yield Fault(("overrides", index), text)


def _tie(local: LocalOverrides, names: tuple[str, ...], place: str, kind: Kind) -> Fault:
    index = next(i for i, override in enumerate(local.overrides) if override.name == names[-1])
    where = f"channel {kind.channel}, country {kind.country or 'other'}, vendor {kind.vendor or 'other'}"
    text = (
        f"overrides[{index}]: {' and '.join(names)} both replace {place} for {where}, and neither is the "
        "narrower: let one name more, or write one for both"
    )
    return Fault(("overrides", index, "replace", place), text)
