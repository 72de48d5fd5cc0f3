"""Find rows that are copies of others, so that no copy is judged by a model that learned its original."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from training.fraud.rows import Labels
from training.fraud.table.table_columns import Codes, Column

REPEATED_SHARE = 0.01  # rows that repeat an earlier row's features, beyond what chance makes of them
FEWEST_DIFFERENT = 3.0  # answers that chance would let differ among repeated rows, to tell copies from others
DIFFERENT_SHARE = 0.6  # of these, from which on rows are alike and no copies
MISSING_SHARE = 0.5  # of the features of a row, from which on it is not compared with others
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Copies:
    """The group of each row, shared by copies alone; how many rows have copies, in how many groups."""

    group: Codes
    rows: int
    groups: int


def find_copies(columns: Sequence[Column], target: Labels) -> Copies:
    """Group rows that are copies of each other; where rows are only alike, each has a group of its own.

    Rows of a few columns of a few values repeat by chance: as often as they do when every column is shuffled
    by itself, or more often where columns go together. A copy has the answer of its original, while rows that
    are only alike differ in it about as often as their kind does. Rows of which half is missing say too
    little to be called the same.
    """
    values = [column.values for column in columns]
    is_told = np.mean([np.isnan(one) for one in values], axis=0) < MISSING_SHARE
    kind = _kinds([one[is_told] for one in values])
    repeated, limit = _repeats(kind), REPEATED_SHARE * len(target)
    alone = np.arange(len(target), dtype=np.int64)
    if repeated <= limit or repeated <= limit + _repeats_by_chance([one[is_told] for one in values]):
        return Copies(alone, 0, 0)
    if _differ_as_by_chance(kind, target[is_told]):
        return Copies(alone, 0, 0)
    first = np.unique(kind, return_index=True)[1]
    alone[is_told] = alone[is_told][first][kind]
    count = np.bincount(kind)
    return Copies(alone, int(count[count > 1].sum()), int((count > 1).sum()))


def join_groups(one: Codes, other: Codes) -> Codes:
    """Return groups such that rows which share either of two groups share one."""
    rows = len(one)
    left, right = (np.unique(groups, return_inverse=True)[1].ravel() for groups in (one, other))
    links = coo_array((np.ones(rows), (left, right + left.max() + 1)), shape=(2 * rows, 2 * rows))
    return np.asarray(connected_components(links, directed=False)[1][left], dtype=np.int64)


def _kinds(values: Sequence[NDArray[np.float64]]) -> Codes:
    """Number the rows so that those with the same features have the same number, by a 64-bit hash."""
    found = np.zeros(len(values[0]), dtype=np.uint64)
    for one in values:
        # 0.0 is added so that -0.0 and 0.0 are the same.
        found = (found ^ (one + 0.0).view(np.uint64)) * _MIX
        found ^= found >> np.uint64(29)
    return np.asarray(np.unique(found, return_inverse=True)[1].ravel(), dtype=np.int64)


def _repeats_by_chance(values: Sequence[NDArray[np.float64]]) -> int:
    rng = np.random.default_rng(0)
    return _repeats(_kinds([rng.permutation(one) for one in values]))


def _repeats(kind: Codes) -> int:
    """Count the rows that repeat an earlier one."""
    return len(kind) - int(kind.max(initial=-1)) - 1


def _differ_as_by_chance(kind: Codes, target: Labels) -> bool:
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
