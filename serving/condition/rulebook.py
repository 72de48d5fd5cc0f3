"""Grade a device on every scale from several photos, or give the reasons why a person must look."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from data.condition import AbstainCode, AsFarAsSeen, Assurance, Standing
from data.defect import DefectKind, Grade
from data.device import LARGE_SURFACES, Surface, View, large_sides
from data.sizes import SizeTable, read_sizes
from data.versioned_file import InvalidFile
from features.photo.measures import photo_measures
from features.photo.quality import quality_limits
from serving.condition.abstaining import Abstaining, read_abstaining
from serving.condition.assurance import (
    CRITERIA,
    NOTHING_STATED,
    NotAssured,
    RuleFile,
    SeenAssurance,
    assurance_of,
    read_assurance,
    read_seen_assurances,
)
from serving.condition.combine_views import Chance, Chances
from serving.condition.criteria import (
    House,
    MissedLengths,
    Pack,
    PackGrade,
    PossibleDefect,
    Prevalence,
    apply_pack,
    read_missed_lengths,
    read_pack,
    read_prevalence,
    read_standards,
    sureness,
)
from serving.condition.criteria.prevalence import DEFAULT_PREVALENCE
from serving.condition.device_defect import DeviceDefect
from serving.condition.inference_rules import read_inference
from serving.condition.measuring import Measuring, read_measuring
from serving.wording import photo_name, say, say_as_shown, say_side


@dataclass(frozen=True)
class Calibrated:
    """The values a release states beside the network: its calibration mix, and its least probability.

    Without an assurance `not_assured` says why, and a person decides every grade. `as_seen` says when a grade
    is given as far as the photos show. A release that states this `is_by_views`: then no grade is given by
    the assurance of another set of photos. `missed` says how long the damage is that no photo reports.
    """

    base_rate: dict[DefectKind, float] = field(default_factory=dict)
    assurance: Assurance | None = None
    not_assured: str = NOTHING_STATED
    as_seen: tuple[SeenAssurance, ...] = ()
    is_by_views: bool = False
    missed: dict[DefectKind, MissedLengths] = field(default_factory=dict)

    @classmethod
    def of(cls, manifest: Mapping[str, Any], house: House, others: Mapping[str, RuleFile]) -> Self:
        """Read a manifest, for a house pack and the other rule files in use, by their role.

        Raises InvalidFile where it states lengths that are none.
        """
        missed = read_missed_lengths(manifest)
        rates = {DefectKind(kind): float(rate) for kind, rate in manifest.get("base_rate", {}).items()}
        inside = {kind: rate for kind, rate in rates.items() if 0.0 < rate < 1.0}
        files = {CRITERIA: house, **others}
        stated = manifest.get("abstention_as_seen", ())
        as_seen, why = read_seen_assurances(stated, files, at_least=house.abstain_below)
        is_by_views = "abstention_as_seen" in manifest
        if is_by_views:
            return cls(inside, None, why or NOTHING_STATED, as_seen, is_by_views, missed)
        try:
            # The pack's own least probability no longer decides alone: it can only ask for more.
            assurance = read_assurance(manifest.get("abstention"), files, at_least=house.abstain_below)
        except NotAssured as reason:
            return cls(inside, None, str(reason), missed=missed)
        return cls(inside, assurance, "", missed=missed)


@dataclass(frozen=True)
class Rulebook:
    """The versioned files that lead from defects to grades; an operator's files may replace parts of them."""

    house: House
    standards: tuple[Pack, ...]
    sizes: SizeTable
    prevalence: Prevalence
    measuring: Measuring
    abstaining: Abstaining
    calibrated: Calibrated = field(default_factory=Calibrated)

    @classmethod
    def read(
        cls,
        manifest: Mapping[str, Any] | None = None,
        *,
        house: House | None = None,
        sizes: Path | None = None,
        prevalence: Path | None = None,
    ) -> Self:
        """Read what ships, with an operator's own files in its place; raises InvalidFile or BadPack."""
        rules = cls(
            house=house or read_pack(),
            standards=read_standards(),
            sizes=read_sizes(sizes),
            prevalence=read_prevalence(prevalence or DEFAULT_PREVALENCE),
            measuring=read_measuring(),
            abstaining=read_abstaining(),
        )
        _require_counted(rules.measuring, [rules.house, *rules.standards])
        return replace(rules, calibrated=Calibrated.of(manifest or {}, rules.house, rules.measured_with))

    def never_uncertain(self) -> Self:
        """Return the same rules without a least probability, to measure which one to ask for."""
        anything = Assurance(0.0)
        sides = [frozenset({side}) for side in LARGE_SURFACES] + [frozenset(LARGE_SURFACES)]
        as_seen = tuple(SeenAssurance(each, 1, anything) for each in sides)
        measured = replace(self.calibrated, assurance=anything, as_seen=as_seen, is_by_views=False)
        return replace(self, calibrated=measured)

    @property
    def assurance(self) -> Assurance | None:
        """Return what an older release states of grades from any photos; None where it does not."""
        return self.calibrated.assurance

    @property
    def least_probability(self) -> float:
        """Return from which probability any photos give a grade without a person; infinite where never."""
        stated = [one.assurance.least_probability for one in self.calibrated.as_seen]
        if self.assurance and not self.calibrated.is_by_views:
            stated = [self.assurance.least_probability]
        return min(stated, default=math.inf)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the notes for whoever starts this: that nothing assures the grades, and what to do."""
        if self.calibrated.as_seen if self.calibrated.is_by_views else self.assurance:
            return ()
        study = "seen" if self.calibrated.is_by_views else "risk"
        return (
            f"no grade is given without a person: {self.calibrated.not_assured}. Put back the files that the "
            "release was measured with; or measure the error with those in use, on a copy of the release: "
            f"regrade study {study} --release DIR --state",
        )

    @property
    def measured_with(self) -> dict[str, RuleFile]:
        """Return the files beside the house pack from which the odds of a grade follow, by their role.

        The sizes are left out: they are facts of a device that an operator adds to, not a rule.
        """
        return {
            "prevalence": self.prevalence,
            "measuring": self.measuring,
            "inference": read_inference(),
            "abstaining": self.abstaining,
            "photo quality": quality_limits(),
            "photo measures": photo_measures(),
        }

    def possible(self, defects: Iterable[DeviceDefect], chances: Chances) -> list[PossibleDefect]:
        """Return each defect once, and what may be there though no photo reports it.

        `chances` say of each surface that photos show how likely each kind is there.
        """
        found = [self._found(defect, chances) for defect in defects if not defect.kind.is_dirt]
        known = {(defect.kind, defect.surface) for defect in found}
        return found + [
            self._suspected(kind, surface, chance)
            for surface, of_kinds in chances.items()
            for kind, chance in of_kinds.items()
            if (kind, surface) not in known and self._is_suspicion(kind, chance.agreed)
        ]

    def grade(
        self, possible: Sequence[PossibleDefect], seen: frozenset[Surface], *, size_spread: float
    ) -> tuple[PackGrade, dict[str, Standing | str]]:
        """Return the house's graded and where the device stands on every other scale."""
        graded = apply_pack(self.house, possible, seen, size_spread=size_spread)
        others = [
            (pack, apply_pack(pack, possible, seen, size_spread=size_spread)) for pack in self.standards
        ]
        return graded, {
            pack.name: Standing(other.grade, other.deciding_limit, pack.version) for pack, other in others
        }

    def grade_as_seen(
        self,
        possible: Sequence[PossibleDefect],
        views: Sequence[View],
        photos: Sequence[Mapping[DefectKind, float]],
        *,
        size_spread: float,
    ) -> AsFarAsSeen | None:
        """Return the grade by what is seen alone; None without a photo that can be judged.

        `views` are those of the photos that can be, `photos` holds the probabilities of all.
        """
        if not views:
            return None
        house = self.house
        graded = apply_pack(house, possible, frozenset(house.required_surfaces), size_spread=size_spread)
        chance = sureness(house, graded)
        assurance = assurance_of(self.calibrated.as_seen, large_sides(views), len(views))
        is_sure = assurance is not None and chance >= assurance.least_probability
        is_open = bool(self.dirt(graded, photos) or self.unmeasured(graded, possible))
        needs_person = not is_sure or is_open
        named = tuple(sorted(views, key=list(View).index))
        return AsFarAsSeen(Grade(graded.grade), chance, needs_person, named, assurance)

    def assurance_for(self, as_seen: AsFarAsSeen | None) -> Assurance | None:
        """Return what the release states of grades from such photos; an older one states it of any."""
        if not self.calibrated.is_by_views:
            return self.assurance
        return as_seen.assurance if as_seen else None

    def doubt(self, graded: PackGrade, as_seen: AsFarAsSeen | None = None) -> list[str]:
        """Return the reason to leave the grade to a person, if it is not sure enough by what is stated."""
        assurance = self.assurance_for(as_seen)
        if assurance is None:
            code = AbstainCode.NOT_ASSURED
            return [f"{code}: {self._not_assured(as_seen)}; {code.instruction}"]
        name, chance = f"grade {graded.grade}", graded.probabilities[graded.grade]
        if self.calibrated.is_by_views and as_seen:
            name, chance = f"what the photos show, {say_as_shown(as_seen.grade.value)},", as_seen.probability
        least = assurance.least_probability
        if chance >= least:
            return []
        code = AbstainCode.UNCERTAIN
        text = f"{name} has probability {chance:.2f}, at least {least:.3g} is needed"
        return [f"{code}: {text}; {code.instruction}"]

    def unseen(self, graded: PackGrade, seen: frozenset[Surface]) -> list[str]:
        """Return the reason to take more photos if a large face was not seen that the grade needs.

        Heavy damage shows anywhere. Of a release that states no error by views, one face was enough.
        """
        required = self.house.required_surfaces
        missing = [surface for surface in required if surface not in seen]
        is_enough = not missing if self.calibrated.is_by_views else len(missing) < len(required)
        if self.abstaining.is_heavy(graded.grade) or is_enough:
            return []
        code, faces = AbstainCode.FACE_NOT_SEEN, " or ".join(missing)
        shows = "is named or surely seen as" if self.calibrated.is_by_views else "shows"
        return [f"{code}: no usable photo {shows} {faces}; {code.instruction}"]

    def unmeasured(self, graded: PackGrade, possible: Sequence[PossibleDefect]) -> list[str]:
        """Return the reason to come nearer for each kind of damage whose size, not known, may allow less."""
        unsized = [defect for defect in possible if defect.length_mm is None]
        least = self.abstaining.unmeasured_from
        there = dict.fromkeys((each.kind, each.surface) for each in unsized if each.probability >= least)
        code = AbstainCode.SIZE_NOT_MEASURED
        text = f"whose size may allow less than {graded.grade}; {code.instruction}"
        return [
            f"{code}: {say(kind)} on {say_side(surface)}, {text}"
            for kind, surface in there
            if self.house.may_allow_less(kind, surface, graded.grade)
        ]

    def dirt(self, graded: PackGrade, photos: Sequence[Mapping[DefectKind, float]]) -> list[str]:
        """Return the reasons to clean and retake.

        Heavy damage shows through dirt.
        """
        if self.abstaining.is_heavy(graded.grade):
            return []
        code = AbstainCode.CLEAN_AND_RETAKE
        return [
            f"{code}: {kind} on {photo_name(index)}; {code.instruction}"
            for index, chances in enumerate(photos)
            for kind, chance in chances.items()
            if kind.is_dirt and chance >= self.house.dirt_asks_retake_at
        ]

    def _not_assured(self, as_seen: AsFarAsSeen | None) -> str:
        if not self.calibrated.as_seen or as_seen is None:
            return self.calibrated.not_assured or NOTHING_STATED
        sides = " and ".join(sorted(large_sides(as_seen.views))) or "no large face"
        return f"the release states no error of grades from such photos ({sides})"

    def _found(self, defect: DeviceDefect, chances: Chances) -> PossibleDefect:
        longest = defect.longest
        chance = chances.get(defect.surface, {}).get(defect.kind, Chance.sole(defect.probability))
        return PossibleDefect(
            defect.kind,
            defect.surface,
            self._shifted(defect.kind, chance.of(defect.probability)),
            longest.length_mm if longest else None,
            (longest.length_sd_mm or 0.0) if longest else 0.0,
        )

    def _suspected(self, kind: DefectKind, surface: Surface, chance: Chance) -> PossibleDefect:
        """Return what no photo reports, as long as what the network misses, where that is stated.

        What is likely all the same is not like the missed: its size stays unknown, and is asked for.
        """
        probability = self._shifted(kind, chance.agreed)
        missed = self.calibrated.missed.get(kind)
        is_likely = probability >= self.abstaining.unmeasured_from
        lengths = missed.at(chance.highest) if missed and not is_likely else ()
        return PossibleDefect(kind, surface, probability, None, lengths_mm=lengths)

    def _shifted(self, kind: DefectKind, chance: float) -> float:
        return self.prevalence.shifted(kind, chance, self.calibrated.base_rate)

    def _is_suspicion(self, kind: DefectKind, chance: float) -> bool:
        if kind.is_dirt:
            return False
        return kind in self.calibrated.base_rate or chance >= self.house.suspect_from


def _require_counted(measuring: Measuring, packs: Sequence[Pack]) -> None:
    """Raise InvalidFile where a grade allows as many defects as places are kept: no more would count."""
    allowed = max(pack.most_allowed for pack in packs)
    if measuring.places_max <= allowed:
        raise InvalidFile(
            f"measuring {measuring.version}: places_max is {measuring.places_max}, but a pack allows "
            f"{allowed} defects of a kind; keep at least {allowed + 1} places, or worse damage never counts"
        )
