"""Read a table with a specification into rows to learn from, with the encodings that scoring will need."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.labelled_table import ColumnKind, InvalidTable, TableSpec, column, read_rows
from features.encoding import ColumnEncoding, Texts, require_numbers
from training.fraud.guards import (
    require_both_classes,
    require_mixed_order,
    require_no_leak,
    require_no_repeats,
)
from training.fraud.table import Labels, Matrix

SMOOTHING_ROWS = 30.0  # how many average rows each category's rate is drawn towards
YES, NO = frozenset({"1", "1.0", "true", "yes", "y"}), frozenset({"0", "0.0", "false", "no", "n"})
Blocks = NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """A table as read: one list of texts a column, the target, and the block of the split of each row.

    Blocks follow each other in time where the table has a time, and are drawn otherwise.
    """

    spec: TableSpec
    texts: dict[str, Texts]
    target: Labels
    block: Blocks
    dropped: tuple[str, ...]

    def encodings(self, rows: NDArray[np.bool_]) -> list[ColumnEncoding]:
        """Learn the code of each category from some rows only: the rarer fraud is in it, the lower."""
        return [
            ColumnEncoding(name, kind, self._codes(name, rows) if kind is ColumnKind.CATEGORY else {})
            for name, kind in self.spec.columns.items()
            if name not in self.dropped
        ]

    def matrix(self, encodings: list[ColumnEncoding]) -> Matrix:
        """Encode all rows."""
        return np.stack([one.encode(self.texts[one.name]) for one in encodings], axis=1)

    def _codes(self, name: str, rows: NDArray[np.bool_]) -> dict[str, float]:
        count: dict[str, int] = {}
        fraud: dict[str, int] = {}
        for row in np.flatnonzero(rows).tolist():
            text = self.texts[name][row]
            if text is not None:
                count[text] = count.get(text, 0) + 1
                fraud[text] = fraud.get(text, 0) + int(self.target[row])
        mean = float(self.target[rows].mean())
        rate = {
            text: (fraud[text] + SMOOTHING_ROWS * mean) / (count[text] + SMOOTHING_ROWS) for text in count
        }
        return {text: float(code) for code, text in enumerate(sorted(rate, key=lambda one: (rate[one], one)))}


def read_source(path: Path, spec: TableSpec, *, blocks: int, seed: int) -> Source:
    """Read a table and check it.

    Raises InvalidTable for a missing column, a target that is not 0 or 1, words in a number column, and
    for what would let a model cheat. Columns that never vary are dropped.
    """
    header, rows = read_rows(path)
    texts: dict[str, Texts] = {name: column(path, header, rows, name) for name in spec.columns}
    target = _target(spec.target, column(path, header, rows, spec.target))
    require_both_classes(spec.target, target)
    for name, kind in spec.columns.items():
        if kind is ColumnKind.NUMBER:
            require_numbers(name, texts[name])
    dropped = tuple(name for name in spec.columns if len(set(texts[name])) == 1)
    if len(dropped) == len(spec.columns):
        raise InvalidTable(f"{path}: none of the columns {', '.join(dropped)} ever varies")
    block = _blocks(spec, path, header, rows, blocks=blocks, seed=seed)
    source = Source(spec, texts, target, block, dropped)
    _check(source)
    return source


def _check(source: Source) -> None:
    encodings = source.encodings(np.ones(len(source.target), dtype=bool))
    matrix = source.matrix(encodings)
    require_mixed_order(source.target)
    require_no_repeats(source.spec, matrix)
    numbers = [place for place, one in enumerate(encodings) if one.kind is ColumnKind.NUMBER]
    require_no_leak(tuple(encodings[place].name for place in numbers), matrix[:, numbers], source.target)
    # A category's code is learned from the target; halves show what it tells of rows it has not seen.
    half = np.arange(len(source.target)) % 2 == 0
    if len(np.unique(source.target[half])) == 2 and len(np.unique(source.target[~half])) == 2:
        learned = source.encodings(half)
        names = tuple(one.name for one in learned)
        require_no_leak(names, source.matrix(learned)[~half], source.target[~half])


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


def _blocks(
    spec: TableSpec, path: Path, header: list[str], rows: list[list[str]], *, blocks: int, seed: int
) -> Blocks:
    """Give each row the number of its block; rows of one group share one."""
    if spec.time is not None:
        order = _time_order(spec.time, column(path, header, rows, spec.time))
        block = np.empty(len(rows), dtype=np.int64)
        block[order] = np.arange(len(rows)) * blocks // len(rows)
        return block
    groups = np.arange(len(rows))
    if spec.group is not None:
        names = [str(text) for text in column(path, header, rows, spec.group)]
        groups = np.unique(names, return_inverse=True)[1]
    drawn = np.random.default_rng(seed).permutation(int(groups.max()) + 1)
    return np.asarray(drawn[groups] % blocks, dtype=np.int64)


def _time_order(name: str, texts: Texts) -> NDArray[np.int64]:
    """Return the rows in order of time: numbers by value, dates as ISO 8601 text."""
    if any(text is None for text in texts):
        raise InvalidTable(f"time column {name!r} is missing in some rows; fill it in or leave `time` out")
    known = [str(text) for text in texts]
    if all(re.fullmatch(r"-?\d+(\.\d+)?", text) for text in known):
        return np.argsort(np.array([float(text) for text in known]), kind="stable")
    if all(re.match(r"\d{4}-\d{2}", text) for text in known):
        return np.argsort(np.array(known), kind="stable")
    raise InvalidTable(
        f"time column {name!r} holds {known[0]!r}; give numbers or ISO dates such as 2026-03-01"
    )
