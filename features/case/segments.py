"""Sum, compare and count the events of many cases, case by case and in a fixed order.

Every sum runs in the order of the events, so one case gives the same bits alone and among a million.
"""

from dataclasses import dataclass
from functools import cached_property

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

    def counts_by(self, codes: Codes, kinds: int) -> Floats:
        """Return (cases, kinds): how many events of each case have each code from 0 on."""
        place = self.row * kinds + codes
        counts = np.bincount(place, minlength=self.cases * kinds).astype(np.float64)
        return counts.reshape(self.cases, kinds)

    def totals(self, values: Floats, where: Mask) -> Floats:
        """Add the chosen values of each case; 0 for none."""
        return np.bincount(self.row[where], weights=values[where], minlength=self.cases).astype(np.float64)

    def largest(self, values: Floats, where: Mask) -> Floats:
        """Return the largest chosen value of each case, NaN for none."""
        found = self._nothing.copy()
        np.fmax.at(found, self.row[where], values[where])
        return found

    def smallest(self, values: Floats, where: Mask) -> Floats:
        """Return the smallest chosen value of each case, NaN for none."""
        return -self.largest(-values, where)

    def first(self, values: Floats, where: Mask) -> Floats:
        """Return the chosen value that comes first in each case, NaN for none."""
        found = self._nothing.copy()
        # Of several values put in one place the last stays, so they are put there from the end.
        found[self.row[where][::-1]] = values[where][::-1]
        return found

    def last(self, values: Floats, where: Mask) -> Floats:
        """Return the chosen value that comes last in each case, NaN for none."""
        found = self._nothing.copy()
        found[self.row[where]] = values[where]
        return found

    def distinct(self, values: Codes, where: Mask) -> Floats:
        """Count the different chosen values, 0 or more, of each case."""
        row, value = self.row[where], values[where]
        if not len(row):
            return np.zeros(self.cases)
        span = int(value.max()) + 1
        place = np.sort(row * span + value)
        is_new = np.ones(len(place), dtype=bool)
        is_new[1:] = place[1:] != place[:-1]
        return np.bincount(place[is_new] // span, minlength=self.cases).astype(np.float64)

    def follows(self) -> Mask:
        """Return, for each event, whether the one before it belongs to the same case."""
        same = np.zeros(len(self.row), dtype=bool)
        same[1:] = self.row[1:] == self.row[:-1]
        return same

    @cached_property
    def _nothing(self) -> Floats:
        return np.full(self.cases, np.nan)
