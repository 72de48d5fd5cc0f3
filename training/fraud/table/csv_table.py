"""Read a table with a specification into rows to learn from, with the encodings that scoring will need."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.labelled.labelled_table import ColumnKind, InvalidTable, TableSpec, column, read_rows
from features.encoding import ColumnEncoding, Level, Texts, numbers_of, require_numbers
from training.fraud.rows import Labels, Matrix
from training.fraud.table.drift import misleads
from training.fraud.table.guards import (
    require_both_classes,
    require_mixed_order,
    require_no_leak,
    require_no_repeats,
)
from training.metrics.ranked import Bools

YES, NO = frozenset({"1", "1.0", "true", "yes", "y"}), frozenset({"0", "0.0", "false", "no", "n"})
RATE_FOLDS = 10
Blocks = NDArray[np.int64]
Times = NDArray[np.int64] | NDArray[np.float64] | NDArray[np.str_]


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


@dataclass(frozen=True)
class SourceTable:
    """A table as read: one list of texts a column, the target, and the block of the split of each row.

    Blocks follow each other in time, or are drawn where the table has groups and no time. `dropped` names
    the columns that tell nothing, `misleading` those of which earlier rows tell the opposite of later ones.
    """

    spec: TableSpec
    encoder: Encoder
    texts: dict[str, Texts]
    target: Labels
    block: Blocks
    dropped: tuple[str, ...]
    misleading: tuple[str, ...] = ()

    def encodings(self, rows: Bools) -> list[ColumnEncoding]:
        """Fit the levels and rates of each category on some rows only."""
        return [self._encoding(name, kind, rows) for name, kind in self.columns.items()]

    @property
    def is_drawn(self) -> bool:
        """Return whether blocks are drawn, and so not in order of time."""
        return self.spec.time is None and self.spec.group is not None

    @property
    def columns(self) -> dict[str, ColumnKind]:
        """Return the columns that are learned from."""
        left_out = {*self.dropped, *self.misleading}
        return {name: kind for name, kind in self.spec.columns.items() if name not in left_out}

    def matrix(self, encodings: list[ColumnEncoding]) -> Matrix:
        """Encode all rows as they are encoded when scoring."""
        return np.concatenate([one.encode(self.texts[one.name]) for one in encodings], axis=1)

    def learned_matrix(self, encodings: list[ColumnEncoding], rows: Bools) -> Matrix:
        """Encode all rows; in those that the encodings were learned from, no rate counts its own row."""
        parts = [one.encode(self.texts[one.name]) for one in encodings]
        for one, part in zip(encodings, parts, strict=True):
            if one.rates is not None:
                part[rows, -1] = self._rates_of_others(one, rows)
        return np.concatenate(parts, axis=1)

    def identity(self) -> Matrix:
        """Return a number for every value of each column, NaN where it is missing, to compare rows."""
        columns = [
            numbers_of(self.texts[name]) if kind is ColumnKind.NUMBER else _numbered(self.texts[name])
            for name, kind in self.columns.items()
        ]
        return np.stack(columns, axis=1)

    def _encoding(self, name: str, kind: ColumnKind, rows: Bools) -> ColumnEncoding:
        if kind is ColumnKind.NUMBER:
            return ColumnEncoding(name, kind)
        count = self._counts(name, rows)
        frequent = [level for level in count if count[level] >= self.encoder.fewest_rows]
        levels = tuple(frequent[: self.encoder.most_levels])
        rest = sum(count.values()) - sum(count[level] for level in levels)
        has_rates = rest > self.encoder.rest_share * rows.sum() and max(count.values()) > 1
        return ColumnEncoding(name, kind, levels, self.rates(name, rows) if has_rates else None)

    def _counts(self, name: str, rows: Bools) -> dict[Level, int]:
        """Count the names of a column, the most frequent first."""
        count: dict[Level, int] = {}
        for row in np.flatnonzero(rows).tolist():
            text = self.texts[name][row]
            count[text] = count.get(text, 0) + 1
        return dict(sorted(count.items(), key=lambda pair: (-pair[1], str(pair[0]))))

    def rates(self, name: str, rows: Bools) -> dict[str, float]:
        """Return the share of fraud by name, drawn towards the average."""
        count: dict[str, int] = {}
        fraud: dict[str, int] = {}
        for row in np.flatnonzero(rows).tolist():
            text = self.texts[name][row]
            if text is not None:
                count[text] = count.get(text, 0) + 1
                fraud[text] = fraud.get(text, 0) + int(self.target[row])
        weight, mean = self.encoder.smoothing_rows, float(self.target[rows].mean())
        return {text: (fraud[text] + weight * mean) / (count[text] + weight) for text in count}

    def _rates_of_others(self, one: ColumnEncoding, rows: Bools) -> NDArray[np.float32]:
        found = np.empty(len(self.target), dtype=np.float32)
        fold = np.arange(len(self.target)) % RATE_FOLDS
        for number in range(RATE_FOLDS):
            others = replace(one, rates=self.rates(one.name, rows & (fold != number)))
            found[fold == number] = others.rate(self.texts[one.name])[fold == number]
        return found[rows]


def read_source(path: Path, spec: TableSpec, encoder: Encoder, *, blocks: int, seed: int) -> SourceTable:
    """Read a table and check it.

    Raises InvalidTable for a missing column, a target that is not 0 or 1, words in a number column, and
    for what would let a model cheat. Columns that never vary are dropped, and so are those that name or
    number the rows: nothing is known of the names and numbers to come; and those that mislead, unless all do.
    """
    header, rows = read_rows(path)
    texts: dict[str, Texts] = {name: column(path, header, rows, name) for name in spec.columns}
    target = _target(spec.target, column(path, header, rows, spec.target))
    require_both_classes(spec.target, target)
    for name, kind in spec.columns.items():
        if kind is ColumnKind.NUMBER:
            require_numbers(name, texts[name])
    dropped = tuple(name for name, kind in spec.columns.items() if _is_uninformative(kind, texts[name]))
    if len(dropped) == len(spec.columns):
        raise InvalidTable(
            f"{path}: the columns {', '.join(dropped)} tell nothing: they never vary, or only number the rows"
        )
    block, period = _split(spec, path, header, rows, blocks=blocks, seed=seed)
    source = SourceTable(spec, encoder, texts, target, block, dropped)
    _check(source)
    return replace(source, misleading=_misleading(source, period))


def _misleading(source: SourceTable, period: Blocks) -> tuple[str, ...]:
    """Return the columns that mislead, but none whose direction the specification vouches for."""
    if source.is_drawn:
        return ()
    found = tuple(
        name
        for name, kind in source.columns.items()
        if name not in (source.spec.monotone or {})
        and misleads(kind, source.texts[name], source.target, period)
    )
    return found if len(found) < len(source.columns) else ()


def _numbered(texts: Texts) -> NDArray[np.float32]:
    numbers = np.unique([str(text) for text in texts], return_inverse=True)[1].astype(np.float32)
    return np.where([text is None for text in texts], np.float32(np.nan), numbers)


def _is_uninformative(kind: ColumnKind, texts: Texts) -> bool:
    """Return whether a column never varies, gives each row a name of its own, or numbers the rows."""
    different = len(set(texts))
    if different < len(texts):
        return different == 1
    if kind is ColumnKind.CATEGORY:
        return True
    numbers = numbers_of(texts).astype(np.float64)
    steps = np.diff(numbers)
    return bool((steps > 0).all() or (steps < 0).all() or _is_count(numbers))


def _is_count(numbers: NDArray[np.float64]) -> bool:
    """Return whether different whole numbers fill half of their range or more, as row numbers do."""
    if not np.isfinite(numbers).all() or (numbers % 1).any():
        return False
    return bool(numbers.max() - numbers.min() < 2 * len(numbers))


def _check(source: SourceTable) -> None:
    require_mixed_order(source.target)
    require_no_repeats(source.spec, source.identity(), source.target)
    numbers = tuple(name for name, kind in source.columns.items() if kind is ColumnKind.NUMBER)
    if numbers:
        matrix = np.stack([numbers_of(source.texts[name]) for name in numbers], axis=1)
        require_no_leak(numbers, matrix, source.target)
    _check_categories(source, tuple(name for name in source.columns if name not in numbers))


def _check_categories(source: SourceTable, names: tuple[str, ...]) -> None:
    """Raise InvalidTable for a category whose rates in half of the rows tell too much of the others."""
    half = np.arange(len(source.target)) % 2 == 0
    if not names or min(len(np.unique(source.target[half])), len(np.unique(source.target[~half]))) < 2:
        return
    learned = [
        ColumnEncoding(name, ColumnKind.CATEGORY, (), source.rates(name, half)).rate(source.texts[name])
        for name in names
    ]
    require_no_leak(names, np.stack(learned, axis=1)[~half], source.target[~half])


def _target(name: str, texts: Texts) -> Labels:
    missing = sum(text is None for text in texts)
    if missing:
        raise InvalidTable(f"target {name!r} is missing in {missing:,} rows; remove them or fill them in")
    lowered = [str(text).lower() for text in texts]
    odd = sorted(set(lowered) - YES - NO)
    if odd:
        raise InvalidTable(
            f"target {name!r} must be 0 or 1 (or no and yes), it also holds {', '.join(odd[:5])}"
        )
    return np.array([text in YES for text in lowered], dtype=np.int8)


def _split(
    spec: TableSpec, path: Path, header: list[str], rows: list[list[str]], *, blocks: int, seed: int
) -> tuple[Blocks, Blocks]:
    """Return the number of each row's block, by time or drawn by group, and of its period."""
    if spec.time is None and spec.group is not None:
        block = _drawn_blocks(spec.group, column(path, header, rows, spec.group), blocks=blocks, seed=seed)
        return block, block
    if spec.time is None:
        block = _blocks(np.arange(len(rows)), blocks=blocks)
        return block, block
    times = _time_keys(spec.time, column(path, header, rows, spec.time))
    block = _blocks(times, blocks=blocks)
    return block, _periods(times, block)


