"""Measure how unusual a return is: how rare its findings are among earlier returns, on the bad side.

For every feature whose bad side is known, a value is as surprising as the share of known earlier values that
are at least as bad is small: minus its logarithm, in nats. Of the features behind one reason the most
surprising counts; what is usual is taken off each, and the rest is added up. Nothing here has seen a label,
so it also speaks up for a kind of abuse that no reviewer has confirmed yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving.fraud.trees import Node
from training.fraud.rows import Matrix, Values
from training.fraud.settings import SurpriseSettings

# Multiples of it add up exactly in float32, in any order, to far beyond any sum that occurs.
STEP_NATS = 2.0**-12
FEWEST_KNOWN = 50


@dataclass(frozen=True)
class Tail:
    """The steps of one feature: from edges[i] on, a value turned to its bad side is worth nats[i]."""

    feature: int
    side: int
    edges: NDArray[np.float32]
    nats: Values

    def measure(self, matrix: Matrix) -> Values:
        """Return the surprise of each row, 0 for what is usual or not known."""
        turned = self.side * matrix[:, self.feature]
        steps = np.concatenate([[0.0], self.nats])
        return np.where(np.isnan(turned), 0.0, steps[np.searchsorted(self.edges, turned, side="right")])

    def nodes(self, tree: int) -> list[Node]:
        """Write the steps as one tree: a chain from the usual to the worst, NaN leaving it at once."""
        found: list[Node] = []
        leaf = len(self.edges)
        for place, edge in enumerate(self.edges):
            stays, goes = leaf + place, place + 1 if place + 1 < len(self.edges) else leaf + len(self.edges)
            upward = self.side > 0
            # x <= t is all a node can ask: x < edge is x <= the float32 just below it.
            threshold = np.nextafter(edge, np.float32(-np.inf)) if upward else -edge
            left, right = (stays, goes) if upward else (goes, stays)
            found.append(Node(tree, place, self.feature, float(threshold), upward, left, right, 0.0, 1))
        values = [0.0, *self.nats.tolist()]
        return found + [
            Node(tree, leaf + place, -1, 0.0, False, -1, -1, value, 1) for place, value in enumerate(values)
        ]


@dataclass(frozen=True)
class Surprise:
    """All that measures surprise; `groups` names the tails that belong to one reason."""

    tails: tuple[Tail, ...]
    groups: tuple[tuple[int, ...], ...]
    beyond_nats: float

    def measure(self, matrix: Matrix) -> Values:
        """Return the nats of each row, as the graph has to."""
        each = np.stack([tail.measure(matrix) for tail in self.tails], axis=1)
        worst = np.stack([each[:, list(group)].max(axis=1) for group in self.groups], axis=1)
        return np.asarray(np.maximum(worst - self.beyond_nats, 0.0).sum(axis=1))


def fit_surprise(
    names: tuple[str, ...],
    reasons: Iterable[str],
    matrix: Matrix,
    weight: Values,
    settings: SurpriseSettings,
) -> Surprise:
    """Fit what is usual on earlier returns, each weighted to stand for those that were not reviewed."""
    tails: list[Tail] = []
    by_reason: dict[str, list[int]] = {}
    for feature, (name, reason) in enumerate(zip(names, reasons, strict=True)):
        side = settings.bad_side.get(name, 0)
        known = ~np.isnan(matrix[:, feature])
        if side == 0 or known.sum() < FEWEST_KNOWN:
            continue
        by_reason.setdefault(reason, []).append(len(tails))
        tails.append(_tail(feature, side, matrix[known, feature], weight[known], settings.shares))
    groups = tuple(tuple(by_reason[reason]) for reason in sorted(by_reason))
    return Surprise(tuple(tails), groups, settings.beyond_nats)


def _tail(feature: int, side: int, values: Matrix, weight: Values, shares: tuple[float, ...]) -> Tail:
    """Step at the first value of each share; beyond the worst value seen, as if one more row had held it."""
    different, place = np.unique(side * values, return_inverse=True)
    held = np.bincount(place, weight)
    at_least = np.cumsum(held[::-1])[::-1] / held.sum()
    starts = {int(np.argmax(at_least <= share)) for share in shares if (at_least <= share).any()}
    firsts = sorted(starts)
    edges = [different[start] for start in firsts]
    rare = [float(at_least[start]) for start in firsts]
    beyond = np.nextafter(different[-1], np.float32(np.inf))
    if np.isfinite(beyond):
        edges.append(beyond)
        rare.append(min([1.0 / len(values), *rare]))
    nats = np.round(-np.log(np.array(rare)) / STEP_NATS) * STEP_NATS
    return Tail(feature, side, np.array(edges, dtype=np.float32), nats)
