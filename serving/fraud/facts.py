"""Write the facts of one case as an operator reads them: its words, and its features with their units."""

import math
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from data.case import ReturnCase
from data.defect import Grade
from data.verification import FunctionalGrade
from features.case.contract import CaseContract, Feature
from serving.wording import say, say_outcome

STAGES = ("authorised, not arrived yet", "arrived, not verified yet", "verified")
# Words by which a code says that nobody knows.
_UNKNOWN = {"unknown", FunctionalGrade.UNTESTED.value}


class Sign(StrEnum):
    """The sides of 0 on which a feature can lie, as it is written."""

    ABOVE = "above"
    ZERO = "zero"
    BELOW = "below"


class Facts(dict[str, str]):
    """The words of a case by name, and any feature with its unit; what is not known raises KeyError.

    Lengths of time, counts and grades are written without their sign: a text tells it in words. Amounts are
    in the currency of the case, by the rates of the contract, or in USD where it has none for that.
    """

    def __init__(self, case: ReturnCase, vector: NDArray[np.float32], contract: CaseContract) -> None:
        super().__init__(_words(case), moment_name=STAGES[int(vector[0])])
        self._vector = vector
        self._contract = contract
        self._currency = case.rma.value.currency

    def __missing__(self, name: str) -> str:
        feature, value = self._find(name)
        if math.isnan(value):
            raise KeyError(name)
        return self._amount(value) if feature.unit == "USD" else _write(feature, value)

    def _amount(self, usd: float) -> str:
        rate = self._contract.usd_for_one.get(self._currency)
        return f"{usd:,.0f} USD" if rate is None else f"{usd / rate + 0.0:,.0f} {self._currency}"

    def sign(self, name: str) -> Sign | None:
        """Return on which side of 0 a feature is written, None where it is not known."""
        feature, value = self._find(name)
        if math.isnan(value):
            return None
        written = _rounded(feature, value)
        return Sign.ZERO if written == 0.0 else Sign.ABOVE if written > 0.0 else Sign.BELOW

    def _find(self, name: str) -> tuple[Feature, float]:
        place = self._contract.places[name]
        return self._contract.features[place], float(self._vector[place])


def _rounded(feature: Feature, value: float) -> float:
    """Round as far as a person reads it; 0.0 is never negative."""
    return round(value, _decimals(feature, value)) + 0.0


def _decimals(feature: Feature, value: float) -> int:
    if feature.unit in {"share", "probability"}:
        return 3 if feature.low < 0 else 2
    if feature.unit == "ratio":
        return 1
    return 1 if abs(value) < 10 and feature.unit not in {"grade", "grades", "USD"} else 0


def _write(feature: Feature, value: float) -> str:
    """Write a value with its unit."""
    written = _rounded(feature, value)
    if feature.unit in {"share", "probability"}:
        return f"{written:+.1%}" if feature.low < 0 else f"{written:.0%}"
    if feature.unit == "ratio":
        return f"{written:.1f}"
    if feature.unit == "grade":
        return tuple(Grade)[int(written)].value
    number = f"{abs(written):,.1f}".removesuffix(".0")
    return f"{number} {_one_of(feature.unit) if number == '1' else feature.unit}"


def _one_of(unit: str) -> str:
    """Return the name of one: hour of hours, facility of facilities; km stays as it is."""
    return f"{unit[:-3]}y" if unit.endswith("ies") else unit.removesuffix("s")


def _words(case: ReturnCase) -> dict[str, str]:
    """Return the facts of a case that are words rather than numbers, as far as they are known by `as_of`."""
    rma, seen = case.rma, case.known_verification
    codes: dict[str, StrEnum | None] = {
        "reason": rma.reason,
        "first_reason": rma.first_reason,
        "channel": rma.channel,
        "device_class": rma.device_class,
        "ownership": rma.ownership,
    }
    texts = {"expected_serial": rma.expected_serial, "expected_imei": " or ".join(rma.identity.imeis)}
    if seen is not None:
        codes |= {
            "seal": seen.seal,
            "lock": seen.lock,
            "list_status": seen.list_status,
            "functional": seen.functional,
        }
        texts |= {
            "observed_serial": seen.observed_serial,
            "observed_imei": " and ".join(seen.identity.imeis),
            "outcome": say_outcome(seen.outcome),
        }
    known = {name: say(code) for name, code in codes.items() if code is not None and code not in _UNKNOWN}
    return known | {name: text for name, text in texts.items() if text}
