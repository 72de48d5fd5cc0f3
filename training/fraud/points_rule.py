"""Add up the points rule that practitioners use, to measure the model against; it decides nothing."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray

from features.case.contract import case_contract


@dataclass(frozen=True)
class PointsRule:
    """A rule fires where its feature lies between the two values; NaN never fires."""

    points: float
    feature: str
    lowest: float
    highest: float


@cache
def points_rules(*, only_four: bool = False) -> tuple[PointsRule, ...]:
    """Read the rules, or only the four heaviest."""
    body = yaml.safe_load(files("training.fraud").joinpath("points-1.yaml").read_text(encoding="utf-8"))
    rules = [
        PointsRule(float(row["points"]), row["feature"], float(row["from"]), float(row["to"]))
        for row in body["rules"]
    ]
    return tuple(rule for rule in rules if not only_four or rule.feature in body["four"])


def points(vectors: NDArray[np.float32], rules: tuple[PointsRule, ...]) -> NDArray[np.float64]:
    """Return the sum of points of each vector."""
    names = case_contract().names
    total = np.zeros(len(vectors))
    for rule in rules:
        value = vectors[:, names.index(rule.feature)]
        total += rule.points * ((value >= rule.lowest) & (value <= rule.highest))
    return total
