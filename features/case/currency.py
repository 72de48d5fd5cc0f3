"""Convert amounts of different currencies into one, by a small table of rounded reference rates."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from data.case_columns import Floats, Texts
from data.money import CurrencyCode
from data.strict import Frozen
from data.versioned_file import read_yaml

_REFERENCE_RATES = Path(__file__).parent / "reference_rates.yaml"


class ReferenceRates(Frozen):
    """The entries of reference_rates.yaml, explained there."""

    version: str
    date: date
    source: str
    usd_for_one: dict[CurrencyCode, float]


@cache
def reference_rates() -> dict[str, float]:
    """Read how many US dollars one unit of each known currency is worth."""
    return read_yaml(_REFERENCE_RATES, ReferenceRates).usd_for_one


def to_usd(amount: Floats, currency: Texts | Sequence[str]) -> Floats:
    """Convert amounts to US dollars; NaN for a currency that is not in the table."""
    rates = reference_rates()
    return amount * np.array([rates.get(code, np.nan) for code in currency], dtype=np.float64)
