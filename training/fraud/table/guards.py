"""Find what gives the answer of a table away: columns written after it, and rows sorted by it."""

import numpy as np
from numpy.typing import NDArray

from data.labelled.labelled_table import InvalidTable
from training.fraud.rows import Labels
from training.fraud.table.table_columns import Column
from training.metrics.ranked import auc, value_of

LEAK_AUC = 0.99  # one column alone ranks fraud this well: it was written after the fact
MISSING_LEAK_AUC = 0.90  # whether a column is filled in ranks fraud this well
RUNS_SHARE = 0.25  # of the runs of equal labels that chance would leave; bookings in order of time had 0.34
FEWEST_OF_A_CLASS = 20
SMOOTHING_ROWS = 30.0  # average rows that are added to those of a name


def require_both_classes(name: str, target: Labels) -> None:
    """Raise InvalidTable unless there is enough of both answers to learn from."""
    positives = int(target.sum())
    if min(positives, len(target) - positives) < FEWEST_OF_A_CLASS:
        raise InvalidTable(
            f"target {name!r} has {positives} rows with 1 and {len(target) - positives} with 0; "
            f"at least {FEWEST_OF_A_CLASS} of each are needed"
        )


def leak_of(column: Column, target: Labels) -> str | None:
    """Return how a column gives the answer away, by itself or by its being missing; None if it does not."""
    values, truth = column.values, target.astype(bool)
    is_missing = np.isnan(values)
    found = _strength(truth, is_missing.astype(np.float64))
    if found >= MISSING_LEAK_AUC:
        return f"whether it is filled in gives the target away (AUC {found:.3f})"
    kept = ~is_missing & np.isfinite(values)
    if not column.is_number:
        values, is_judged = _rates_of_one_half(column, target)
        kept &= is_judged
    if not truth[kept].any() or truth[kept].all():
        return None
    found = _strength(truth[kept], values[kept])
    return f"it alone gives the target away (AUC {found:.3f})" if found >= LEAK_AUC else None


def is_sorted_by_label(target: Labels) -> bool:
    """Return whether the order of the rows tells the label, as after sorting by it."""
    share = float(target.mean())
    expected = 2.0 * share * (1.0 - share) * len(target)
    runs = int((target[1:] != target[:-1]).sum()) + 1
    place = _strength(target.astype(bool), np.arange(len(target), dtype=np.float64))
    return runs < RUNS_SHARE * expected or place >= MISSING_LEAK_AUC


def _rates_of_one_half(column: Column, target: Labels) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the share of fraud by name, as every other row tells it, and which rows did not tell it."""
    tells = np.arange(len(target)) % 2 == 0
    count = np.bincount(column.codes[tells], minlength=len(column.names))
    fraud = np.bincount(column.codes[tells], weights=target[tells], minlength=len(column.names))
    rates = (fraud + SMOOTHING_ROWS * target[tells].mean()) / (count + SMOOTHING_ROWS)
    return rates[column.codes], ~tells & (count > 0)[column.codes]


def _strength(truth: NDArray[np.bool_], values: NDArray[np.float64]) -> float:
    found = value_of(auc, truth, values)
    return max(found, 1.0 - found)
