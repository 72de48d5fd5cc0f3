"""Grade a kept condition again by another criteria pack, from what was kept of its photos and defects.

The photos are not looked at again. So it is first graded by the pack that decided, and only where that leads
to what was decided is the answer of the other pack told: lengths are kept rounded, and older decisions keep
less.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from math import sqrt
from typing import Any

from data.condition import AsFarAsSeen, Condition, DefectFinding
from data.defect import Grade
from data.device import DeviceClass, Surface, View, large_sides
from serving.condition.assurance import SeenAssurance
from serving.condition.combine_views import ViewChances, combine
from serving.condition.criteria import House, PackGrade, PossibleDefect
from serving.condition.device_defect import DeviceDefect
from serving.condition.next_photo import next_photo
from serving.condition.rulebook import Calibrated, Rulebook

# How far the odds of the grade may lie from those that were kept: lengths and doubts are kept in 0.01 mm.
TOLERANCE = 0.02


class NotRegraded(ValueError):
    """A kept condition can't be graded again from what is kept; the message says why."""


@dataclass(frozen=True)
class Regrader:
    """The rules beside the packs, and every pack that is known, by its hash."""

    rules: Rulebook
    packs: Mapping[str, House]

    def regrade(
        self, kept: Condition, by: House, *, device_class: DeviceClass | None, sku: str | None
    ) -> Condition:
        """Return a kept condition as another pack grades it; raises NotRegraded."""
        decided_by = self.packs.get(kept.criteria.get("sha256", ""))
        if decided_by is None:
            named = f"{kept.criteria.get('name', 'none')} {kept.criteria.get('version', '')}".strip()
            raise NotRegraded(f"the criteria pack that graded it, {named}, is not here")
        size = self.rules.sizes.size_of(device_class, sku)
        spread = size.spread if size else 0.0
        again = self._graded(kept, decided_by, spread)
        off = max(abs(again.grade_probabilities[grade] - p) for grade, p in kept.grade_probabilities.items())
        if again.grade is not kept.grade or not off <= TOLERANCE:
            raise NotRegraded(
                f"pack {decided_by.name} {decided_by.version} graded it {_said(kept.grade)}, but from "
                f"what is kept it grades it {_said(again.grade)}, with odds up to {off:.2f} apart"
            )
        return self._graded(kept, by, spread)

    def _graded(self, kept: Condition, pack: House, spread: float) -> Condition:
        # The release's error was measured with its own pack; here its least probability is asked of any.
        stated = replace(self.rules.calibrated, assurance=kept.assurance, as_seen=_stated_as_seen(kept))
        rules = replace(self.rules, house=pack, calibrated=stated)
        views = _views(kept)
        seen = frozenset(view.surface for view in views)
        shown = [ViewChances(one.view, one.defect_probabilities, one.quality.ok) for one in kept.photos]
        chances = combine(shown, share_of_all=rules.measuring.all_photos_weigh)
        defects = _device_defects(kept.defects, spread)
        possible = rules.possible(defects, chances)
        graded, standards = rules.grade(possible, seen, size_spread=spread)
        as_seen = _as_far_as_seen(kept, rules, possible, views, spread)
        reasons = _reasons(kept, rules, graded, possible, seen, as_seen)
        return replace(
            kept,
            grade=None if reasons else Grade(graded.grade),
            grade_probabilities={Grade(grade): chance for grade, chance in graded.probabilities.items()},
            standards={} if reasons else standards,
            abstain_reasons=tuple(reasons),
            deciding_limit=graded.deciding_limit,
            criteria={name: str(getattr(pack, name)) for name in ("name", "version", "sha256")},
            as_far_as_seen=as_seen,
            next_photo=next_photo(rules, defects, shown, seen, graded, size_spread=spread),
        )


def _stated_as_seen(kept: Condition) -> tuple[SeenAssurance, ...]:
    seen = kept.as_far_as_seen
    if seen is None or seen.assurance is None:
        return ()
    return (SeenAssurance(large_sides(seen.views), len(seen.views), seen.assurance),)


def _views(kept: Condition) -> list[View]:
    """Return the views that the photos counted for: a kept one may be what the network only guessed."""
    if kept.as_far_as_seen is not None:
        return list(kept.as_far_as_seen.views)
    return [photo.view for photo in kept.photos if photo.device_found and photo.quality.ok]


def _as_far_as_seen(
    kept: Condition, rules: Rulebook, possible: list[PossibleDefect], views: list[View], spread: float
) -> AsFarAsSeen | None:
    if kept.as_far_as_seen is None:
        return None
    photos = [photo.defect_probabilities for photo in kept.photos]
    return rules.grade_as_seen(possible, views, photos, size_spread=spread)


def rules_of(manifest: Mapping[str, Any], rules: Rulebook) -> Rulebook:
    """Return the rules with what a release states beside its network."""
    return replace(rules, calibrated=Calibrated.of(manifest, rules.house, rules.measured_with))


def _reasons(
    kept: Condition,
    rules: Rulebook,
    graded: PackGrade,
    possible: list[PossibleDefect],
    seen: frozenset[Surface],
    as_seen: AsFarAsSeen | None,
) -> list[str]:
    """Return why no grade is given: as it was where the photos are at fault, else by the pack."""
    if not any(photo.device_found for photo in kept.photos) or all(not one.quality.ok for one in kept.photos):
        return list(kept.abstain_reasons)
    dirt = rules.dirt(graded, [photo.defect_probabilities for photo in kept.photos])
    return [
        *rules.unseen(graded, seen),
        *dirt,
        *rules.unmeasured(graded, possible),
        *rules.doubt(graded, as_seen),
    ]


def _device_defects(findings: Iterable[DefectFinding], spread: float) -> list[DeviceDefect]:
    named = sorted((_own_doubt(one, spread) for one in findings), key=_group)
    return [
        DeviceDefect(name, several[0].kind, several[0].surface, tuple(several))
        for name, several in ((name, list(of)) for name, of in groupby(named, key=_group))
    ]


def _group(finding: DefectFinding) -> str:
    if finding.group is None:
        raise NotRegraded("it was kept before defects of several photos were told to be one")
    return finding.group


def _own_doubt(finding: DefectFinding, spread: float) -> DefectFinding:
    """Take the doubt of the device's size out of that of a length, where a kept length has both."""
    whole, length_mm = finding.length_sd_mm, finding.length_mm
    if whole is None or length_mm is None:
        return finding
    return replace(finding, length_sd_mm=sqrt(max(0.0, whole**2 - (spread * length_mm) ** 2)))


def _said(grade: Grade | None) -> str:
    return grade.value if grade else "not at all"
