"""Read a criteria pack: per kind of damage and surface, the limits that each grade allows."""

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from data.defect import DefectKind, Grade, Severity
from data.device import NARROW_SURFACES, Surface
from data.strict import Frozen
from data.versioned_file import InvalidFile, VersionedFile, read_versioned

FOLDER = Path(__file__).parent
HOUSE_PACK = FOLDER / "house-2.yaml"
STANDARD_PACKS = (FOLDER / "ctia-like-1.yaml", FOLDER / "r2-cosmetic-1.yaml", FOLDER / "marketplace-1.yaml")


class BadPack(InvalidFile):
    """A criteria pack with a wrong, unknown or missing entry."""


class Zone(StrEnum):
    """Surfaces that share their limits."""

    FRONT = "front"
    BACK = "back"
    EDGES = "edges"
    LABEL = "label"


_ZONES = {
    Surface.FRONT: Zone.FRONT,
    Surface.BACK: Zone.BACK,
    Surface.LABEL: Zone.LABEL,
    **dict.fromkeys(NARROW_SURFACES, Zone.EDGES),
}


class LimitStep(Frozen):
    """At most `at_most` defects, none longer than `up_to_mm`, still allow `grade`."""

    up_to_mm: float = Field(gt=0)
    at_most: int = Field(ge=1)
    grade: str


class DamageLimit(Frozen):
    """The limits of one kind of damage on one surface: the first step it fits, else `beyond`.

    `unmeasured` is the best that a defect without a length allows; without an entry, `beyond`.
    """

    steps: tuple[LimitStep, ...] = ()
    beyond: str
    unmeasured: str | None = None

    @property
    def unmeasured_grade(self) -> str:
        """Return the best grade that a defect without a length allows."""
        return self.unmeasured or self.beyond

    @model_validator(mode="after")
    def _steps_grow(self) -> Self:
        lengths = [step.up_to_mm for step in self.steps]
        counts = [step.at_most for step in self.steps]
        if lengths != sorted(lengths) or counts != sorted(counts):
            raise ValueError("a worse grade must allow at least the length and the number of a better one")
        return self


class KindLimits(Frozen):
    """The limits of one kind of damage per zone; `otherwise` holds where a zone has none of its own."""

    text: str = Field(min_length=1)
    front: DamageLimit | None = None
    back: DamageLimit | None = None
    edges: DamageLimit | None = None
    label: DamageLimit | None = None
    otherwise: DamageLimit

    def of(self, zone: Zone) -> DamageLimit:
        """Return the limit of one zone."""
        limit: DamageLimit | None = getattr(self, zone.value)
        return limit or self.otherwise


class UnseenSurface(Frozen):
    """The cost of a required surface that was not seen: the best grade left, and the chances of worse."""

    at_best: str
    risk: dict[str, float]

    @field_validator("risk")
    @classmethod
    def _chances(cls, risk: dict[str, float]) -> dict[str, float]:
        if min(risk.values(), default=0.0) < 0 or sum(risk.values()) > 1:
            raise ValueError("each chance must be 0 or more, and all together at most 1")
        return risk


