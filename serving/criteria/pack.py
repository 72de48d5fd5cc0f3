"""Read a criteria pack: per defect the limits that a grade allows, and what counts as seen."""

import hashlib
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.defect import DefectKind, Grade, Severity
from data.device import Surface

HOUSE_PACK = Path(__file__).parent / "house-1.yaml"


class BadPack(ValueError):
    """A criteria pack has a wrong, unknown or missing entry."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Entry):
    """Up to `at_most` defects of at most `up_to_mm` still allow `grade`."""

    up_to_mm: float = Field(gt=0)
    at_most: int = Field(ge=1)
    grade: Grade


class Limit(_Entry):
    """What a kind of defect allows: the first step it fits, else `beyond`; `unmeasured` without a length."""

    steps: tuple[Step, ...] = ()
    beyond: Grade
    unmeasured: Grade | None = None
    text: str

    @model_validator(mode="after")
    def _steps_grow_worse(self) -> Self:
        ranks = [step.grade.rank for step in self.steps] + [self.beyond.rank]
        if ranks != sorted(ranks):
            raise ValueError("steps must go from the best grade to the worst, and beyond must be the worst")
        return self


class SeveritySizes(_Entry):
    """Lengths in mm that part micro from visible and visible from deep."""

    micro_mm: float
    deep_mm: float


class Pack(_Entry):
    """One criteria pack, with the hash of the file it came from."""

    name: str
    version: str
    sha256: str
    required_surfaces: tuple[Surface, ...]
    unseen_grade: Grade
    unseen_risk: dict[Grade, float]
    suspect_from: float = Field(ge=0, le=1)
    abstain_below: float = Field(ge=0, le=1)
    dirt_asks_retake_at: float = Field(ge=0, le=1)
    severity: SeveritySizes
    limits: dict[DefectKind, Limit]
    crosswalk: dict[str, dict[Grade, str]]

    @model_validator(mode="after")
    def _every_damage_has_a_limit(self) -> Self:
        missing = [kind for kind in DefectKind if not kind.is_dirt and kind not in self.limits]
        if missing:
            raise ValueError(f"no limit for {', '.join(missing)}: every damage needs one")
        return self

    def severity_of(self, length_mm: float | None) -> Severity:
        """Return the severity of a defect by its length; visible where it could not be measured."""
        if length_mm is None:
            return Severity.VISIBLE
        if length_mm <= self.severity.micro_mm:
            return Severity.MICRO
        return Severity.DEEP if length_mm >= self.severity.deep_mm else Severity.VISIBLE


def read_pack(path: Path = HOUSE_PACK) -> Pack:
    """Read a criteria pack from YAML.

    Raises BadPack naming each wrong entry.
    """
    body = path.read_bytes()
    try:
        return Pack(**yaml.safe_load(body), sha256=hashlib.sha256(body).hexdigest())
    except (ValidationError, TypeError, yaml.YAMLError) as error:
        raise BadPack(f"{path}: {error}") from error
