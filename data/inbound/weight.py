"""Convert weights in other units into grams."""

import math
from typing import Any

from data.inbound.codes import code_tables

MAX_PARCEL_G = 100_000.0


class UnknownWeight(ValueError):
    """A weight that can't be read; the message says what was given."""


def grams(amount: Any, unit: str) -> float | None:
    """Return a weight in grams, to a tenth; None for zero, which means not weighed.

    Raises UnknownWeight for a unit or number that is none, and for more than a parcel may weigh.
    """
    factors = code_tables().grams_per_unit
    factor = factors.get(unit.strip().upper())
    if factor is None:
        raise UnknownWeight(f"weight unit {unit!r} is not one of {', '.join(factors)}")
    weight_g = _number(amount) * factor
    if not 0 <= weight_g <= MAX_PARCEL_G:
        raise UnknownWeight(f"weight {amount} {unit} is not between 0 and {MAX_PARCEL_G:.0f} g")
    return round(weight_g, 1) or None


def _number(amount: Any) -> float:
    if isinstance(amount, bool) or not isinstance(amount, str | int | float):
        raise UnknownWeight(f"weight {str(amount)[:80]!r} is not a number")
    try:
        number = float(amount)
    except (ValueError, OverflowError) as error:
        raise UnknownWeight(f"weight {amount!r} is not a number") from error
    if not math.isfinite(number):
        raise UnknownWeight(f"weight {amount!r} is not a number")
    return number
