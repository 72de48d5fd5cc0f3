"""Follow the paths to the leaves of a tree, with what all splits on each feature ask of a row together."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from serving.fraud.trees import Node, Tree, UnsupportedTrees


@dataclass(frozen=True)
class Split:
    """What all splits on one feature ask of a row: low < value <= high, or NaN where `missing`.

    low is NaN where nothing bounds it from below, for -inf has to pass then. share is how many of the
    training rows that came to these splits met them.
    """

    low: float = np.nan
    high: float = np.inf
    missing: bool = True
    share: float = 1.0

    def narrowed(self, node: Node, child: Node, *, left: bool) -> "Split":
        """Return the splits with one more below them, on the path to a child."""
        share = self.share * child.count / node.count
        missing = self.missing and node.missing_goes_left is left
        if left:
            return Split(self.low, min(self.high, node.threshold), missing, share)
        return Split(np.fmax(self.low, node.threshold), self.high, missing, share)


@dataclass(frozen=True)
class Path:
    """The splits on the way to a leaf, by feature, and what it answers.

    beside: the answer of the leaf next to it, which all rows reach that meet every split but the last, or 0.
    Both leaves depend on the same facts of a row, so that they are explained together.
    """

    splits: dict[int, Split]
    value: float
    beside: float = 0.0

    def __len__(self) -> int:
        return len(self.splits)

    @property
    def last(self) -> int:
        """Return the feature of the last split."""
        return next(reversed(self.splits))


def paths_of(tree: Tree) -> Iterator[Path]:
    """Yield the paths to all leaves of a tree that splits.

    Raises UnsupportedTrees if a node was reached by no training row, which leaves its share undefined.
    """
    if any(node.count <= 0 for node in tree):
        raise UnsupportedTrees(f"tree {tree[0].tree} has a node without training rows; train it again")
    ahead: list[tuple[Node, dict[int, Split]]] = [(tree[0], {})]
    while ahead:
        node, splits = ahead.pop()
        if node.is_leaf:
            if splits:
                yield Path(splits, node.value)
            continue
        left, right = tree[node.left], tree[node.right]
        split = splits.get(node.feature, Split())
        one, other = split.narrowed(node, left, left=True), split.narrowed(node, right, left=False)
        if left.is_leaf and right.is_leaf and node.feature not in splits:
            yield Path(splits | {node.feature: one}, left.value, beside=right.value)
            continue
        ahead.append((left, splits | {node.feature: one}))
        ahead.append((right, splits | {node.feature: other}))


def expected(tree: Tree) -> float:
    """Return what a tree answers of a row of which nothing is known."""
    return sum(node.value * node.count / tree[0].count for node in tree if node.is_leaf)
