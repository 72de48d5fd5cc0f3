"""Compute how likely a device is at least as good as each grade, from defects that may be there.

Each defect is there with its own probability, and its true length lies around the measured one. A device is
at least as good as a grade if what is there stays inside the grade's limits: the chance of that is a product
over kinds and surfaces, exact, so nothing is sampled. Two ties between defects are kept:

- defects of one kind on one surface are seen, or imagined, together: the less sure one is there only if the
  surer one is, so pieces of one mistake are no independent evidence;
- the device's own size scales all lengths at once: the product is taken at each of a few sizes (Gauss-Hermite
  quadrature over a normal spread) and averaged.

A defect without a length passes where the pack admits it. Where the lengths of the like are stated, the share
of them that keeps to a grade's limit passes as well; where the pack admits an unknown one, all still do: else
a suspicion that gets likelier, and so becomes damage of unknown size, would gain.

More damage, a larger probability and a longer defect each only take from this chance: none improves the odds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise

import numpy as np

from data.defect import DefectKind
from data.device import Surface
from serving.condition.criteria.pack import DamageLimit, Pack

LIKELY = 0.5
"""From this probability on a defect counts as there."""

_SIZE_NODES = 7


@dataclass(frozen=True)
class PossibleDefect:
    """A defect that may be there; `length_mm` is None where it was not measured.

    `length_sd_mm` is the doubt of the length without that of the device's size. `lengths_mm` are equally
    likely lengths, the shortest first, of one that was not measured; empty where nothing is known of them.
    """

    kind: DefectKind
    surface: Surface
    probability: float
    length_mm: float | None
    length_sd_mm: float = 0.0
    lengths_mm: tuple[float, ...] = ()

    @property
    def is_unsized(self) -> bool:
        """Return whether nothing is known of its length, neither its own nor that of the like."""
        return self.length_mm is None and not self.lengths_mm


@dataclass(frozen=True)
class Inside:
    """The limits of a grade: how many, how long, and whether without a length."""

    at_most: float
    up_to_mm: float
    admits_unmeasured: bool


def grouped(pack: Pack, possible: Sequence[PossibleDefect]) -> list[list[PossibleDefect]]:
    """Return the damage by kind and surface, in one fixed order, the surest of each group first."""

    def place(defect: PossibleDefect) -> tuple[int, str]:
        return list(DefectKind).index(defect.kind), defect.surface

    def size(defect: PossibleDefect) -> tuple[float, float, tuple[float, ...]]:
        return -(defect.length_mm or 0.0), defect.length_sd_mm, defect.lengths_mm

    damage = [defect for defect in possible if defect.kind in pack.limits]
    ordered = sorted(damage, key=lambda defect: (*place(defect), -defect.probability, size(defect)))
    return [list(group) for _, group in groupby(ordered, key=place)]


def chances_at_least(
    pack: Pack, groups: Sequence[Sequence[PossibleDefect]], unseen: int, size_spread: float
) -> list[float]:
    """Return for each grade, the best first, the chance that the device is at least as good; the last is 1.

    `unseen` is how many of the pack's required surfaces were not seen.
    """
    return [_chance_at_least(pack, groups, unseen, size_spread, rank) for rank in range(len(pack.scale))]


def _chance_at_least(
    pack: Pack, groups: Sequence[Sequence[PossibleDefect]], unseen: int, size_spread: float, rank: int
) -> float:
    if rank == len(pack.scale) - 1:
        return 1.0
    if unseen and rank < pack.rank[pack.unseen.at_best]:
        return 0.0
    hidden = sum(share for grade, share in pack.unseen.risk.items() if pack.rank[grade] > rank)
    limits = [(limits_at(pack, group, rank), group) for group in groups]
    return float((1.0 - hidden) ** unseen) * sum(
        weight * math.prod(chance_inside(inner, group, size) for inner, group in limits)
        for size, weight in _sizes(size_spread)
    )


def limits_at(pack: Pack, group: Sequence[PossibleDefect], rank: int) -> Inside:
    """Return the strictest of the limits that hold where the group lies for a grade or better."""
    parts = [limit_at(pack, limit, rank) for limit in pack.limits_on(group[0].kind, group[0].surface)]
    return Inside(
        min(part.at_most for part in parts),
        min(part.up_to_mm for part in parts),
        all(part.admits_unmeasured for part in parts),
    )


def limit_at(pack: Pack, limit: DamageLimit, rank: int) -> Inside:
    """Return what one limit allows of a grade or better."""
    if pack.rank[limit.beyond] <= rank:
        return Inside(math.inf, math.inf, True)
    steps = [step for step in limit.steps if pack.rank[step.grade] <= rank]
    if not steps:
        return Inside(0, 0.0, False)
    return Inside(steps[-1].at_most, steps[-1].up_to_mm, pack.rank[limit.unmeasured_grade] <= rank)


def chance_inside(limit: Inside, group: Sequence[PossibleDefect], size: float = 1.0) -> float:
    """Return the chance that what is there of a group, the surest first, stays inside a grade's limits."""
    surest = [defect.probability for defect in group]
    chance, inside = 1.0 - surest[0], 1.0
    for count, (defect, (here, after)) in enumerate(zip(group, pairwise([*surest, 0.0]), strict=True), 1):
        inside *= _chance_short(limit, defect, size) if count <= limit.at_most else 0.0
        chance += (here - after) * inside
    return chance


def _chance_short(limit: Inside, defect: PossibleDefect, size: float) -> float:
    if defect.length_mm is None:
        return 1.0 if limit.admits_unmeasured else _share_within(limit.up_to_mm, defect.lengths_mm, size)
    room = limit.up_to_mm - defect.length_mm * size
    if defect.length_sd_mm <= 0.0 or math.isinf(room):
        return float(room >= 0.0)
    return 0.5 * math.erfc(-room / defect.length_sd_mm / math.sqrt(2.0))


def _share_within(up_to_mm: float, lengths_mm: Sequence[float], size: float) -> float:
    return sum(length * size <= up_to_mm for length in lengths_mm) / max(len(lengths_mm), 1)


@cache
def _sizes(spread: float) -> tuple[tuple[float, float], ...]:
    """Return how much larger than assumed a device may be, with the weight of each."""
    if spread <= 0.0:
        return ((1.0, 1.0),)
    nodes, weights = np.polynomial.hermite_e.hermegauss(_SIZE_NODES)
    total = float(weights.sum())
    return tuple(
        (max(0.0, 1.0 + spread * float(node)), float(weight) / total)
        for node, weight in zip(nodes, weights, strict=True)
    )
