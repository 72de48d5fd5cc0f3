"""Put amounts of different currencies on one scale, by a small table of rounded reference rates."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import yaml

from data.case_columns import Floats, Texts


@cache
def reference_rates() -> dict[str, float]:
    """Read how many US dollars one unit of each known currency is worth."""
    text = files("features.case").joinpath("reference_rates.yaml").read_text(encoding="utf-8")
    return {str(code): float(rate) for code, rate in yaml.safe_load(text)["usd_for_one"].items()}


def to_usd(amount: Floats, currency: Texts | Sequence[str]) -> Floats:
    """Convert amounts to US dollars; NaN for a currency that is not in the table."""
    rates = reference_rates()
    return amount * np.array([rates.get(code, np.nan) for code in currency], dtype=np.float64)
