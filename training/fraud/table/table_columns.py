"""Hold the columns of a table in the form that is computed with: numbers, or codes of names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.labelled.labelled_table import ColumnKind
from features.encoding import Level, Texts, numbers_of, require_numbers

Codes = NDArray[np.int64]
_NO_CODES: Codes = np.zeros(0, dtype=np.int64)
_NO_NUMBERS: NDArray[np.float32] = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True)
class Column:
    """One column: (n,) float32 numbers, or (n,) codes into `names`, whose last is None where any is missing.

    all_differ: no two cells have the same text.
    """

    name: str
    kind: ColumnKind
    numbers: NDArray[np.float32]
    codes: Codes
    names: tuple[Level, ...] = ()
    all_differ: bool = False

    @property
    def is_number(self) -> bool:
        """Return whether the column holds numbers."""
        return self.kind is ColumnKind.NUMBER

    @property
    def values(self) -> NDArray[np.float64]:
        """Return the numbers, or the codes, NaN where the cell is missing."""
        if self.is_number:
            return self.numbers.astype(np.float64)
        is_missing = np.array([name is None for name in self.names], dtype=bool)
        return np.where(is_missing[self.codes], np.nan, self.codes.astype(np.float64))

    @property
    def is_uninformative(self) -> bool:
        """Return whether the column never varies, gives each row a name of its own, or numbers the rows."""
        if self.is_number:
            return _is_constant(self.numbers) or (self.all_differ and _numbers_the_rows(self.values))
        return len(self.names) == 1 or self.all_differ


def read_column(name: str, kind: ColumnKind, texts: Texts) -> Column:
    """Read the texts of a column. Raises InvalidTable for words in a number column."""
    # Each different text is read once: most columns have few.
    different = dict.fromkeys(texts)
    if kind is ColumnKind.NUMBER:
        return Column(
            name, kind, _numbers(name, texts, different), _NO_CODES, (), len(different) == len(texts)
        )
    known = sorted(text for text in different if text is not None)
    names: tuple[Level, ...] = (*known, *([None] if None in different else []))
    return Column(name, kind, _NO_NUMBERS, _coded(texts, names), names, len(names) == len(texts))


def _numbers(name: str, texts: Texts, different: Iterable[Level]) -> NDArray[np.float32]:
    levels = list(different)
    numbers = numbers_of(levels)
    if any(np.isnan(number) and level is not None for number, level in zip(numbers, levels, strict=True)):
        require_numbers(name, texts)
    return numbers if len(levels) == len(texts) else numbers[_coded(texts, levels)]


def _coded(texts: Texts, levels: Sequence[Level]) -> Codes:
    place = {level: code for code, level in enumerate(levels)}
    return np.fromiter((place[text] for text in texts), dtype=np.int64, count=len(texts))


def _is_constant(numbers: NDArray[np.float32]) -> bool:
    is_missing = np.isnan(numbers)
    return bool(is_missing.all() or (not is_missing.any() and (numbers == numbers[0]).all()))


def _numbers_the_rows(numbers: NDArray[np.float64]) -> bool:
    """Return whether numbers that all differ rise or fall all the way, or count the rows in another order."""
    steps = np.diff(numbers)
    if (steps > 0).all() or (steps < 0).all():
        return True
    if not np.isfinite(numbers).all() or (numbers % 1).any():
        return False
    # Whole numbers that fill half of their range or more are counted, not measured.
    return bool(numbers.max() - numbers.min() < 2 * len(numbers))
