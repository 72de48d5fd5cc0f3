"""Turn columns of any table into float32: numbers as they are, categories as codes learned when training."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.labelled_table import ColumnKind, InvalidTable

Texts = Sequence[str | None]
WORDS_SHARE = 0.05


@dataclass(frozen=True)
class ColumnEncoding:
    """How one column becomes a feature; `codes` maps each name of a category to its number."""

    name: str
    kind: ColumnKind
    codes: dict[str, float]

    def encode(self, texts: Texts) -> NDArray[np.float32]:
        """Return (n,) float32; what is missing, an unknown name or no number becomes NaN."""
        if self.kind is ColumnKind.CATEGORY:
            found = [math.nan if text is None else self.codes.get(text, math.nan) for text in texts]
        else:
            found = [_number(text) for text in texts]
        return np.array(found, dtype=np.float64).astype(np.float32)

    def as_json(self) -> dict[str, Any]:
        """Return what a manifest records of the column."""
        return {"name": self.name, "kind": self.kind.value, "codes": self.codes}


def encoding_of(saved: dict[str, Any]) -> ColumnEncoding:
    """Rebuild an encoding from a manifest."""
    return ColumnEncoding(saved["name"], ColumnKind(saved["kind"]), dict(saved["codes"]))


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
        return math.nan
    return value if abs(value) <= np.finfo(np.float32).max else math.copysign(math.inf, value)
