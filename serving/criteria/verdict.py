"""Apply a criteria pack: the grade, the limit that decided, and the odds of every grade.

The grade is what the rules allow if every defect found is there, as long as measured. The odds take in
the doubt: each defect is there with its own probability, and its true length lies around the measured one.
A device is at least as good as a grade if what is there stays inside the grade's limits: the chance of that
is a product over kinds and surfaces, exact, so nothing is sampled. Two ties between defects are kept:

- defects of one kind on one surface are seen, or imagined, together: the less sure one is there only if the
  surer one is, so pieces of one mistake are no independent evidence;
- the device's own size scales all lengths at once: the product is taken at each of a few sizes (Gauss-Hermite
  quadrature over a normal spread) and averaged.

More damage, a larger probability and a longer defect each only take from this chance: none improves the odds.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise

import numpy as np

from data.defect import DefectKind
from data.device import Surface
from serving.criteria.pack import Limit, Pack

_SIZE_NODES = 7


@dataclass(frozen=True)
class Suspect:
    """A defect that may be there: `is_found` if it names a grade; `length_sd_mm` without the size's doubt."""

    kind: DefectKind
    surface: Surface
    probability: float
    length_mm: float | None
    is_found: bool
    length_sd_mm: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """The grade by the rules, the odds over the pack's scale (they sum to 1), and the limit that decided."""

    grade: str
    probabilities: dict[str, float]
    deciding_limit: str


def judge(
    pack: Pack, suspects: Sequence[Suspect], seen: frozenset[Surface], *, size_spread: float = 0.0
) -> Verdict:
    """Grade a device by its suspected damage and the surfaces that were seen.

    `size_spread` is the standard deviation of the device's size, as a share, behind every length.
    """
    groups = _groups(pack, suspects)
    unseen = [surface for surface in pack.required_surfaces if surface not in seen]
    reasons = [reason for group in groups for reason in _reasons(pack, group)]
    at_best = pack.unseen.at_best
    reasons += [(pack.rank[at_best], f"{surface} not seen: {at_best} at best") for surface in unseen]
    best = (0, f"no limit reached: {pack.scale[0]}")
    rank, text = max(reasons, key=lambda reason: reason[0], default=best)
    return Verdict(pack.scale[rank], _odds(pack, groups, len(unseen), size_spread), text)


def _groups(pack: Pack, suspects: Sequence[Suspect]) -> list[list[Suspect]]:
    """Return the damage by kind and surface, in one fixed order, the surest of each group first."""

    def place(suspect: Suspect) -> tuple[int, str]:
        return list(DefectKind).index(suspect.kind), suspect.surface

    damage = [suspect for suspect in suspects if suspect.kind in pack.limits]
    ordered = sorted(damage, key=lambda s: (*place(s), -s.probability, -(s.length_mm or 0.0), s.length_sd_mm))
    return [list(group) for _, group in groupby(ordered, key=place)]


def _reasons(pack: Pack, group: Sequence[Suspect]) -> Iterator[tuple[int, str]]:
    """Yield for each limit that holds on the surface the rank it leaves, and why."""
    found = [suspect for suspect in group if suspect.is_found]
    if found:
        for limit in pack.limits_on(found[0].kind, found[0].surface):
            yield _reason(pack, limit, found)


def _reason(pack: Pack, limit: Limit, found: Sequence[Suspect]) -> tuple[int, str]:
    where = f"on {_side(found[0].surface)}"
    kind = f"{found[0].kind}".replace("_", " ")
    if not limit.steps:
        text = pack.limits[found[0].kind].text
        return pack.rank[limit.beyond], f"{kind} {where} ({text}): {limit.beyond} at best"
    lengths = [suspect.length_mm for suspect in found if suspect.length_mm is not None]
    fitted = _step_of(limit, max(lengths, default=0.0), len(found))
    grade = limit.beyond if fitted == len(limit.steps) else limit.steps[fitted].grade
    if len(lengths) < len(found) and pack.rank[_unmeasured(limit)] >= pack.rank[grade]:
        grade = _unmeasured(limit)
        return pack.rank[grade], f"{kind} {where}, size not measured: {grade} at best"
    return pack.rank[grade], _why(limit, fitted, kind, where, lengths, len(found), grade)


