"""Apply a criteria pack: the grade, the limit that decided, and the odds of every grade.

Each suspected defect is there with its own probability, and where it is there it allows no better than its
own grade. The chance that the device is at least as good as a grade is the chance that none of the defects
that forbid the grade is there: a product over kinds and surfaces, so nothing is sampled. Defects of one kind
on one surface are seen, or imagined, together: of them only the surest counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from data.defect import DefectKind, Grade
from data.device import Surface
from serving.criteria.pack import Limit, Pack

_ORDER = tuple(Grade)


@dataclass(frozen=True)
class Suspect:
    """A defect that may be there: `is_found` if its probability passed the model's threshold."""

    kind: DefectKind
    surface: Surface
    probability: float
    length_mm: float | None
    is_found: bool


@dataclass(frozen=True)
class Verdict:
    """The grade by the rules, the odds over all grades (they sum to 1), and the limit that decided."""

    grade: Grade
    probabilities: dict[Grade, float]
    deciding_limit: str


def judge(pack: Pack, suspects: Sequence[Suspect], seen: frozenset[Surface]) -> Verdict:
    """Grade a device by its suspected damage and the surfaces that were seen."""
    capped = list(_cap_all(pack, suspects))
    unseen = [surface for surface in pack.required_surfaces if surface not in seen]
    reasons = [(cap, text) for suspect, cap, text in capped if suspect.is_found]
    reasons += [(pack.unseen_grade, f"{surface} not seen: {pack.unseen_grade} at best") for surface in unseen]
    grade, text = max(reasons, key=lambda reason: reason[0].rank, default=(Grade.A, "no limit reached: A"))
    return Verdict(grade, _odds(pack, capped, len(unseen)), text)


def _cap_all(pack: Pack, suspects: Iterable[Suspect]) -> Iterable[tuple[Suspect, Grade, str]]:
    """Yield every damage with the best grade it allows, counting the surest of a kind and place first."""

    def place(suspect: Suspect) -> tuple[str, str]:
        return suspect.kind, suspect.surface

    counted = [
        suspect for suspect in suspects if suspect.is_found or suspect.probability >= pack.suspect_from
    ]
    damage = [suspect for suspect in counted if suspect.kind in pack.limits]
    ordered = sorted(damage, key=lambda s: (*place(s), -s.probability, -(s.length_mm or 0.0)))
    for _, group in groupby(ordered, key=place):
        for count, suspect in enumerate(group, start=1):
            yield suspect, *_cap(pack.limits[suspect.kind], suspect, count)


def _cap(limit: Limit, suspect: Suspect, count: int) -> tuple[Grade, str]:
    what = f"{suspect.kind} on {suspect.surface}"
    if not limit.steps:
        return limit.beyond, f"{what} ({limit.text}): {limit.beyond} at best"
    if suspect.length_mm is None:
        grade = limit.unmeasured or limit.beyond
        return grade, f"{what} ({limit.text}, size not measured): {grade} at best"
    for number, step in enumerate(limit.steps):
        if suspect.length_mm <= step.up_to_mm and count <= step.at_most:
            return step.grade, _why(limit, what, suspect.length_mm, count, number, step.grade)
    return limit.beyond, _why(limit, what, suspect.length_mm, count, len(limit.steps), limit.beyond)


def _why(limit: Limit, what: str, length_mm: float, count: int, number: int, grade: Grade) -> str:
    if number == 0:
        return f"{what} {length_mm:.1f} mm <= {limit.steps[0].up_to_mm:g} mm: {grade}"
    broken = limit.steps[number - 1]
    if length_mm > broken.up_to_mm:
        return f"{what} {length_mm:.1f} mm > {broken.up_to_mm:g} mm: {grade}, not {broken.grade}"
    many = f"number {count}, more than {broken.at_most} up to {broken.up_to_mm:g} mm"
    return f"{what}: {many}: {grade}, not {broken.grade}"


def _odds(pack: Pack, capped: Sequence[tuple[Suspect, Grade, str]], unseen: int) -> dict[Grade, float]:
    at_least = [_chance_at_least(pack, capped, unseen, grade) for grade in _ORDER]
    better = [0.0, *at_least[:-1]]
    return {grade: high - low for grade, high, low in zip(_ORDER, at_least, better, strict=True)}


def _chance_at_least(
    pack: Pack, capped: Sequence[tuple[Suspect, Grade, str]], unseen: int, grade: Grade
) -> float:
    if grade is _ORDER[-1]:
        return 1.0
    hidden = sum(share for cap, share in pack.unseen_risk.items() if cap.rank > grade.rank)
    chance = float((1.0 - hidden) ** unseen)
    if unseen and grade.rank < pack.unseen_grade.rank:
        return 0.0
    forbidding: dict[tuple[DefectKind, Surface], float] = {}
    for suspect, cap, _ in capped:
        if cap.rank > grade.rank:
            place = (suspect.kind, suspect.surface)
            forbidding[place] = max(forbidding.get(place, 0.0), suspect.probability)
    for probability in forbidding.values():
        chance *= 1.0 - probability
    return chance
