"""Estimate an operator's true share of fraud from what became known, with its interval."""

import numpy as np
from numpy.typing import NDArray

from training.fraud.own.own_rows import OwnRows
from training.fraud.rows import Values
from training.metrics.bootstrap import ROW_DRAWS, draw_groups
from training.metrics.figure import Figure, interval_of


def estimate_base_rate(rows: OwnRows, confirmed: Values, confirmed_falsely: float) -> Figure | None:
    """Return the share of fraud among all returns that the outcomes stand for; None where nobody can say.

    Each outcome counts for as many returns as it stands for (inverse propensity), each confirmed fraud for
    one over the share of its kind that is confirmed, and what is falsely confirmed is taken off. The interval
    is by draws of whole customers; that the confirmed shares are assumed is not in it.
    """
    kept = rows.is_last & rows.is_known & np.isfinite(rows.weight)
    if not kept.any():
        return None
    weight, fraud = rows.weight[kept], rows.is_fraud[kept]
    stands_for = weight * fraud / confirmed[kept]
    falsely = confirmed_falsely / float(confirmed[kept].mean())
    sums = _by_customer(rows.customer[kept], np.stack([stands_for, weight], axis=1))
    drawn = draw_groups(np.arange(len(sums)), len(sums), ROW_DRAWS)
    low, high = interval_of(_share(drawn @ sums, falsely))
    value = float(_share(sums.sum(axis=0)[None], falsely)[0])
    return Figure(value, low, high, int(fraud.sum()), int((~fraud).sum()), len(sums))


def _share(sums: Values, falsely: float) -> Values:
    seen = sums[:, 0] / sums[:, 1]
    return np.asarray(np.clip((seen - falsely) / (1.0 - falsely), 0.0, 1.0))


def _by_customer(customer: NDArray[np.int64], columns: Values) -> Values:
    names, member = np.unique(customer, return_inverse=True)
    return np.stack([np.bincount(member, column, len(names)) for column in columns.T], axis=1)
