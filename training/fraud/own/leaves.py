"""Take released trees apart into their leaves, and put them together again with other values.

The splits of a released model were learnt from far more returns than an operator has outcomes of. What its
own outcomes can tell is how much each leaf is worth there. Trees with moved leaves are the same kind of
model: they are exported, explained and proven as before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import lightgbm
import numpy as np
from scipy import sparse

from serving.fraud.trees import Tree, read_trees
from training.fraud.rows import Matrix, Values
from training.fraud.trees.exact import step_leaf, without_sizes

_CONSTRAINTS = "monotone_constraints="


@dataclass(frozen=True)
class Leaves:
    """The leaves of all trees, one after the other.

    value is what each answers; low and high are how far it may go so that every tree still keeps the
    directions that it was fitted with. first is where the leaves of each tree begin.
    """

    text: str
    value: Values
    low: Values
    high: Values
    first: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """Read the trees of a release, as LightGBM writes them."""
        constraints = _constraints(text)
        parts = [_bounded(tree, constraints) for tree in read_trees(text)]
        first = np.cumsum([0, *(len(part) for part in parts)])[:-1]
        value, low, high = np.concatenate(parts).T
        return cls(text, value, low, high, tuple(first.tolist()))

    def __len__(self) -> int:
        return len(self.value)

    def reached(self, matrix: Matrix) -> sparse.csr_matrix:
        """Return (rows, leaves), 1 where a row comes to a leaf: one of each tree."""
        booster = lightgbm.Booster(model_str=self.text)
        # Of a single tree LightGBM answers a column of its own accord.
        found = np.asarray(booster.predict(matrix, pred_leaf=True, num_threads=1), dtype=np.int64)
        columns = found.reshape(len(matrix), -1) + np.array(self.first)
        rows = np.arange(0, columns.size + 1, len(self.first))
        return sparse.csr_matrix(
            (np.ones(columns.size), columns.ravel(), rows), shape=(len(matrix), len(self))
        )

    def moved(self, steps: Values) -> lightgbm.Booster:
        """Return the trees with each leaf moved by its step, on the exact grid and within its bounds."""
        values = np.clip(self.value + steps, self.low, self.high)
        texts = iter(np.split(values, self.first[1:]))
        lines = [
            f"leaf_value={' '.join(repr(step_leaf(value)) for value in next(texts).tolist())}"
            if line.startswith("leaf_value=")
            else line
            for line in self.text.split("\n")
        ]
        return lightgbm.Booster(model_str=without_sizes("\n".join(lines)))


def _constraints(text: str) -> dict[int, int]:
    """Return the direction of each feature that has one."""
    lines = (line for line in text.split("\nTree=", 1)[0].split("\n") if line.startswith(_CONSTRAINTS))
    given = next(lines, _CONSTRAINTS).removeprefix(_CONSTRAINTS).split()
    return {feature: int(way) for feature, way in enumerate(given) if int(way)}


def _bounded(tree: Tree, constraints: dict[int, int]) -> Values:
    """Return (leaves, 3) in the order of LightGBM's text: value, and the lowest and highest it may have."""
    inner = sum(not node.is_leaf for node in tree)
    found = np.empty((len(tree) - inner, 3))
    for number, low, high in _bounds(tree, constraints):
        found[number - inner] = tree[number].value, low, high
    return found


def _bounds(tree: Tree, constraints: dict[int, int]) -> Iterator[tuple[int, float, float]]:
    """Yield each leaf with its bounds: halfway between the sides of every split that has a direction."""
    ahead = [(0, -np.inf, np.inf)]
    while ahead:
        number, low, high = ahead.pop()
        node = tree[number]
        if node.is_leaf:
            yield number, min(low, node.value), max(high, node.value)
            continue
        way = constraints.get(node.feature, 0)
        if not way:
            ahead += [(node.left, low, high), (node.right, low, high)]
            continue
        smaller, larger = (node.left, node.right) if way > 0 else (node.right, node.left)
        most = max(_values_below(tree, smaller))
        least = min(_values_below(tree, larger))
        middle = min(max((most + least) / 2.0, low), high)
        ahead += [(smaller, low, min(high, middle)), (larger, max(low, middle), high)]


def _values_below(tree: Tree, number: int) -> Iterator[float]:
    ahead = [number]
    while ahead:
        node = tree[ahead.pop()]
        if node.is_leaf:
            yield node.value
        else:
            ahead += [node.left, node.right]