def _step_of(limit: Limit, longest_mm: float, count: int) -> int:
    """Return the index of the first step that takes the defects in; the number of steps if none does."""
    fits = (longest_mm <= step.up_to_mm and count <= step.at_most for step in limit.steps)
    return next((index for index, fit in enumerate(fits) if fit), len(limit.steps))


def _why(
    limit: Limit, fitted: int, kind: str, where: str, lengths: Sequence[float], count: int, grade: str
) -> str:
    longest = max(lengths, default=0.0)
    if fitted == 0:
        return f"{kind} {longest:.1f} mm {where} <= {limit.steps[0].up_to_mm:g} mm: {grade}"
    broken = limit.steps[fitted - 1]
    if longest > broken.up_to_mm:
        return f"{kind} {longest:.1f} mm {where} > {broken.up_to_mm:g} mm: {grade}, not {broken.grade}"
    return f"{count} x {kind} {where} > {broken.at_most}: {grade}, not {broken.grade}"


def _side(surface: Surface) -> str:
    return "an unknown side" if surface is Surface.UNKNOWN else surface.value


def _unmeasured(limit: Limit) -> str:
    return limit.unmeasured or limit.beyond


def _odds(
    pack: Pack, groups: Sequence[Sequence[Suspect]], unseen: int, size_spread: float
) -> dict[str, float]:
    at_least = [_chance_at_least(pack, groups, unseen, size_spread, rank) for rank in range(len(pack.scale))]
    better = [0.0, *at_least[:-1]]
    # The differences of a rising row; the last bit may fall by rounding.
    return {g: max(0.0, high - low) for g, high, low in zip(pack.scale, at_least, better, strict=True)}


def _chance_at_least(
    pack: Pack, groups: Sequence[Sequence[Suspect]], unseen: int, size_spread: float, rank: int
) -> float:
    if rank == len(pack.scale) - 1:
        return 1.0
    if unseen and rank < pack.rank[pack.unseen.at_best]:
        return 0.0
    hidden = sum(share for grade, share in pack.unseen.risk.items() if pack.rank[grade] > rank)
    limits = [(_limits_at(pack, group, rank), group) for group in groups]
    return float((1.0 - hidden) ** unseen) * sum(
        weight * math.prod(_chance_inside(inner, group, size) for inner, group in limits)
        for size, weight in _sizes(size_spread)
    )


@dataclass(frozen=True)
class _Inside:
    """What still counts as inside a grade: how many, how long, and whether without a length."""

    at_most: float
    up_to_mm: float
    admits_unmeasured: bool


def _limits_at(pack: Pack, group: Sequence[Suspect], rank: int) -> _Inside:
    """Return the strictest of the limits that hold where the group lies."""
    parts = [_limit_at(pack, limit, rank) for limit in pack.limits_on(group[0].kind, group[0].surface)]
    return _Inside(
        min(part.at_most for part in parts),
        min(part.up_to_mm for part in parts),
        all(part.admits_unmeasured for part in parts),
    )


def _limit_at(pack: Pack, limit: Limit, rank: int) -> _Inside:
    if pack.rank[limit.beyond] <= rank:
        return _Inside(math.inf, math.inf, True)
    steps = [step for step in limit.steps if pack.rank[step.grade] <= rank]
    if not steps:
        return _Inside(0, 0.0, False)
    return _Inside(steps[-1].at_most, steps[-1].up_to_mm, pack.rank[_unmeasured(limit)] <= rank)


def _chance_inside(limit: _Inside, group: Sequence[Suspect], size: float) -> float:
    """Return the chance that what is there of a group, the surest first, stays inside a grade's limits."""
    surest = [suspect.probability for suspect in group]
    chance, inside = 1.0 - surest[0], 1.0
    for count, (suspect, (here, after)) in enumerate(zip(group, pairwise([*surest, 0.0]), strict=True), 1):
        inside *= _chance_short(limit, suspect, size) if count <= limit.at_most else 0.0
        chance += (here - after) * inside
    return chance


def _chance_short(limit: _Inside, suspect: Suspect, size: float) -> float:
    if suspect.length_mm is None:
        return float(limit.admits_unmeasured)
    room = limit.up_to_mm - suspect.length_mm * size
    if suspect.length_sd_mm <= 0.0 or math.isinf(room):
        return float(room >= 0.0)
    return 0.5 * math.erfc(-room / suspect.length_sd_mm / math.sqrt(2.0))


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
