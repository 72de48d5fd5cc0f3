"""Encode columns of any table as float32: numbers as they are, categories as flags for frequent names."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.labelled.labelled_table import ColumnKind, InvalidTable

Texts = Sequence[str | None]
Level = str | None
WORDS_SHARE = 0.05
YES, NO = frozenset({"true", "yes", "y"}), frozenset({"false", "no", "n"})
DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
DAY_S = 86_400.0


@dataclass(frozen=True)
class ColumnEncoding:
    """The way one column becomes features.

    A number is one feature. A category is one flag for each of `levels` (None is its being missing), and,
    where `rates` are given, one feature more: the share of fraud among the rows with that name. A name that
    is in neither answers 0 for every flag and NaN for the rate. Each of `sets`, places in `names`, is one
    feature more: 1 for a name outside it, as unknown and missing ones are, and 0 for one inside.
    """

    name: str
    kind: ColumnKind
    levels: tuple[Level, ...] = ()
    rates: dict[str, float] | None = None
    names: tuple[str, ...] = ()
    sets: tuple[tuple[int, ...], ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """Return a name for each feature."""
        if self.kind is ColumnKind.NUMBER:
            return (self.name,)
        flags = tuple(f"{self.name} = {'missing' if level is None else level}" for level in self.levels)
        rates = () if self.rates is None else (f"{self.name} (rate)",)
        return (*flags, *rates, *(f"{self.name} (outside {number})" for number in range(len(self.sets))))

    def encode(self, texts: Texts) -> NDArray[np.float32]:
        """Return (n, features) float32; what is missing or no number becomes NaN in a number column."""
        if self.kind is ColumnKind.NUMBER:
            return numbers_of(texts)[:, None]
        names = np.array(texts, dtype=object)
        columns = [(names == level).astype(np.float32) for level in self.levels]
        if self.rates is not None:
            columns.append(self.rate(texts))
        told = np.stack(columns, axis=1) if columns else np.zeros((len(texts), 0), dtype=np.float32)
        return np.concatenate([told, self._outside(texts)], axis=1) if self.sets else told

    def rate(self, texts: Texts) -> NDArray[np.float32]:
        """Return the rate of each name, NaN for an unknown one."""
        rates = self.rates or {}
        found = [math.nan if text is None else rates.get(text, math.nan) for text in texts]
        return np.array(found, dtype=np.float32)

    def _outside(self, texts: Texts) -> NDArray[np.float32]:
        place: dict[Level, int] = {name: number for number, name in enumerate(self.names)}
        is_outside = np.ones((len(self.names) + 1, len(self.sets)), dtype=np.float32)
        for number, inside in enumerate(self.sets):
            is_outside[list(inside), number] = 0.0
        return is_outside[[place.get(text, len(self.names)) for text in texts]]

    def to_json(self) -> dict[str, Any]:
        """Return what a manifest records of the column."""
        sets = {"names": list(self.names), "sets": [list(one) for one in self.sets]} if self.sets else {}
        return {
            "name": self.name,
            "kind": self.kind.value,
            "levels": list(self.levels),
            "rates": self.rates,
            **sets,
        }


def column_encoding_of(saved: dict[str, Any]) -> ColumnEncoding:
    """Rebuild an encoding from a manifest."""
    return ColumnEncoding(
        saved["name"],
        ColumnKind(saved["kind"]),
        tuple(saved["levels"]),
        saved["rates"],
        tuple(saved.get("names", ())),
        tuple(tuple(one) for one in saved.get("sets", ())),
    )


def numbers_of(texts: Texts) -> NDArray[np.float32]:
    """Read numbers, yes or no as 1 or 0, and ISO dates as days since 1970; anything else is NaN."""
    return np.array([_number(text) for text in texts], dtype=np.float64).astype(np.float32)


def require_numbers(name: str, texts: Texts) -> None:
    """Raise InvalidTable if more than WORDS_SHARE of a number column are words; a few count as missing."""
    words = [(line, text) for line, text in enumerate(texts, start=2) if _is_word(text)]
    if len(words) > WORDS_SHARE * len(texts):
        line, text = words[0]
        raise InvalidTable(
            f"column {name!r} is declared a number but {len(words):,} of {len(texts):,} cells are none, the "
            f"first {text!r} in line {line}; declare it category, or correct the cells"
        )


def _is_word(text: str | None) -> bool:
    return text is not None and math.isnan(_number(text))


def _number(text: str | None) -> float:
    if text is None:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        return _said(text)
    return value if abs(value) <= np.finfo(np.float32).max else math.copysign(math.inf, value)


def _said(text: str) -> float:
    """Read yes, no and dates."""
    if text.lower() in YES | NO:
        return float(text.lower() in YES)
    if not DATE.fullmatch(text):
        return math.nan
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return math.nan
    return (moment - datetime(1970, 1, 1)).total_seconds() / DAY_S
