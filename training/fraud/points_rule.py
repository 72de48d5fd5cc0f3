"""Compute the points rule that practitioners use, to measure the model against; it decides nothing."""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from data.strict import Frozen
from data.versioned_file import VersionedFile, read_versioned
from features.case.contract import case_contract

_POINTS = Path(__file__).parent / "points-1.yaml"


class PointsRule(Frozen):
    """One rule, which fires where its feature lies between the two values, and never for NaN."""

    points: float
    feature: str
    lowest: float = Field(alias="from")
    highest: float = Field(alias="to")
    text: str


class _PointsFile(VersionedFile):
    """The entries of points-1.yaml, explained there."""

    review: float
    hold: float
    rules: tuple[PointsRule, ...]
    four: frozenset[str]


@cache
def points_rules(*, only_four: bool = False) -> tuple[PointsRule, ...]:
    """Read the rules, or only the four heaviest."""
    file = read_versioned(_POINTS, _PointsFile)
    return tuple(rule for rule in file.rules if not only_four or rule.feature in file.four)


def points(vectors: NDArray[np.float32], rules: tuple[PointsRule, ...]) -> NDArray[np.float64]:
    """Return the sum of points of each vector."""
    names = case_contract().names
    total = np.zeros(len(vectors))
    for rule in rules:
        value = vectors[:, names.index(rule.feature)]
        total += rule.points * ((value >= rule.lowest) & (value <= rule.highest))
    return total
