"""Make features of columns: numbers as they are, flags for frequent names, and rates where names are many."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.encoding import ColumnEncoding
from training.fraud.rows import Labels, Matrix
from training.fraud.table.table_columns import Column
from training.metrics.ranked import Bools

RATE_FOLDS = 10


@dataclass(frozen=True)
class Encoder:
    """The way categories become features.

    A name in `fewest_rows` or more gets a flag, the `most_levels` most frequent ones at most. Where that
    leaves out more than `rest_share` of the rows, the column gets the share of fraud by name too, drawn
    towards the average as if `smoothing_rows` average rows were added.
    """

    fewest_rows: int
    most_levels: int
    rest_share: float
    smoothing_rows: float

    def encodings(self, columns: Sequence[Column], target: Labels, rows: Bools) -> list[ColumnEncoding]:
        """Fit the levels and rates of each category on some rows only."""
        return [self._encoding(column, target, rows) for column in columns]

    def learned_matrix(
        self, columns: Sequence[Column], encodings: Sequence[ColumnEncoding], target: Labels, rows: Bools
    ) -> Matrix:
        """Encode all rows; in those that the encodings were learned from, no rate counts its own row."""
        parts = [encoded(column, one) for column, one in zip(columns, encodings, strict=True)]
        for column, one, part in zip(columns, encodings, parts, strict=True):
            if one.rates is not None:
                part[rows, -1] = self._rates_of_others(column, one, target, rows)
        return np.concatenate(parts, axis=1)

    def _encoding(self, column: Column, target: Labels, rows: Bools) -> ColumnEncoding:
        if column.is_number:
            return ColumnEncoding(column.name, column.kind)
        count = np.bincount(column.codes[rows], minlength=len(column.names))
        order = np.argsort(-count, kind="stable")
        frequent = order[: self.most_levels][count[order[: self.most_levels]] >= self.fewest_rows]
        rest = int(count.sum() - count[frequent].sum())
        has_rates = rest > self.rest_share * rows.sum() and count.max() > 1
        levels = tuple(column.names[code] for code in frequent.tolist())
        return ColumnEncoding(
            column.name, column.kind, levels, self.rates(column, target, rows) if has_rates else None
        )

    def rates(self, column: Column, target: Labels, rows: Bools) -> dict[str, float]:
        """Return the share of fraud by name, drawn towards the average."""
        count = np.bincount(column.codes[rows], minlength=len(column.names))
        fraud = np.bincount(column.codes[rows], weights=target[rows], minlength=len(column.names))
        weight, mean = self.smoothing_rows, float(target[rows].mean())
        found = ((fraud + weight * mean) / (count + weight)).tolist()
        return {
            name: found[code] for code, name in enumerate(column.names) if name is not None and count[code]
        }

    def _rates_of_others(
        self, column: Column, one: ColumnEncoding, target: Labels, rows: Bools
    ) -> NDArray[np.float32]:
        found = np.empty(len(target), dtype=np.float32)
        fold = np.arange(len(target)) % RATE_FOLDS
        for number in range(RATE_FOLDS):
            others = replace(one, rates=self.rates(column, target, rows & (fold != number)))
            is_told = fold == number
            found[is_told] = others.rate(column.names)[column.codes[is_told]]
        return found[rows]


def encoded(column: Column, encoding: ColumnEncoding) -> Matrix:
    """Return the features of one column, encoded as they are when scoring."""
    if column.is_number:
        return column.numbers[:, None].copy()
    return encoding.encode(column.names)[column.codes]


def encoded_all(
    columns: Sequence[Column], encodings: Sequence[ColumnEncoding], rows: NDArray[np.int64]
) -> Matrix:
    """Return the features of some rows of all columns."""
    parts = [
        column.numbers[rows][:, None] if column.is_number else one.encode(column.names)[column.codes[rows]]
        for column, one in zip(columns, encodings, strict=True)
    ]
    return np.concatenate(parts, axis=1)
