"""Say how a fraud model is trained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class LabelNoise:
    """What reviews miss and wrongly confirm, and how far a rare review may be weighted up.

    confirmed: the share of the reviewed frauds that is confirmed; `confirmed_of` for kinds with another one.
    """

    confirmed: float = 1.0
    confirmed_falsely: float = 0.0
    weight_limit: float = 8.0
    confirmed_of: Mapping[str, float] = field(default_factory=dict)


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
class SurpriseSettings:
    """How surprise is measured.

    shares: how rare a value is where a step begins, the largest first. beyond_nats: what is taken off the
    surprise of each reason. bad_side: 1 where large values of a feature are bad, -1 where small ones are.
    levels: the shares of earlier returns at which the answer "less unusual than this one" steps.
    """

    shares: tuple[float, ...]
    beyond_nats: float
    bad_side: Mapping[str, int]
    levels: tuple[float, ...]


@dataclass(frozen=True)
class SignalSettings:
    """How both signals are fitted."""

    kinds: BoostSettings
    surprise: SurpriseSettings


@dataclass(frozen=True)
class SearchSettings:
    """Values to try, the usual one first, and on how many of the returns."""

    trials: int
    returns: int
    values: Mapping[str, list[Any]]


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
    signals: SignalSettings
    withheld_returns: int
    search: SearchSettings


def read_settings() -> FraudSettings:
    """Read settings.yaml, the settings of the released model."""
    body = yaml.safe_load(files("training.fraud").joinpath("settings.yaml").read_text(encoding="utf-8"))
    return FraudSettings(
        world_seed=body["world"]["seed"],
        returns=body["world"]["returns"],
        prevalence=body["world"]["prevalence"],
        split=WorldSplit(**body["split"]),
        labels=LabelNoise(**body["labels"]),
        boosting=_boosting(body, body, monotone=body["monotone"]),
        signals=SignalSettings(_boosting(body, body["kinds"]), _surprise(body["surprise"])),
        withheld_returns=body["withheld_returns"],
        search=SearchSettings(trials=0, **body["search"]),
    )


def _boosting(
    body: dict[str, Any], section: dict[str, Any], monotone: dict[str, int] | None = None
) -> BoostSettings:
    return BoostSettings(
        parameters=section["boosting"],
        rounds=section["rounds"],
        patience=section["patience"],
        threads=body["threads"],
        seed=body["seed"],
        monotone=monotone or {},
    )


def _surprise(section: dict[str, Any]) -> SurpriseSettings:
    return SurpriseSettings(
        shares=tuple(section["shares"]),
        beyond_nats=float(section["beyond_nats"]),
        bad_side=dict(section["bad_side"]),
        levels=tuple(section["levels"]),
    )
