"""Say how a fraud model is trained."""

from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class LabelNoise:
    """What reviews miss and wrongly confirm, and how far a rare review may be weighted up."""

    confirmed: float = 1.0
    confirmed_falsely: float = 0.0
    weight_limit: float = 8.0


@dataclass(frozen=True)
class BoostSettings:
    """What LightGBM is asked for; `parameters` are its own, `monotone` maps a feature to 1 or -1."""

    parameters: dict[str, Any]
    rounds: int = 320
    patience: int = 40
    threads: int = 1
    seed: int = 20251122
    monotone: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class WorldSplit:
    """Days of the simulated year at which fitting, stopping and calibrating end."""

    fit_until: float
    stop_until: float
    calibrate_until: float
    test_returns: int


@dataclass(frozen=True)
class FraudSettings:
    """Everything that decides what a training run makes, apart from the code."""

    world_seed: int
    returns: int
    prevalence: float
    split: WorldSplit
    labels: LabelNoise
    boosting: BoostSettings


def read_settings() -> FraudSettings:
    """Read settings.yaml, the settings of the released model."""
    body = yaml.safe_load(files("training.fraud").joinpath("settings.yaml").read_text(encoding="utf-8"))
    return FraudSettings(
        world_seed=body["world"]["seed"],
        returns=body["world"]["returns"],
        prevalence=body["world"]["prevalence"],
        split=WorldSplit(**body["split"]),
        labels=LabelNoise(**body["labels"]),
        boosting=BoostSettings(
            parameters=body["boosting"],
            rounds=body["rounds"],
            patience=body["patience"],
            threads=body["threads"],
            seed=body["seed"],
            monotone=body["monotone"],
        ),
    )
