"""Explain answers of boosted trees: exact SHAP values, looked up leaf by leaf for all trees at once.

What a leaf says of a row depends on nothing but which of its path's splits the row meets, so the values of
every pattern of a short path are tabulated when a model opens (serving/fraud/leaves). A row sums to its raw
score.
"""

from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from serving.fraud.leaves.leaf_tables import Long, Lookup, Tabulated, cells
from serving.fraud.leaves.path import Path, expected, paths_of
from serving.fraud.leaves.patterns import Patterns
from serving.fraud.trees import Tree

Floats = NDArray[np.float64]
# What all tables together may take, in bytes; the values of paths that are too long for it are computed.
MOST_TABLE_BYTES = 64 << 20
VALUE_BYTES = 8
# The longer half of the other paths begins with so many more features than the shortest of them.
LONG_STEP = 2
# Rows that are explained together, so few that what is computed of them stays near the processor.
ROWS = 8


class Explainer:
    """The released trees, prepared to explain any row; a row gives the same bits in any batch."""

    def __init__(self, lookups: Sequence[Lookup], *, base: float, features: int) -> None:
        self._base = base
        self._features = features
        self._lookups = lookups
        self._ends = np.cumsum([len(lookup.asked) for lookup in lookups]).tolist()
        row = np.arange(ROWS)[:, None] * features
        self._places = [(row + lookup.feature).ravel() for lookup in lookups]
        if lookups:
            self._patterns = Patterns([one for lookup in lookups for one in lookup.asked])

    @classmethod
    def of(cls, trees: Iterable[Tree], *, features: int, most_bytes: int = MOST_TABLE_BYTES) -> Self:
        """Prepare trees that split on the first `features` features; tables take up to `most_bytes`.

        Raises UnsupportedTrees if a node was reached by no training row, which leaves its share undefined.
        """
        groups: dict[int, list[Path]] = {}
        base = 0.0
        for tree in trees:
            for path in paths_of(tree):
                groups.setdefault(len(path), []).append(path)
            base += expected(tree)
        return cls(list(_lookups(groups, most_bytes)), base=base, features=features)

    @property
    def base(self) -> float:
        """Return what is answered of a row of which nothing is known, in raw log odds."""
        return self._base

    def contributions(self, rows: NDArray[np.float32]) -> Floats:
        """Return (n, features + 1) SHAP values; the last is what is answered of a row nothing is known of."""
        found = np.zeros((len(rows), self._features + 1))
        found[:, -1] = self._base
        for start in range(0, len(rows) if self._lookups else 0, ROWS):
            some = rows[start : start + ROWS].astype(np.float64)
            found[start : start + ROWS, :-1] = self._explain(some)
        return found

    def _explain(self, rows: Floats) -> Floats:
        met = self._patterns.of_rows(rows)
        size = len(rows) * self._features
        found, begin = np.zeros(size), 0
        for lookup, end, place in zip(self._lookups, self._ends, self._places, strict=True):
            values = lookup.values(met[:, begin:end]).ravel()
            found += np.bincount(place[: len(values)], values, minlength=size)
            begin = end
        return found.reshape(len(rows), -1)


def _lookups(groups: dict[int, list[Path]], most_bytes: int) -> Iterable[Lookup]:
    """Yield the paths of each length together, tabulated as far as there is room."""
    room = most_bytes // VALUE_BYTES
    long: list[Path] = []
    for length in sorted(groups):
        room -= len(groups[length]) * cells(length)
        if room >= 0:
            yield Tabulated(groups[length])
        else:
            long += groups[length]
    if not long:
        return
    # In two parts: each costs some time by itself, and so does what fills the shorter paths up.
    middle = len(long[0]) + LONG_STEP
    for part in ([p for p in long if len(p) < middle], [p for p in long if len(p) >= middle]):
        if part:
            yield Long(part)
