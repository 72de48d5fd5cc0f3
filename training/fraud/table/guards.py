"""Refuse a table that gives its answer away."""

import numpy as np
from numpy.typing import NDArray

from data.labelled.labelled_table import InvalidTable, TableSpec
from training.fraud.rows import Labels, Matrix
from training.metrics.ranked import auc, value_of

LEAK_AUC = 0.99  # one column alone ranks fraud this well: it was written after the fact
MISSING_LEAK_AUC = 0.90  # whether a column is filled in ranks fraud this well
REPEATED_SHARE = 0.01  # rows that repeat an earlier row's features, beyond what chance makes of them
FEWEST_DIFFERENT = 3.0  # answers that chance would let differ among repeated rows, to tell copies from others
DIFFERENT_SHARE = 0.6  # of these, from which on rows are alike and no copies
MISSING_SHARE = 0.5  # of the features of a row, from which on it is not compared with others
RUNS_SHARE = 0.25  # of the runs of equal labels that chance would leave; bookings in order of time had 0.34
FEWEST_OF_A_CLASS = 20


def require_both_classes(name: str, target: Labels) -> None:
    """Raise InvalidTable unless there is enough of both answers to learn from."""
    positives = int(target.sum())
    if min(positives, len(target) - positives) < FEWEST_OF_A_CLASS:
        raise InvalidTable(
            f"target {name!r} has {positives} rows with 1 and {len(target) - positives} with 0; "
            f"at least {FEWEST_OF_A_CLASS} of each are needed"
        )


def require_no_leak(names: tuple[str, ...], matrix: Matrix, target: Labels) -> None:
    """Raise InvalidTable if one column, or its being missing, all but gives the answer."""
    truth = target.astype(bool)
    for column, name in enumerate(names):
        values = matrix[:, column].astype(np.float64)
        unknown = np.isnan(values)
        found = _strength(truth, unknown.astype(np.float64))
        if found >= MISSING_LEAK_AUC:
            raise InvalidTable(
                f"whether column {name!r} is filled in gives the target away (AUC {found:.3f}); leave it out"
            )
        known = ~unknown & np.isfinite(values)
        if truth[known].any() and not truth[known].all():
            found = _strength(truth[known], values[known])
            if found >= LEAK_AUC:
                raise InvalidTable(
                    f"column {name!r} alone gives the target away (AUC {found:.3f}); was it written "
                    "after the outcome? Leave it out"
                )


def require_no_repeats(spec: TableSpec, matrix: Matrix, target: Labels) -> None:
    """Raise InvalidTable if many rows are copies of others and nothing keeps them together.

    Rows of a few columns of a few values repeat by chance: as often as they do when every column is shuffled
    by itself, or more often where columns go together. A copy has the answer of its original, while rows that
    are only alike differ in it about as often as their kind does. Rows of which half is missing say too
    little to be called the same.
    """
    if spec.group is not None:
        return
    is_told = np.isnan(matrix).mean(axis=1) < MISSING_SHARE
    told = matrix[is_told]
    kind = _kinds(told)
    repeated = _repeats(kind)
    chance = _repeats(_kinds(np.random.default_rng(0).permuted(told, axis=0)))
    are_many = repeated > REPEATED_SHARE * len(matrix) + chance
    if are_many and not _differ_as_by_chance(kind, target[is_told]):
        raise InvalidTable(
            f"{repeated:,} of {len(matrix):,} rows repeat the features of another row, mostly with its "
            "target too, so parts of the split would share them; remove the repeats, or name as `group` the "
            "column that keeps them together"
        )


def require_mixed_order(target: Labels) -> None:
    """Raise InvalidTable if the order of the rows tells the label, as after sorting by it."""
    share = float(target.mean())
    expected = 2.0 * share * (1.0 - share) * len(target)
    runs = int((target[1:] != target[:-1]).sum()) + 1
    place = _strength(target.astype(bool), np.arange(len(target), dtype=np.float64))
    if runs < RUNS_SHARE * expected or place >= MISSING_LEAK_AUC:
        raise InvalidTable(
            f"the order of the rows gives the target away ({runs:,} runs of equal labels where chance leaves "
            f"about {expected:,.0f}); shuffle the rows, and leave out any column that numbers them"
        )


def _kinds(matrix: Matrix) -> NDArray[np.int64]:
    """Number the rows so that those with the same features have the same number."""
    rows = np.ascontiguousarray(np.nan_to_num(matrix, nan=-1.2345e30)).view(np.uint8)
    return np.unique(rows, axis=0, return_inverse=True)[1].astype(np.int64).ravel()


def _repeats(kind: NDArray[np.int64]) -> int:
    """Count the rows that repeat an earlier one."""
    return len(kind) - len(np.unique(kind))


def _differ_as_by_chance(kind: NDArray[np.int64], target: Labels) -> bool:
    """Return whether rows of one kind have different answers nearly as often as any repeated rows.

    A kind of n rows, of which k are positive, counts as n - 1 pairs that differ in 2 k (n - k) / (n (n - 1)).
    """
    rows = np.bincount(kind).astype(np.float64)
    positive = np.bincount(kind, weights=target)
    is_repeated = rows > 1
    n, k = rows[is_repeated], positive[is_repeated]
    share = k.sum() / n.sum()
    expected = (n - 1).sum() * 2 * share * (1 - share)
    found = (2 * k * (n - k) / n).sum()
    return bool(expected >= FEWEST_DIFFERENT and found >= DIFFERENT_SHARE * expected)


def _strength(truth: NDArray[np.bool_], values: NDArray[np.float64]) -> float:
    found = value_of(auc, truth, values)
    return max(found, 1.0 - found)
