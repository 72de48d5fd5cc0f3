"""Explain answers of boosted trees: exact SHAP values, computed leaf by leaf for all trees at once.

A leaf answers v times a product over the features on its path: for feature j the factor is 1 where the row
meets every split on j, 0 where it does not, and the share z of training rows that met them where j is not
known. The SHAP value of j in such a product is an integral over how much is known (Owen's multilinear
extension of the Shapley value):

    v * (met_j - z_j) * integral from 0 to 1 of product over i != j of (met_i * t + z_i * (1 - t)) dt

The integrand is a polynomial, so Gauss-Legendre quadrature of enough points gives it exactly, and the values
equal those of Lundberg's path-dependent TreeSHAP (LightGBM's pred_contrib). A row sums to its raw score.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from serving.fraud.trees import Node, Tree, UnsupportedTrees

Floats = NDArray[np.float64]
# Ways of about the same length are computed together, padded up to the longest of each group.
STEP = 2


@dataclass(frozen=True)
class _Split:
    """What all splits on one feature ask of a row: low < value <= high, or NaN where `missing`.

    low is NaN where nothing bounds it from below, for -inf has to pass then. share is how many of the
    training rows that came to these splits met them.
    """

    low: float = np.nan
    high: float = np.inf
    missing: bool = True
    share: float = 1.0

    def narrowed(self, node: Node, child: Node, *, left: bool) -> "_Split":
        """Return the splits with one more below them, on the path to a child."""
        share = self.share * child.count / node.count
        missing = self.missing and node.missing_goes_left is left
        if left:
            return _Split(self.low, min(self.high, node.threshold), missing, share)
        return _Split(np.fmax(self.low, node.threshold), self.high, missing, share)


TreePath = dict[int, _Split]


class _Paths:
    """The paths to leaves that split on about as many features: arrays of (features on the path, leaves)."""

    def __init__(self, paths: list[tuple[TreePath, float]], length: int) -> None:
        shape = (length, len(paths))
        self.feature = np.zeros(shape, dtype=np.int64)
        self._low, self._high = np.full(shape, np.nan), np.full(shape, np.inf)
        self._missing = np.ones(shape, dtype=bool)
        share = np.ones(shape)
        for leaf, (path, _) in enumerate(paths):
            for place, (feature, split) in enumerate(path.items()):
                self.feature[place, leaf] = feature
                self._low[place, leaf], self._high[place, leaf] = split.low, split.high
                self._missing[place, leaf], share[place, leaf] = split.missing, split.share
        self._prepare(share, np.array([value for _, value in paths]))

    def _prepare(self, share: Floats, value: Floats) -> None:
        """Tabulate, for each point t of the quadrature, what does not depend on the row."""
        points, weights = np.polynomial.legendre.leggauss((len(share) + 1) // 2)
        t = ((points + 1.0) / 2.0)[:, None, None]
        unmet = share * (1.0 - t)
        self._gain = 1.0 + t / unmet
        self._none_met = unmet.prod(axis=1) * value * weights[:, None] / 2.0
        self._if_met = (1.0 - share) / (unmet + t)
        self._if_unmet = -1.0 / (1.0 - t[:, :, 0])

    def explain(self, row: Floats) -> Floats:
        """Return (features on the path, leaves) contributions; padding gives exactly 0."""
        value = row[self.feature]
        met = ~(value <= self._low) & (value <= self._high)
        met |= self._missing & np.isnan(value)
        product = np.where(met, self._gain, 1.0).prod(axis=1)
        product *= self._none_met
        if_unmet = (self._if_unmet * product).sum(axis=0)
        if_met: Floats = np.einsum("pl,psl->sl", product, self._if_met)
        return np.where(met, if_met, if_unmet)


class Explainer:
    """The released trees, prepared to explain any row; a row gives the same bits in any batch."""

    def __init__(self, paths: list[_Paths], *, base: float, features: int) -> None:
        self._paths = paths
        self._base = base
        self._features = features
        self._feature = np.concatenate(
            [path.feature.ravel() for path in paths] or [np.zeros(0, dtype=np.int64)]
        )

    @classmethod
    def of(cls, trees: Iterable[Tree], *, features: int) -> Self:
        """Prepare trees that split on the first `features` features.

        Raises UnsupportedTrees if a node was reached by no training row, which leaves its share undefined.
        """
        groups: dict[int, list[tuple[TreePath, float]]] = {}
        base = 0.0
        for tree in trees:
            for path, leaf in _leaves(tree):
                base += leaf.value * leaf.count / tree[0].count
                if path:
                    groups.setdefault(-(-len(path) // STEP) * STEP, []).append((path, leaf.value))
        paths = [_Paths(groups[length], length) for length in sorted(groups)]
        return cls(paths, base=base, features=features)

    def contributions(self, rows: NDArray[np.float32]) -> Floats:
        """Return (n, features + 1) SHAP values; the last is what is answered of a row nothing is known of."""
        found = np.empty((len(rows), self._features + 1))
        found[:, -1] = self._base
        for place, row in enumerate(rows.astype(np.float64)):
            found[place, :-1] = self._explain(row)
        return found

    def _explain(self, row: Floats) -> Floats:
        if not self._paths:
            return np.zeros(self._features)
        parts = np.concatenate([path.explain(row).ravel() for path in self._paths])
        return np.bincount(self._feature, parts, minlength=self._features).astype(np.float64, copy=False)


def _leaves(tree: Tree) -> Iterator[tuple[TreePath, Node]]:
    """Yield every leaf of a tree with the splits on its path, by feature."""
    if any(node.count <= 0 for node in tree):
        raise UnsupportedTrees(f"tree {tree[0].tree} has a node without training rows; train it again")
    ahead: list[tuple[Node, TreePath]] = [(tree[0], {})]
    while ahead:
        node, path = ahead.pop()
        if node.is_leaf:
            yield path, node
            continue
        split = path.get(node.feature, _Split())
        for number, left in ((node.left, True), (node.right, False)):
            child = tree[number]
            ahead.append((child, path | {node.feature: split.narrowed(node, child, left=left)}))
