"""Put amounts of different currencies on one scale, by the rates that the contract was fitted with."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from data.case_columns import Floats, Texts
from data.exchange.rate_table import RateTable, shipped_rates

# Not the newest table: a fitted model knows refund values as this one scales them.
FITTED_WITH = "reference-1"


@cache
def usd_for_one() -> Mapping[str, float]:
    """Return how many US dollars one unit of each currency was worth when the model was fitted."""
    return shipped_rates(FITTED_WITH).rates


def usd_with(own: RateTable) -> Mapping[str, float]:
    """Return the same with what an operator's own table adds; what the model was fitted with stays."""
    quotes = shipped_rates(FITTED_WITH).quoted.over(own).quotes
    return {code: quote.rate for code, quote in quotes.items()}


def to_usd(
    amount: Floats, currency: Texts | Sequence[str], rates: Mapping[str, float] | None = None
) -> Floats:
    """Convert amounts to US dollars; NaN for a currency that has no rate."""
    known = usd_for_one() if rates is None else rates
    return amount * np.array([known.get(code, np.nan) for code in currency], dtype=np.float64)
