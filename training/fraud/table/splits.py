"""Cut a table into blocks that follow each other in time, or are drawn where no time is known."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.labelled.labelled_table import InvalidTable
from features.encoding import Texts
from training.fraud.table.table_columns import Codes
from training.metrics.ranked import Bools

Times = NDArray[np.int64] | NDArray[np.float64] | NDArray[np.str_]


@dataclass(frozen=True)
class Split:
    """The block of each row, 0 the earliest, and its period, by which drift is looked for.

    is_drawn: blocks are drawn, and so in no order of time. copies: groups of rows that may lie in several
    blocks; none of a group is fitted while another is held out.
    """

    block: Codes
    period: Codes
    is_drawn: bool
    copies: Codes | None = None

    def folds(self, held_out: tuple[int, ...]) -> Iterator[tuple[Bools, Bools]]:
        """Yield rows to fit and to hold out; `held_out` are the numbers of blocks held out, the latest last.

        Rows are fitted that come before those held out, or all others where blocks are drawn.
        """
        end = int(self.block.max()) + 1
        starts = [end - sum(held_out[number:]) for number in range(len(held_out))]
        for start, count in zip(starts, held_out, strict=True):
            is_held = (self.block >= start) & (self.block < start + count)
            is_fitted = ~is_held if self.is_drawn else self.block < start
            if self.copies is not None:
                is_fitted &= ~np.isin(self.copies, self.copies[is_held])
            yield is_fitted, is_held


def split_in_time(times: Times, groups: Codes, *, blocks: int) -> Split:
    """Cut rows in order of time; rows of one group go where the first of them is."""
    rank = np.empty(len(times), dtype=np.int64)
    rank[np.argsort(times, kind="stable")] = np.arange(len(times))
    place = np.unique(groups, return_inverse=True)[1].ravel()
    first = np.full(int(place.max()) + 1, len(times), dtype=np.int64)
    np.minimum.at(first, place, rank)
    begin = first[place]
    block = np.searchsorted(np.sort(begin), begin) * blocks // len(times)
    period = np.unique(times, return_inverse=True)[1].ravel().astype(np.int64)
    # The times themselves where they are few, as years are: these split no time.
    return Split(block, period if period.max() < blocks else block, is_drawn=False)


def split_by_drawing(groups: Codes, *, blocks: int, seed: int) -> Split:
    """Draw the block of each group; rows of one group share it."""
    place = np.unique(groups, return_inverse=True)[1].ravel()
    drawn = np.random.default_rng(seed).permutation(int(place.max()) + 1)[place] % blocks
    return Split(np.asarray(drawn, dtype=np.int64), np.asarray(drawn, dtype=np.int64), is_drawn=True)


def groups_of(name: str, texts: Texts, *, blocks: int) -> Codes:
    """Number the groups of a column. Raises InvalidTable if there are too few to hold some out."""
    groups = np.unique([str(text) for text in texts], return_inverse=True)[1].ravel().astype(np.int64)
    count = int(groups.max()) + 1
    if count < blocks:
        raise InvalidTable(
            f"group column {name!r} has {count} values; at least {blocks} are needed to hold some out "
            "while fitting on others: name a finer column, or leave `group` out"
        )
    return groups


def times_of(name: str, texts: Texts) -> Times:
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