def _blocks(times: Times, *, blocks: int) -> Blocks:
    """Give each row the number of its block in order of time.

    Without a time, the order of the rows stands for it: tables are mostly written as things happened, and
    rows that all but repeat their neighbours don't come to lie on both sides of a split.
    """
    block = np.empty(len(times), dtype=np.int64)
    block[np.argsort(times, kind="stable")] = np.arange(len(times)) * blocks // len(times)
    return block


def _periods(times: Times, block: Blocks) -> Blocks:
    """Return the blocks, or the times themselves where they are fewer, as years are: these split no time."""
    period = np.unique(times, return_inverse=True)[1].astype(np.int64)
    return period if period.max() <= block.max() else block


def _drawn_blocks(name: str, texts: Texts, *, blocks: int, seed: int) -> Blocks:
    """Draw the block of each group; rows of one group share it."""
    groups = np.unique([str(text) for text in texts], return_inverse=True)[1]
    count = int(groups.max()) + 1
    if count < blocks:
        raise InvalidTable(
            f"group column {name!r} has {count} values; at least {blocks} are needed to hold some out "
            "while fitting on others: name a finer column, or leave `group` out"
        )
    return np.asarray(np.random.default_rng(seed).permutation(count)[groups] % blocks, dtype=np.int64)


def _time_keys(name: str, texts: Texts) -> Times:
    """Return what puts the rows in order of time: numbers by value, dates as ISO 8601 text."""
    if any(text is None for text in texts):
        raise InvalidTable(f"time column {name!r} is missing in some rows; fill it in or leave `time` out")
    known = [str(text) for text in texts]
    if all(re.fullmatch(r"-?\d+(\.\d+)?", text) for text in known):
        return np.array([float(text) for text in known])
    if all(re.match(r"\d{4}-\d{2}", text) for text in known):
        return np.array(known)
    raise InvalidTable(
        f"time column {name!r} holds {known[0]!r}; give numbers or ISO dates such as 2026-03-01"
    )
