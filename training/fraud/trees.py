"""Make boosted trees exact in float32, and read them node by node from LightGBM's own text.

Two changes leave every answer what it was for float32 input, and make every runtime agree on it:
thresholds are rounded down to float32, so that x <= t means the same in both precisions, and leaf values to
multiples of 2**-18, so that sums of less than 32 are exact in float32 in whatever order they are added.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import lightgbm
import numpy as np

LEAF_STEP = 2.0**-18
LARGEST_SUM = 32.0
READ_AS_ZERO = np.float32(1e-35)  # kZeroThreshold in LightGBM's meta.h
LEFT_WHEN_MISSING, MISSING_KIND = 2, 12
MISSING_IS_NAN = 8


class UnsupportedTrees(ValueError):
    """The trees use something that can't be carried over exactly; the message says what."""


@dataclass(frozen=True)
class Node:
    """One node of one tree, numbered within it; a leaf has `feature` -1 and only a value."""

    tree: int
    number: int
    feature: int
    threshold: float
    missing_goes_left: bool
    left: int
    right: int
    value: float


def make_exact(booster: lightgbm.Booster) -> lightgbm.Booster:
    """Return the booster with thresholds floored to float32 and leaf values on the exact grid."""
    return lightgbm.Booster(model_str=exact_text(booster.model_to_string()))


def exact_text(model: str) -> str:
    """Rewrite the text form of a booster."""
    lines = []
    for line in model.split("\n"):
        key, _, values = line.partition("=")
        if key in _EXACT and values:
            line = f"{key}={' '.join(repr(_EXACT[key](float(value))) for value in values.split())}"
        if key != "tree_sizes":  # the sizes no longer hold, and LightGBM reads the trees without them
            lines.append(line)
    return "\n".join(lines)


def floor_to_float32(threshold: float) -> float:
    """Return the largest float32 that is not above the threshold.

    LightGBM reads values within 1e-35 of zero as zero, so a threshold among them moves past them all.
    """
    largest = float(np.finfo(np.float32).max)
    if threshold < -largest:
        return -math.inf
    rounded = np.float32(min(threshold, largest))
    if float(rounded) > threshold:
        rounded = np.nextafter(rounded, np.float32(-np.inf))
    if -READ_AS_ZERO <= rounded < 0:
        rounded = np.nextafter(-READ_AS_ZERO, np.float32(-np.inf))
    return float(READ_AS_ZERO if 0 <= rounded < READ_AS_ZERO else rounded)


def step_leaf(value: float) -> float:
    """Return the nearest multiple of LEAF_STEP."""
    return round(value / LEAF_STEP) * LEAF_STEP


_EXACT = {"threshold": floor_to_float32, "leaf_value": step_leaf}


def nodes(booster: lightgbm.Booster) -> Iterator[Node]:
    """Yield every node of every tree.

    Raises UnsupportedTrees for categorical splits, linear leaves, or sums too large to be exact.
    """
    largest = 0.0
    for number, block in enumerate(booster.model_to_string().split("\nTree=")[1:]):
        fields = dict(line.partition("=")[::2] for line in block.split("\n") if "=" in line)
        values = [float(value) for value in fields["leaf_value"].split()]
        largest += max(abs(value) for value in values)
        yield from _tree(number, fields, values)
    if largest >= LARGEST_SUM:
        raise UnsupportedTrees(
            f"leaves add up to {largest:.1f}, at most {LARGEST_SUM} are exact; lower the rate"
        )


def _tree(number: int, fields: dict[str, str], values: list[float]) -> Iterator[Node]:
    """Yield the inner nodes, then the leaves, numbered from 0."""
    if fields.get("num_cat", "0") != "0" or fields.get("is_linear", "0") != "0":
        raise UnsupportedTrees(
            "categorical splits and linear leaves can't be exported; encode categories as numbers"
        )
    inner = len(values) - 1
    columns = [
        _numbers(fields, name, inner)
        for name in ("split_feature", "decision_type", "left_child", "right_child")
    ]
    thresholds = [float(value) for value in fields.get("threshold", "").split()]
    for place, (feature, kind, left, right) in enumerate(zip(*columns, strict=True)):
        yield Node(
            tree=number,
            number=place,
            feature=feature,
            threshold=thresholds[place],
            missing_goes_left=_missing_goes_left(kind, thresholds[place]),
            left=left if left >= 0 else inner + ~left,
            right=right if right >= 0 else inner + ~right,
            value=0.0,
        )
    for place, value in enumerate(values):
        yield Node(number, inner + place, -1, 0.0, False, -1, -1, value)


def _missing_goes_left(decision_type: int, threshold: float) -> bool:
    """Return where NaN goes: where the trees learned it, or where 0 goes if they never saw one."""
    if decision_type & MISSING_KIND == MISSING_IS_NAN:
        return bool(decision_type & LEFT_WHEN_MISSING)
    return threshold >= 0.0


def _numbers(fields: dict[str, str], name: str, count: int) -> list[int]:
    return [int(value) for value in fields.get(name, "").split()] if count else []
