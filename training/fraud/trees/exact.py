"""Make boosted trees exact in float32, and read them node by node from LightGBM's own text.

Two changes leave every answer what it was for float32 input, and make every runtime agree on it:
thresholds are rounded down to float32, so that x <= t means the same in both precisions, and leaf values to
multiples of 2**-18, so that sums of less than 64 are exact in float32 in whatever order they are added.
"""

import math
from collections.abc import Iterator, Sequence

import lightgbm
import numpy as np

from serving.fraud.trees import Node, UnsupportedTrees, read_trees

LEAF_STEP = 2.0**-18
LARGEST_SUM = 64.0  # in steps of LEAF_STEP: 2**24, up to which float32 counts whole numbers
READ_AS_ZERO = np.float32(1e-35)  # kZeroThreshold in LightGBM's meta.h


def make_exact(booster: lightgbm.Booster) -> lightgbm.Booster:
    """Return the booster with thresholds floored to float32 and leaf values on the exact grid."""
    return lightgbm.Booster(model_str=exact_text(booster.model_to_string()))


def average_trees(boosters: Sequence[lightgbm.Booster]) -> lightgbm.Booster:
    """Return one booster whose raw score is the mean of those of several."""
    if len(boosters) == 1:
        return boosters[0]
    texts = [booster.model_to_string() for booster in boosters]
    return add_trees(texts, [1.0 / len(boosters)] * len(boosters))


def add_trees(texts: Sequence[str], weights: Sequence[float]) -> lightgbm.Booster:
    """Return one booster whose raw score is the weighted sum of those of several, given as text.

    All have the features of the first.
    """
    head, end = texts[0].partition("\nTree=")[0], "\nend of trees"
    shrunk = [
        _shrink(tree, weight)
        for text, weight in zip(texts, weights, strict=True)
        for tree in text.partition(end)[0].split("\nTree=")[1:]
    ]
    bodies = [tree.partition("\n")[2] for tree in shrunk]
    numbered = [f"\nTree={number}\n{body}" for number, body in enumerate(bodies)]
    text = f"{head}\n{''.join(numbered)}{end}{texts[0].partition(end)[2]}"
    return lightgbm.Booster(model_str=without_sizes(text))


def exact_text(model: str) -> str:
    """Rewrite the text form of a booster."""
    lines = []
    for line in model.split("\n"):
        key, _, values = line.partition("=")
        if key in _EXACT and values:
            line = f"{key}={' '.join(repr(_EXACT[key](float(value))) for value in values.split())}"
        lines.append(line)
    return without_sizes("\n".join(lines))


def without_sizes(model: str) -> str:
    """Return a booster's changed text without the sizes of its trees: they no longer hold, nor are needed."""
    return "\n".join(line for line in model.split("\n") if not line.startswith("tree_sizes="))


def _shrink(tree: str, factor: float) -> str:
    """Multiply every leaf of one tree."""
    lines = []
    for line in tree.split("\n"):
        key, _, values = line.partition("=")
        if key == "leaf_value":
            line = f"{key}={' '.join(repr(float(value) * factor) for value in values.split())}"
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
    """Yield every node of every tree; of several classes, the trees take turns.

    Raises UnsupportedTrees for categorical splits, linear leaves, or sums too large to be exact.
    """
    classes = booster.num_model_per_iteration()
    sums = [0.0] * classes
    for number, tree in enumerate(read_trees(booster.model_to_string())):
        sums[number % classes] += max(abs(node.value) for node in tree)
        yield from tree
    if max(sums) >= LARGEST_SUM:
        raise UnsupportedTrees(
            f"leaves add up to {max(sums):.1f}, less than {LARGEST_SUM:g} is exact; lower the rate"
        )
