"""Read boosted trees node by node from LightGBM's own text, without LightGBM.

A release carries its trees as text beside its graph: the graph answers, the trees explain.
"""

from collections.abc import Iterator
from dataclasses import dataclass

LEFT_WHEN_MISSING, MISSING_KIND = 2, 12
MISSING_IS_NAN = 8


class UnsupportedTrees(ValueError):
    """Trees that use something that can't be carried over exactly; the message says what."""


@dataclass(frozen=True)
class Node:
    """One node of one tree, numbered within it; a leaf has `feature` -1 and only a value.

    count is how many training rows reached it.
    """

    tree: int
    number: int
    feature: int
    threshold: float
    missing_goes_left: bool
    left: int
    right: int
    value: float
    count: int

    @property
    def is_leaf(self) -> bool:
        """Return whether the node is a leaf."""
        return self.feature < 0


Tree = list[Node]


def read_trees(text: str) -> Iterator[Tree]:
    """Yield each tree as its inner nodes, the root first, then its leaves, numbered from 0.

    Raises UnsupportedTrees for categorical splits and linear leaves.
    """
    for number, block in enumerate(text.split("\nTree=")[1:]):
        fields = dict(line.partition("=")[::2] for line in block.split("\n") if "=" in line)
        _require_plain(fields)
        values = [float(value) for value in fields["leaf_value"].split()]
        yield [*_inner(number, fields, len(values) - 1), *_leaves(number, fields, values)]


def _require_plain(fields: dict[str, str]) -> None:
    if fields.get("num_cat", "0") != "0" or fields.get("is_linear", "0") != "0":
        raise UnsupportedTrees(
            "categorical splits and linear leaves can't be exported; encode categories as numbers"
        )


def _inner(tree: int, fields: dict[str, str], inner: int) -> Iterator[Node]:
    names = ("split_feature", "decision_type", "left_child", "right_child", "internal_count")
    columns = [_numbers(fields, name, inner) for name in names]
    thresholds = [float(value) for value in fields.get("threshold", "").split()]
    for place, (feature, kind, left, right, count) in enumerate(zip(*columns, strict=True)):
        yield Node(
            tree=tree,
            number=place,
            feature=feature,
            threshold=thresholds[place],
            missing_goes_left=_missing_goes_left(kind, thresholds[place]),
            left=left if left >= 0 else inner + ~left,
            right=right if right >= 0 else inner + ~right,
            value=0.0,
            count=count,
        )


def _leaves(tree: int, fields: dict[str, str], values: list[float]) -> Iterator[Node]:
    inner = len(values) - 1
    # A tree that is one leaf may carry no count; nothing is divided by it.
    counts = _numbers(fields, "leaf_count", inner) or [1]
    for place, (value, count) in enumerate(zip(values, counts, strict=True)):
        yield Node(tree, inner + place, -1, 0.0, False, -1, -1, value, count)


def _missing_goes_left(decision_type: int, threshold: float) -> bool:
    """Return where NaN goes: where the trees learned it, or where 0 goes if they never saw one."""
    if decision_type & MISSING_KIND == MISSING_IS_NAN:
        return bool(decision_type & LEFT_WHEN_MISSING)
    return threshold >= 0.0


def _numbers(fields: dict[str, str], name: str, count: int) -> list[int]:
    return [int(value) for value in fields.get(name, "").split()] if count else []
