"""Read which candidate decides beside the live system, and how much of the machine it may take."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from data.strict import Frozen, Identifier
from data.versioned_file import InvalidFile, read_yaml


class InvalidShadow(InvalidFile):
    """A file of a shadow that can't be used; the message says which entry is wrong."""


class ShadowBudget(Frozen):
    """What a candidate may take: which share of the decisions, how long each, and how many may wait.

    `photo_mib` bounds the photos that wait, whatever their number.
    """

    share: float = Field(gt=0, le=1)
    seconds: float = Field(gt=0, le=3600)
    waiting: int = Field(ge=1, le=1000)
    photo_mib: float = Field(64, gt=0, le=4096)

    @property
    def photo_bytes(self) -> int:
        """Return how many bytes of photos may wait."""
        return int(self.photo_mib * 2**20)


class ShadowFile(Frozen):
    """A candidate: what it decides by instead of what is served, and its budget.

    `policy` is a file or a shipped one, `models` a release or a folder of releases, `criteria` a house pack.
    What it does not name is as it is served.
    """

    name: Identifier
    policy: str | None = None
    models: Path | None = None
    criteria: Path | None = None
    budget: ShadowBudget

    @model_validator(mode="after")
    def _differs_in_something(self) -> Self:
        if not (self.policy or self.models or self.criteria):
            raise ValueError(
                "name what the candidate decides by: policy, models or criteria; with none of them it is "
                "what is served"
            )
        return self


def read_shadow_file(path: Path) -> ShadowFile:
    """Read the file; names in it are found beside it, if they are there; raises InvalidShadow."""
    read = read_yaml(path, ShadowFile, error=InvalidShadow)
    beside = path.parent
    return read.model_copy(
        update={
            "policy": str(_found(beside, Path(read.policy))) if read.policy else None,
            "models": _found(beside, read.models) if read.models else None,
            "criteria": _found(beside, read.criteria) if read.criteria else None,
        }
    )


def _found(folder: Path, named: Path) -> Path:
    return folder / named if (folder / named).exists() else named
