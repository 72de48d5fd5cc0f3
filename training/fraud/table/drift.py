"""Find columns whose earlier rows show the opposite of their later rows."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from training.fraud.rows import Labels, Values
from training.fraud.table.table_columns import Column
from training.metrics.ranked import auc, value_of

Periods = NDArray[np.int64]

BINS = 20  # of a number's values, with as many rows each
SMOOTHING_ROWS = 30.0  # average rows that are added to those of a value
FIRST_SHARE = 0.3  # of the rows, which come before those that are told from them
FURTHEST_AUC = 0.47  # on average over later periods, below which a column may mislead
SURE_DEVIATIONS = 3.0  # that the average lies below a half: columns are many


def misleads(column: Column, target: Labels, period: Periods) -> bool:
    """Return whether the share of fraud by value, learned from earlier periods, ranks later rows backwards.

    Such a column looks useful wherever rows of all times are mixed, and costs most where it is trusted most:
    in the vehicle claims, what a month says in one year is wrong in the next.
    """
    value = _values(column)
    found = [
        (
            value_of(auc, target[later] == 1, _earlier_rate(value, target, earlier)[later]),
            _deviation(target[later]),
        )
        for earlier, later in _turns(period)
        if 0 < target[later].sum() < later.sum() and target[earlier].any()
    ]
    if not found:
        return False
    ranks, deviations = np.array(found).T
    weight = deviations**-2 / (deviations**-2).sum()
    mean, deviation = float(weight @ ranks), float(np.sqrt((deviations**-2).sum()) ** -1)
    return mean < FURTHEST_AUC and mean < 0.5 - SURE_DEVIATIONS * deviation


def _turns(period: Periods) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield the rows before each period, once they are enough, and those in it."""
    for one in np.unique(period)[1:]:
        earlier = period < one
        if earlier.mean() >= FIRST_SHARE:
            yield earlier, period == one


def _values(column: Column) -> NDArray[np.int64]:
    """Number the values of a column, a number's in bins; missing is a value of its own."""
    if not column.is_number:
        return column.codes
    numbers = column.numbers
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return np.zeros(len(numbers), dtype=np.int64)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
    binned = np.searchsorted(edges, numbers, side="right").astype(np.int64)
    return np.where(np.isnan(numbers), len(edges) + 1, binned)


def _earlier_rate(value: NDArray[np.int64], target: Labels, earlier: NDArray[np.bool_]) -> Values:
    """Return for each row the share of fraud by its value among earlier rows, drawn towards the average."""
    most = int(value.max()) + 1
    count = np.bincount(value[earlier], minlength=most)
    fraud = np.bincount(value[earlier], weights=target[earlier], minlength=most)
    mean = float(target[earlier].mean())
    return np.asarray(((fraud + SMOOTHING_ROWS * mean) / (count + SMOOTHING_ROWS))[value])


def _deviation(target: Labels) -> float:
    """Return the standard deviation of the AUC of a column that tells nothing (Mann and Whitney)."""
    positive, negative = float((target == 1).sum()), float((target == 0).sum())
    return float(np.sqrt((positive + negative + 1) / (12 * positive * negative)))
