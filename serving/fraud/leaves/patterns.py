"""Find which splits each row meets on the way to every leaf.

Every value becomes the code of the interval between thresholds that it lies in, of one byte where they are
few; then a split is met where the code lies between two others, which is asked of all splits at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Self

import numpy as np
from numpy.typing import NDArray

from serving.fraud.leaves.path import Split

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Met = NDArray[np.bool_]
Asked = tuple[int, Split]
"""A feature, and what is asked of its value."""


@dataclass(frozen=True)
class _Bins:
    """The intervals between the thresholds of each feature: ]-inf, t0], ]t0, t1], ..., ]tn, inf], and NaN.

    feature, threshold: all thresholds, by feature and size. used, start, count: the features, and which
    thresholds are theirs.
    """

    feature: Places
    threshold: Floats
    used: Places
    start: Places
    count: Places

    @classmethod
    def of(cls, asked: Sequence[Asked]) -> Self:
        """Cut every feature wherever some split does, and at 0 where all only part NaN from the rest."""
        cuts = {
            (feature, threshold)
            for feature, split in asked
            for threshold in (split.low, split.high)
            if np.isfinite(threshold)
        }
        cuts |= {(feature, 0.0) for feature in {one for one, _ in asked} - {one for one, _ in cuts}}
        ordered = sorted(cuts)
        sizes = {feature: len(list(group)) for feature, group in groupby(ordered, lambda cut: cut[0])}
        count = np.array(list(sizes.values()), dtype=np.intp)
        return cls(
            feature=np.array([feature for feature, _ in ordered], dtype=np.intp),
            threshold=np.array([threshold for _, threshold in ordered], dtype=np.float64),
            used=np.array(list(sizes), dtype=np.intp),
            start=np.cumsum(count) - count,
            count=count,
        )

    @property
    def missing(self) -> int:
        """Return the code of NaN, the same for every feature."""
        return int(self.count.max(initial=0)) + 1

    def codes(self, rows: Floats, dtype: type[np.unsignedinteger]) -> NDArray[np.unsignedinteger]:
        """Return (n, features used) codes of the intervals of a row's values."""
        above = np.take(rows, self.feature, axis=1) > self.threshold
        codes = np.add.reduceat(above, self.start, axis=1, dtype=dtype)
        codes[np.isnan(np.take(rows, self.used, axis=1))] = self.missing
        return codes

    def code_of(self, used: int, threshold: float) -> int:
        """Return the code of the values up to a threshold of one used feature."""
        start = self.start[used]
        return int(np.searchsorted(self.threshold[start : start + self.count[used]], threshold))


class Patterns:
    """All splits that are asked of a row, prepared to be asked at once."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        self._bins = _Bins.of(asked)
        self._dtype = np.uint8 if self._bins.missing <= np.iinfo(np.uint8).max else np.uint16
        place_of = {feature: place for place, feature in enumerate(self._bins.used.tolist())}
        bounds = {one: self._bounds(place_of[one[0]], one[1]) for one in set(asked)}
        self._used = np.array([place_of[feature] for feature, _ in asked], dtype=np.intp)
        low, high, missing = (np.array(each) for each in zip(*(bounds[one] for one in asked), strict=True))
        self._low, self._span = low.astype(self._dtype), (high - low).astype(self._dtype)
        self._missing = missing.astype(bool)

    def of_rows(self, rows: Floats) -> Met:
        """Return (n, asked): which splits (n, features) rows in double precision meet."""
        codes = np.take(self._bins.codes(rows, self._dtype), self._used, axis=1)
        is_missing = codes == self._bins.missing
        # Below the lower bound the difference wraps round, past every span.
        met: Met = np.subtract(codes, self._low, out=codes) <= self._span
        met &= ~is_missing
        met |= is_missing & self._missing
        return met

    def _bounds(self, used: int, split: Split) -> tuple[int, int, bool]:
        """Return the first and the last code that meets a split, and whether NaN does."""
        low = 0 if np.isnan(split.low) else self._bins.code_of(used, split.low) + 1
        high = self._bins.missing - 1 if split.high == np.inf else self._bins.code_of(used, split.high)
        if low > high:
            # What no number meets asks for the code of NaN.
            low = high = self._bins.missing
        return low, high, split.missing