class Pack(VersionedFile):
    """One criteria pack: a scale of grades, the best first, and the limits of each kind of damage on it."""

    sources: tuple[str, ...] = Field(min_length=1)
    scale: tuple[str, ...] = Field(min_length=2)
    codes: dict[str, str] = Field(default_factory=dict)
    not_from_photos: dict[str, str] = Field(default_factory=dict)
    required_surfaces: tuple[Surface, ...]
    unseen: UnseenSurface
    limits: dict[DefectKind, KindLimits]

    @cached_property
    def rank(self) -> dict[str, int]:
        """Return the place of each grade on the scale, 0 for the best."""
        return {grade: rank for rank, grade in enumerate(self.scale)}

    @property
    def most_allowed(self) -> int:
        """Return the largest number of defects of one kind on one surface that a step allows."""
        zones = [limits.of(zone) for limits in self.limits.values() for zone in Zone]
        return max((step.at_most for limit in zones for step in limit.steps), default=0)

    def limits_on(self, kind: DefectKind, surface: Surface) -> list[DamageLimit]:
        """Return the limits on a surface; on a side that is not known those of every zone hold."""
        zones = [_ZONES[surface]] if surface in _ZONES else list(Zone)
        return [self.limits[kind].of(zone) for zone in zones]

    def may_allow_less(self, kind: DefectKind, surface: Surface, grade: str) -> bool:
        """Return whether damage of a kind on a surface, if only large enough, allows less than a grade."""
        limits = self.limits_on(kind, surface)
        return any(limit.steps and self.rank[limit.beyond] > self.rank[grade] for limit in limits)

    @model_validator(mode="after")
    def _every_damage_has_a_limit(self) -> Self:
        missing = [kind for kind in DefectKind if not kind.is_dirt and kind not in self.limits]
        if missing:
            raise ValueError(f"no limit for {', '.join(missing)}: every damage needs one")
        return self

    @model_validator(mode="after")
    def _grades_are_on_the_scale(self) -> Self:
        _require_on_scale("unseen", self.rank, [self.unseen.at_best, *self.unseen.risk])
        for kind, limits in self.limits.items():
            for zone in Zone:
                _require_order(f"limits.{kind}.{zone}", self.rank, limits.of(zone))
        return self


class SeveritySizes(Frozen):
    """Lengths in mm that part micro from visible and visible from deep."""

    micro_mm: float
    deep_mm: float


class House(Pack):
    """The pack of the answer's own grade, with what the answer needs beside the limits.

    `abstain_below` gives no grade by itself: without a measured error of a release a person decides, and with
    one the higher of both least probabilities counts.
    """

    suspect_from: float = Field(ge=0, le=1)
    abstain_below: float = Field(ge=0, le=1)
    dirt_asks_retake_at: float = Field(ge=0, le=1)
    severity: SeveritySizes

    @field_validator("scale")
    @classmethod
    def _house_letters(cls, scale: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        del info
        if scale != tuple(Grade):
            raise ValueError(f"the house grades {', '.join(Grade)} are fixed, in this order")
        return scale

    def severity_of(self, length_mm: float | None) -> Severity:
        """Return the severity of a defect by its length; visible where it could not be measured."""
        if length_mm is None:
            return Severity.VISIBLE
        if length_mm <= self.severity.micro_mm:
            return Severity.MICRO
        return Severity.DEEP if length_mm >= self.severity.deep_mm else Severity.VISIBLE


def read_pack(path: Path = HOUSE_PACK) -> House:
    """Read the house pack from YAML.

    Raises BadPack naming each wrong entry.
    """
    return read_versioned(path, House, error=BadPack)


def read_standards(paths: tuple[Path, ...] = STANDARD_PACKS) -> tuple[Pack, ...]:
    """Read the packs of the scales that others use; raises BadPack."""
    return tuple(read_versioned(path, Pack, error=BadPack) for path in paths)


def _require_on_scale(where: str, rank: dict[str, int], grades: list[Any]) -> None:
    unknown = [grade for grade in grades if grade is not None and grade not in rank]
    if unknown:
        raise ValueError(f"{where} names {', '.join(map(str, unknown))}; the scale has {', '.join(rank)}")


def _require_order(where: str, rank: dict[str, int], limit: DamageLimit) -> None:
    grades = [*(step.grade for step in limit.steps), limit.beyond]
    _require_on_scale(where, rank, [*grades, limit.unmeasured])
    ranks = [rank[grade] for grade in grades]
    if ranks != sorted(set(ranks)):
        raise ValueError(
            f"{where}: steps must go from the best grade to the worst, and beyond must be the worst"
        )
    if limit.unmeasured is not None and rank[limit.unmeasured] > rank[limit.beyond]:
        raise ValueError(f"{where}: unmeasured can't be worse than beyond")
