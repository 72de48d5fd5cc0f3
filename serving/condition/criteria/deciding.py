"""Write in one line which limit decided a grade: the one that leaves the least chance of a better one."""

from collections.abc import Sequence

from data.device import Surface
from serving.condition.criteria.odds import LIKELY, PossibleDefect, chance_inside, limit_at, limits_at
from serving.condition.criteria.pack import DamageLimit, Pack
from serving.wording import say, say_side

# Of several that leave a better grade less chance than this, the one named first among the kinds decides.
_CLEAR = 0.1


def deciding_text(
    pack: Pack, groups: Sequence[Sequence[PossibleDefect]], unseen: Sequence[Surface], rank: int
) -> str:
    """Return why a device is no better than the grade of a rank: a kind of damage, or a side not seen."""
    if rank == 0:
        return _best_text(pack, groups)
    chances = [chance_inside(limits_at(pack, group, rank - 1), group) for group in groups]
    if unseen and rank <= pack.rank[pack.unseen.at_best] and min(chances, default=1.0) > 0.0:
        return f"{unseen[0]} not seen: {say(pack.unseen.at_best)} at best"
    least = min(range(len(groups)), key=lambda index: max(chances[index], _CLEAR), default=None)
    if least is None or chances[least] >= 1.0:
        return f"{unseen[0]} not seen: it may hide what makes this {say(pack.scale[rank])}"
    return _group_text(pack, groups[least], rank)


def _best_text(pack: Pack, groups: Sequence[Sequence[PossibleDefect]]) -> str:
    """Return why the best grade is reached: a limit that damage keeps to, or none."""
    best = pack.scale[0]
    for group in groups:
        there = [defect for defect in group if defect.probability >= LIKELY]
        step = next((step for limit in _limits(pack, group) for step in limit.steps), None)
        if there and step and step.grade == best:
            return _fitting(there, step.up_to_mm, best)
    return f"no limit reached: {say(best)}"


def _group_text(pack: Pack, group: Sequence[PossibleDefect], rank: int) -> str:
    """Return how damage of one kind on one surface breaks the limits of the next better grade."""
    grade = pack.scale[rank]
    limit = min(_limits(pack, group), key=lambda limit: chance_inside(limit_at(pack, limit, rank - 1), group))
    there = [defect for defect in group if defect.probability >= LIKELY] or [group[0]]
    if not limit.steps:
        text = pack.limits[group[0].kind].text
        return f"{_name(there)} ({text}): {_at_best(pack, limit.beyond, rank)}"
    inner = limit_at(pack, limit, rank - 1)
    better = [step for step in limit.steps if pack.rank[step.grade] < rank]
    if not inner.admits_unmeasured and any(defect.is_unsized for defect in there):
        return f"{_name(there)}, size not measured: {_at_best(pack, limit.unmeasured_grade, rank)}"
    if not better:
        return _fitting(there, limit.steps[0].up_to_mm, grade)
    against = _missed(pack, grade, better[-1].grade)
    if _longest(there) > inner.up_to_mm:
        return f"{_name(there, with_length=True)} > {inner.up_to_mm:g} mm: {against}"
    if len(there) > inner.at_most:
        return f"{len(there)} x {_name(there)} > {inner.at_most:g}: {against}"
    return f"{_name(there, with_length=True)}, perhaps > {inner.up_to_mm:g} mm: {against}"


def _limits(pack: Pack, group: Sequence[PossibleDefect]) -> list[DamageLimit]:
    return pack.limits_on(group[0].kind, group[0].surface)


def _at_best(pack: Pack, grade: str, rank: int) -> str:
    """Return the words for the best grade that damage allows, or for the better one that doubts allow."""
    if pack.rank[grade] == rank:
        return f"{say(grade)} at best"
    return _missed(pack, pack.scale[rank], pack.scale[rank - 1])


def _missed(pack: Pack, grade: str, better: str) -> str:
    """Return the words for a grade and the better one that it misses.

    Grades that are words say as much themselves.
    """
    is_worded = any("_" in code for code in pack.scale)
    return say(grade) if is_worded else f"{grade}, not {better}"


def _fitting(there: Sequence[PossibleDefect], up_to_mm: float, grade: str) -> str:
    """Return a sentence on damage that keeps to a limit.

    A longer piece may, where doubts leave the grade likely, and one that was not measured.
    """
    is_measured = all(defect.length_mm is not None for defect in there)
    inside = "" if is_measured and _longest(there) <= up_to_mm else ", perhaps"
    return f"{_name(there, with_length=True)}{inside} <= {up_to_mm:g} mm: {say(grade)}"


def _longest(there: Sequence[PossibleDefect]) -> float:
    """Return the largest length that was measured in mm, 0 where none was."""
    return max((defect.length_mm or 0.0 for defect in there), default=0.0)


def _name(there: Sequence[PossibleDefect], *, with_length: bool = False) -> str:
    """Return the words for a kind, its place, its length, and its probability where less than even."""
    first, longest = there[0], _longest(there)
    length = f" {longest:.1f} mm" if with_length and longest else ""
    what = f"{say(first.kind)}{length} on {say_side(first.surface)}"
    return what if first.probability >= LIKELY else f"possible {what} at {first.probability:.0%}"
