"""Apply a criteria pack: the grade, the limit that decided, and the odds of every grade.

The grade is the best one that the device more likely than not reaches: the median of its odds. Where every
defect is there for certain and measured exactly, that is what the rules allow; a doubtful defect weighs as
much as it is likely. More damage, a larger probability and a longer defect each only take from the odds, so
none improves the grade.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from data.device import Surface
from serving.condition.criteria.deciding import deciding_text
from serving.condition.criteria.odds import PossibleDefect, chances_at_least, grouped
from serving.condition.criteria.pack import Pack

# A hair below one half, so that rounding never turns an even chance into a worse grade.
_LIKELY = 0.5 - 1e-9


@dataclass(frozen=True)
class PackGrade:
    """The median grade, the odds over the pack's scale (they sum to 1), and the limit that decided."""

    grade: str
    probabilities: dict[str, float]
    deciding_limit: str


def apply_pack(
    pack: Pack, possible: Sequence[PossibleDefect], seen: frozenset[Surface], *, size_spread: float = 0.0
) -> PackGrade:
    """Grade a device by its possible damage and the surfaces that were seen.

    `size_spread` is the standard deviation of the device's size, as a share, behind every length.
    """
    groups = grouped(pack, possible)
    unseen = [surface for surface in pack.required_surfaces if surface not in seen]
    at_least = chances_at_least(pack, groups, len(unseen), size_spread)
    rank = next(rank for rank, chance in enumerate(at_least) if chance >= _LIKELY)
    text = deciding_text(pack, groups, unseen, rank)
    return PackGrade(pack.scale[rank], _odds(pack, at_least), text)


def sureness(pack: Pack, graded: PackGrade) -> float:
    """Return how sure a grade is: the chance that the device is no worse than it.

    A grade worse than one unseen face allows also costs value where it is wrong: of such a one the chance
    that the device is no better counts too, and the lesser of both is returned. Between the better grades,
    one face cannot tell.
    """
    rank = pack.rank[graded.grade]
    no_worse = sum(chance for grade, chance in graded.probabilities.items() if pack.rank[grade] <= rank)
    no_better = sum(chance for grade, chance in graded.probabilities.items() if pack.rank[grade] >= rank)
    is_told = rank > pack.rank[pack.unseen.at_best]
    return min(1.0, no_worse, no_better if is_told else 1.0)


def _odds(pack: Pack, at_least: Sequence[float]) -> dict[str, float]:
    better = [0.0, *at_least[:-1]]
    # The differences of a rising row; the last bit may fall by rounding.
    return {g: max(0.0, high - low) for g, high, low in zip(pack.scale, at_least, better, strict=True)}
