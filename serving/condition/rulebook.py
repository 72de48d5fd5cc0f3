"""Turn what several photos show of one device into a grade on every scale, or say why a person must look."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from data.condition import AbstainCode, Assurance, Standing
from data.defect import DefectKind, Grade
from data.device import Surface
from data.sizes import SizeTable, read_sizes
from serving.condition.combine_views import Chance, Chances
from serving.condition.criteria import (
    LIKELY,
    House,
    Pack,
    PackGrade,
    PossibleDefect,
    Prevalence,
    apply_pack,
    read_pack,
    read_prevalence,
    read_standards,
)
from serving.condition.criteria.prevalence import DEFAULT_PREVALENCE
from serving.condition.device_defect import DeviceDefect
from serving.condition.measuring import Measuring, read_measuring
from serving.wording import photo_name, say, say_side


@dataclass(frozen=True)
class Calibrated:
    """What a release states beside the network: the mix it was calibrated on, when a grade is sure enough."""

    base_rate: dict[DefectKind, float] = field(default_factory=dict)
    assurance: Assurance | None = None

    @classmethod
    def of(cls, manifest: Mapping[str, Any], house: House) -> Self:
        """Read a manifest; what it lacks, or measured with another house pack, stays unknown."""
        rates = {DefectKind(kind): float(rate) for kind, rate in manifest.get("base_rate", {}).items()}
        inside = {kind: rate for kind, rate in rates.items() if 0.0 < rate < 1.0}
        return cls(inside, _assurance(manifest.get("abstention"), house))


@dataclass(frozen=True)
class Rulebook:
    """Everything versioned that leads from defects to grades; an operator's files may replace its parts."""

    house: House
    standards: tuple[Pack, ...]
    sizes: SizeTable
    prevalence: Prevalence
    measuring: Measuring
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
        house = house or read_pack()
        return cls(
            house=house,
            standards=read_standards(),
            sizes=read_sizes(sizes),
            prevalence=read_prevalence(prevalence or DEFAULT_PREVALENCE),
            measuring=read_measuring(),
            calibrated=Calibrated.of(manifest or {}, house),
        )

    def never_uncertain(self) -> Self:
        """Return the same rules without a least probability, to measure which one should be asked for."""
        return replace(self, calibrated=replace(self.calibrated, assurance=Assurance(0.0)))

    @property
    def assurance(self) -> Assurance:
        """Return when a grade is given without a person: as the release states, else as the pack says."""
        return self.calibrated.assurance or Assurance(self.house.abstain_below)

    def possible(self, defects: Iterable[DeviceDefect], chances: Chances) -> list[PossibleDefect]:
        """Return each defect once, and what may be there though no photo reports it.

        `chances` say of each surface that photos show how likely each kind is there.
        """
        found = [self._found(defect, chances) for defect in defects if not defect.kind.is_dirt]
        known = {(defect.kind, defect.surface) for defect in found}
        return found + [
            PossibleDefect(kind, surface, self._shifted(kind, chance.agreed), None)
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

    def doubt(self, graded: PackGrade) -> list[str]:
        """Return the reason to leave the grade to a person, if it is not sure enough."""
        chance, least = graded.probabilities[graded.grade], self.assurance.least_probability
        if chance >= least:
            return []
        code = AbstainCode.UNCERTAIN
        text = f"grade {graded.grade} has probability {chance:.2f}, at least {least:.3g} is needed"
        return [f"{code}: {text}; {code.instruction}"]

    def unseen(self, graded: PackGrade, seen: frozenset[Surface]) -> list[str]:
        """Return the reason to take more photos if no large face was seen; heavy damage shows anywhere."""
        required = self.house.required_surfaces
        if _is_heavy(graded) or any(surface in seen for surface in required):
            return []
        code = AbstainCode.FACE_NOT_SEEN
        return [f"{code}: no usable photo shows {' or '.join(required)}; {code.instruction}"]

    def unmeasured(self, graded: PackGrade, possible: Sequence[PossibleDefect]) -> list[str]:
        """Return the reason to come nearer for each kind of damage whose size, not known, may allow less."""
        unsized = [defect for defect in possible if defect.length_mm is None]
        there = dict.fromkeys((each.kind, each.surface) for each in unsized if each.probability >= LIKELY)
        code = AbstainCode.SIZE_NOT_MEASURED
        text = f"whose size may allow less than {graded.grade}; {code.instruction}"
        return [
            f"{code}: {say(kind)} on {say_side(surface)}, {text}"
            for kind, surface in there
            if self.house.may_allow_less(kind, surface, graded.grade)
        ]

    def dirt(self, graded: PackGrade, photos: Sequence[Mapping[DefectKind, float]]) -> list[str]:
        """Return the reasons to clean and retake; heavy damage shows through dirt."""
        if _is_heavy(graded):
            return []
        code = AbstainCode.CLEAN_AND_RETAKE
        return [
            f"{code}: {kind} on {photo_name(index)}; {code.instruction}"
            for index, chances in enumerate(photos)
            for kind, chance in chances.items()
            if kind.is_dirt and chance >= self.house.dirt_asks_retake_at
        ]

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

    def _shifted(self, kind: DefectKind, chance: float) -> float:
        return self.prevalence.shifted(kind, chance, self.calibrated.base_rate)

    def _is_suspicion(self, kind: DefectKind, chance: float) -> bool:
        if kind.is_dirt:
            return False
        return kind in self.calibrated.base_rate or chance >= self.house.suspect_from


def _is_heavy(graded: PackGrade) -> bool:
    """Return whether the damage allows no more than a D: better photos would hardly change that."""
    return Grade(graded.grade).rank >= Grade.D.rank


def _assurance(stated: Mapping[str, Any] | None, house: House) -> Assurance | None:
    """Read what a release states; it holds where it was reached, for the pack it was measured with."""
    if not stated or stated.get("threshold") is None or stated.get("criteria") != house.sha256:
        return None
    return Assurance(
        least_probability=float(stated["threshold"]),
        over_graded_at_most=float(stated["over_graded_at_most"]),
        under_graded_at_most=float(stated["under_graded_at_most"]),
        confidence=float(stated["confidence"]),
        devices=int(stated["devices"]),
        measured_on=str(stated["measured_on"]),
    )
