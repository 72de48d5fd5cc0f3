"""Define the contract between both sides: the features of a case in order, with units, ranges and meaning."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

from data.fraud import Moment
from data.strict import Frozen
from data.versioned_file import read_yaml
from features.case.currency import usd_for_one
from features.case.words import SPREAD, WordFlags, unlearnt_words

ALWAYS_GIVEN = "-"
# Inputs that a feature needs beside the one its contract names.
PARTNERS = {
    "rma.pickup_address_id": "rma.address_id",
    "verification.observed_serial": "rma.expected_serial",
    "verification.weight_g": "rma.expected_weight_g",
    "verification.accessories": "rma.expected_accessories",
}
CASE_CONTRACT = Path(__file__).parent / "case_contract.yaml"


class Input(NamedTuple):
    """One input of a case: its path, the part of the case, and its name there, empty for the part itself."""

    path: str
    part: str
    name: str

    @classmethod
    def of(cls, path: str) -> Self:
        """Take a path apart."""
        part, _, name = path.partition(".")
        return cls(path, part, name)


@dataclass(frozen=True)
class Feature:
    """One entry of the vector.

    low and high bound what is usual, not what is allowed. moment is the earliest at which it can be known,
    needs the part of the case that it is made of, reason the code under which its influence is told.
    """

    name: str
    unit: str
    low: float
    high: float
    moment: Moment
    needs: str
    reason: str
    meaning: str


@dataclass(frozen=True)
class CaseContract:
    """The features in order, under a version, and the rates that bring amounts on one scale."""

    version: str
    features: tuple[Feature, ...]
    usd_for_one: Mapping[str, float] = field(default_factory=usd_for_one)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names in the order of the vector."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def places(self) -> dict[str, int]:
        """Return the place of each name in the vector."""
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def unlearnt(self) -> dict[str, frozenset[StrEnum]]:
        """Return, by where they stand in a case, the words that no model of this contract knows."""
        return unlearnt_words(self.places)

    @cached_property
    def flags(self) -> dict[str, WordFlags]:
        """Return, by where a word stands in a case, how its list is spread over columns."""
        return {words.path: words.flags(self.places) for words in SPREAD}

    @cached_property
    def sha256(self) -> str:
        """Return the hash of the whole contract in canonical JSON."""
        body = {"version": self.version, "features": [asdict(feature) for feature in self.features]}
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()

    @cached_property
    def reason_codes(self) -> tuple[str, ...]:
        """Return the reasons that features stand for, sorted, each once."""
        return tuple(sorted({feature.reason for feature in self.features}))

    @cached_property
    def reason_places(self) -> tuple[int, ...]:
        """Return for each feature the place of its reason in `reason_codes`."""
        return tuple(map(self.reason_codes.index, (feature.reason for feature in self.features)))

    @cached_property
    def wanted(self) -> dict[Moment, tuple[Input, ...]]:
        """Return the inputs that the features known by each moment can use, with their partners."""
        return {
            moment: tuple(
                Input.of(path)
                for path in dict.fromkeys(
                    path for need in needs for path in (PARTNERS.get(need), need) if path is not None
                )
            )
            for moment, needs in self.needs.items()
        }

    @cached_property
    def needs(self) -> dict[Moment, tuple[str, ...]]:
        """Return the parts of a case that the features known by each moment are made of, each once."""
        order = list(Moment)
        return {
            moment: tuple(
                dict.fromkeys(
                    feature.needs
                    for feature in self.features
                    if feature.needs != ALWAYS_GIVEN and order.index(feature.moment) <= order.index(moment)
                )
            )
            for moment in Moment
        }

    def describe(self) -> dict[str, Any]:
        """Return what a manifest records of the contract."""
        return {"version": self.version, "sha256": self.sha256, "names": list(self.names)}


class _Group(Frozen):
    """The features known from one moment on: unit, low, high, needs, reason and meaning by name."""

    moment: Moment
    features: dict[str, tuple[str, float, float, str, str, str]]


class _ContractFile(Frozen):
    """The entries of case_contract.yaml, explained there."""

    version: str
    groups: tuple[_Group, ...]


@cache
def case_contract() -> CaseContract:
    """Read case_contract.yaml."""
    file = read_yaml(CASE_CONTRACT, _ContractFile)
    rows = (
        Feature(name, unit, low, high, group.moment, needs, reason, meaning)
        for group in file.groups
        for name, (unit, low, high, needs, reason, meaning) in group.features.items()
    )
    return CaseContract(file.version, tuple(rows))
