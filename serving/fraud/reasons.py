"""Tell why a score is what it is: exact contributions of the trees by reason, with the values of the case."""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from data.case import ReturnCase
from data.fraud import Moment, Reason
from data.strict import Frozen
from data.versioned_file import read_yaml
from features.case.contract import CaseContract, Feature
from serving.wording import say

NOT_KNOWN = "not known"
STAGES = {0: "authorised", 1: "arrived", 2: "verified"}
_TEXTS = Path(__file__).parent / "policies" / "fraud-reasons-1.yaml"


class ReasonText(Frozen):
    """How one reason is told to an operator, with facts in braces, and to a customer."""

    operator: str = Field(min_length=1)
    customer: str = Field(min_length=1)


class _ReasonTexts(Frozen):
    """The entries of the file of texts, explained there."""

    version: str
    reasons: dict[str, ReasonText]


@cache
def reason_texts() -> dict[str, ReasonText]:
    """Read the texts of every reason code."""
    return read_yaml(_TEXTS, _ReasonTexts).reasons


def gather(contributions: NDArray[np.float64], contract: CaseContract) -> dict[str, float]:
    """Add one case's contributions, one a feature, up by reason code."""
    sums: dict[str, float] = {}
    for feature, contribution in zip(contract.features, contributions.tolist(), strict=True):
        sums[feature.reason] = sums.get(feature.reason, 0.0) + contribution
    return sums


def tell(
    sums: Mapping[str, float],
    case: ReturnCase,
    vector: NDArray[np.float32],
    contract: CaseContract,
    *,
    most: int,
) -> tuple[Reason, ...]:
    """Return the reasons that moved the score most, strongest first."""
    texts = reason_texts()
    facts = _Facts(case, vector, contract)
    strongest = sorted(
        (code for code in sums if sums[code] != 0.0), key=lambda code: (-abs(sums[code]), code)
    )
    return tuple(
        Reason(
            code=code,
            text=f"{texts[code].operator.format_map(facts)} ({_direction(sums[code])})",
            customer_text=texts[code].customer,
            contribution=sums[code],
        )
        for code in strongest[:most]
    )


class _Facts(dict[str, str]):
    """The words of a case, and any feature by name, written with its unit when a text asks for it."""

    def __init__(self, case: ReturnCase, vector: NDArray[np.float32], contract: CaseContract) -> None:
        super().__init__(_words(case), moment_name=STAGES[int(vector[0])])
        self._vector = vector
        self._contract = contract

    def __missing__(self, name: str) -> str:
        if name not in self._contract.places:
            return NOT_KNOWN
        place = self._contract.places[name]
        return _write(self._contract.features[place], float(self._vector[place]))


def _direction(contribution: float) -> str:
    return "raises the score" if contribution > 0 else "lowers the score"


def _write(feature: Feature, value: float) -> str:
    """Write a value with its unit."""
    if math.isnan(value):
        return NOT_KNOWN
    if feature.unit == "yes or no":
        return "yes" if value == 1.0 else "no"
    if feature.unit in {"share", "probability"}:
        return f"{value:+.1%}" if feature.low < 0 else f"{value:.0%}"
    if feature.unit in {"ratio", "grade", "grades"}:
        return f"{value:.1f}"
    if feature.unit == "USD":
        return f"{value:,.0f} USD"
    return f"{value:,.1f} {feature.unit}" if value != int(value) else f"{int(value):,} {feature.unit}"


def _words(case: ReturnCase) -> dict[str, str]:
    """Return the facts of a case that are words rather than numbers, as far as they are known by `as_of`."""
    rma, seen = case.rma, case.verification
    words: dict[str, Any] = {
        "expected_serial": rma.expected_serial,
        "expected_imei": " or ".join(rma.identity.imeis) or None,
        "reason": rma.reason,
        "first_reason": rma.first_reason,
        "channel": rma.channel,
        "device_class": rma.device_class,
        "ownership": rma.ownership,
    }
    if seen is not None and seen.verified_at <= case.as_of:
        words |= {
            "observed_serial": seen.observed_serial,
            "observed_imei": " and ".join(seen.identity.imeis) or None,
            "outcome": seen.outcome,
            "seal": seen.seal,
            "lock": seen.lock,
            "list_status": seen.list_status,
        }
    return {name: say(str(word)) for name, word in words.items() if word is not None}


def moment_of(vector: NDArray[np.float32]) -> Moment:
    """Return the moment that the first feature of a vector names."""
    return tuple(Moment)[int(vector[0])]
