"""Define the settings of one condition training run, read from a YAML file."""

from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from data.defect import DefectKind
from data.device import DeviceClass
from data.strict import Frozen
from data.versioned_file import InvalidFile, check_file, read_mapping

DEFAULT_SETTINGS = Path(__file__).parent / "settings.yaml"


class BadSettings(InvalidFile):
    """A settings file with a wrong or unknown entry."""


class SourceRule(Frozen):
    """The rule of a source: what its photos show beyond the label columns, and how often one is used."""

    source: str
    folder: str
    clean_of: tuple[DefectKind, ...] = ()
    pasted: dict[DefectKind, float] = Field(
        default_factory=dict, description="Share of its uses onto which a kind is drawn."
    )
    is_cut_close: bool = Field(
        default=False, description="Whether its pictures leave no room around the device, as catalogues do."
    )
    shows_per_epoch: float = Field(ge=0, le=20, description="Average times a photo is shown in an epoch.")


class HeadSettings(Frozen):
    """How often a photo is shown to heads that are fitted alone, and how simple they stay."""

    shows_least: int = Field(ge=1, description="Showings of a real photo of the commonest class and side.")
    shows_most: int = Field(ge=1, description="Showings of a real photo of the rarest.")
    shows_each: int = Field(ge=1, description="Showings that real photos of one class and side aim at.")
    drawn: int = Field(ge=0, description="Drawn photos that are shown beside them, once each.")
    strength: float = Field(gt=0, description="Inverse of the penalty on the weights of standardised inputs.")
    class_shares: dict[str, float] = Field(
        default_factory=dict, description="How common each class is where photos are taken; none: all alike."
    )

    @model_validator(mode="after")
    def _every_class_may_come(self) -> Self:
        if self.class_shares and not (
            self.class_shares.keys() == {*DeviceClass, "none"} and min(self.class_shares.values()) > 0
        ):
            raise ValueError(
                f"class_shares names each of {', '.join([*DeviceClass, 'none'])} with a share above 0"
            )
        return self


class ConditionSettings(Frozen):
    """All settings of a run; the same settings, photos and weights give the same model."""

    version: str
    lineage: str = Field(
        default="", description="What the weights went through before this run, for the card."
    )
    seed: int
    split_seed: int
    validation_share: float = Field(gt=0, lt=1)
    side_px: int = Field(ge=128, multiple_of=32, description="Side of a training frame.")
    whole_px: int = Field(ge=128, multiple_of=32, description="Long side of the look at the whole photo.")
    device_px: int = Field(ge=128, multiple_of=32, description="Long side of the look at the device.")
    detail_px: int = Field(ge=128, multiple_of=32, description="Long side of the look at the detail.")
    whole_share: float = Field(ge=0, le=1, description="Share of training frames of the whole photo.")
    device_share: float = Field(ge=0, le=1, description="Share of those of the device; the rest are details.")
    cut_share: float = Field(
        default=0.0, ge=0, le=1, description="Share of the photos that are cut through their device first."
    )
    in_pairs: bool = Field(
        default=False, description="Whether every scene is shown twice in a batch, to be answered alike."
    )
    alike_weight: float = Field(default=1.0, ge=0, description="What answering a pair alike weighs.")
    epochs: int = Field(ge=1)
    batch: int = Field(ge=2)
    most_steps: int | None = Field(
        default=None, ge=1, description="Steps after which the run ends, where all epochs have more."
    )
    precision: Literal["float32", "bfloat16"] = Field(
        default="float32", description="What the network computes in while it learns; weights stay float32."
    )
    learning_rate: float = Field(gt=0)
    new_layers_faster: float = Field(gt=0, description="How many times faster layers without old weights go.")
    weight_decay: float = Field(ge=0)
    start_share: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share of the starting weights in those released, to keep what they knew.",
    )
    pooled_cells: int = Field(ge=1)
    off_device: float = Field(
        default=0.0, ge=0, description="By how much, in logits, what is beside the device counts less."
    )
    drawn_per_epoch: int = Field(ge=0)
    drawn_seed: int | None = Field(
        default=None,
        description="Seed of the drawn photos where it isn't `seed`: a second run may keep them.",
    )
    drawn_pool: int = Field(ge=1, description="Drawn photos that are kept and shown again, each differently.")
    drawn_even_share: float = Field(
        default=0.45, ge=0, le=1, description="Share of the drawn photos that show a kind picked by weight."
    )
    drawn_weights: dict[DefectKind, float] = Field(
        default_factory=dict, description="How often such a pick takes a kind, where that isn't 1."
    )
    drawn_edge_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of such picks that look at an edge where it can show them.",
    )
    drawn_pasted: dict[DefectKind, float] = Field(
        description="Share of the drawn photos onto which a kind is pasted, where they are free of it."
    )
    drawn_validation: int = Field(ge=0)
    held_out_sources: tuple[str, ...] = ()
    sources: tuple[SourceRule, ...]
    shows_of_parts: float = Field(
        default=0.0,
        ge=0,
        le=20,
        description="Average times a part of a picture of several is shown.",
    )
    heads: HeadSettings | None = Field(
        default=None, description="Fits class and view anew and nothing else; None for a run of steps."
    )

    def steps(self, samples: int) -> int:
        """Return how many steps a run over so many samples takes."""
        whole = samples // self.batch
        return min(whole, self.most_steps or whole)

    @model_validator(mode="after")
    def _pairs_stay_together(self) -> Self:
        if self.in_pairs and self.batch % 2:
            raise ValueError(f"in_pairs needs an even batch, or a pair is torn apart; given {self.batch}")
        return self

    def validation_rng(self, step: int, index: int, tag: int) -> np.random.Generator:
        """Return the generator of one part of validation, whatever the run's own seed is."""
        return np.random.default_rng((self.split_seed + step, index, tag))

    def rule(self, folder: str, source: str) -> SourceRule | None:
        """Return the rule of a folder and source, or None if its photos are left out."""
        return next((rule for rule in self.sources if (rule.folder, rule.source) == (folder, source)), None)


def read_settings(path: Path = DEFAULT_SETTINGS) -> ConditionSettings:
    """Read settings from YAML; a file may name a `base` beside it and only what differs from that.

    Raises BadSettings naming each wrong entry.
    """
    return check_file(path, _entries(path), ConditionSettings, error=BadSettings)


def _entries(path: Path) -> dict[str, Any]:
    entries = read_mapping(path, needs="the settings, or a base and what differs from it", error=BadSettings)
    if "base" not in entries:
        return entries
    base = path.parent / str(entries.pop("base"))
    if not base.is_file():
        raise BadSettings(f"{path}: its base {base} is not there: name a settings file beside it")
    return read_settings(base).model_dump() | entries
