"""Add up, compare and count the flat events of many cases, case by case and in a fixed order.

Every sum runs in the order of the events, so one case gives the same bits alone and among a million.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.case_columns import Codes, Floats

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Segments:
    """Which case each event belongs to: `row` ascending, `cases` of them in all."""

    row: Codes
    cases: int

    def counts(self, where: Mask) -> Floats:
        """Count the chosen events of each case."""
        return np.bincount(self.row[where], minlength=self.cases).astype(np.float64)

    def totals(self, values: Floats, where: Mask) -> Floats:
        """Add the chosen values of each case; 0 for none."""
        return np.bincount(self.row[where], weights=values[where], minlength=self.cases).astype(np.float64)

    def largest(self, values: Floats, where: Mask) -> Floats:
        """Return the largest chosen value of each case, NaN for none."""
        found = np.full(self.cases, -np.inf)
        np.maximum.at(found, self.row[where], values[where])
        return np.where(np.isinf(found), np.nan, found)

    def smallest(self, values: Floats, where: Mask) -> Floats:
        """Return the smallest chosen value of each case, NaN for none."""
        return -self.largest(-values, where)

    def first(self, values: Floats, where: Mask) -> Floats:
        """Return the chosen value that comes first in each case, NaN for none."""
        return self._at(self.smallest(np.arange(len(values), dtype=np.float64), where), values)

    def last(self, values: Floats, where: Mask) -> Floats:
        """Return the chosen value that comes last in each case, NaN for none."""
        return self._at(self.largest(np.arange(len(values), dtype=np.float64), where), values)

    def distinct(self, values: Codes, where: Mask) -> Floats:
        """Count the different chosen values of each case."""
        row, value = self.row[where], values[where]
        order = np.lexsort((value, row))
        row, value = row[order], value[order]
        is_new = np.ones(len(row), dtype=bool)
        is_new[1:] = (row[1:] != row[:-1]) | (value[1:] != value[:-1])
        return np.bincount(row[is_new], minlength=self.cases).astype(np.float64)

    def follows(self) -> Mask:
        """Return, for each event, whether the one before it belongs to the same case."""
        same = np.zeros(len(self.row), dtype=bool)
        same[1:] = self.row[1:] == self.row[:-1]
        return same

    def _at(self, position: Floats, values: Floats) -> Floats:
        found = np.full(self.cases, np.nan)
        known = ~np.isnan(position)
        found[known] = values[position[known].astype(np.int64)]
        return found
