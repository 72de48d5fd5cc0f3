"""Define how a fraud model is trained."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from data.strict import Frozen
from data.versioned_file import read_yaml

_SETTINGS = Path(__file__).parent / "settings.yaml"


@dataclass(frozen=True)
class LabelNoise:
    """The shares that reviews miss and wrongly confirm, and how far a rare review may be weighted up.

    confirmed: the share of the reviewed frauds that is confirmed; `confirmed_of` for kinds with another one.
    """

    confirmed: float = 1.0
    confirmed_falsely: float = 0.0
    weight_limit: float = 8.0
    confirmed_of: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class BoostSettings:
    """The settings of LightGBM; `parameters` are its own, `monotone` maps a feature to 1 or -1.

    unknown_as: the value that an unknown feature counts as. unused: features that no tree may ask about.
    gaps: values of a feature that hardly any row had, and that count as those above.
    """

    parameters: dict[str, Any]
    rounds: int = 320
    patience: int = 40
    threads: int = 1
    seed: int = 20251122
    monotone: dict[str, int] = field(default_factory=dict)
    unknown_as: dict[str, float] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    gaps: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class SurpriseSettings:
    """The settings by which surprise is measured.

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
    """The settings by which both signals are fitted."""

    kinds: BoostSettings
    surprise: SurpriseSettings


@dataclass(frozen=True)
class SearchSettings:
    """Values to try, the usual one first, and on how many of the returns."""

    returns: int
    values: Mapping[str, list[Any]]
    trials: int = 0


class Sender(Frozen):
    """One who sends cases: the share of all, what they always lack, and the chance to lack any other fact."""

    share: float
    lacks: tuple[str, ...] = ()
    each: float = 0.0


class UnsentSettings(Frozen):
    """Who sends cases, by name; their shares add up to 1."""

    senders: dict[str, Sender]


@dataclass(frozen=True)
class WorldSplit:
    """Days of the simulated year at which fitting, stopping and calibrating end."""

    fit_until: int
    stop_until: int
    calibrate_until: int
    test_returns: int


@dataclass(frozen=True)
class FraudSettings:
    """All settings that decide what a training run makes, apart from the code."""

    world_seed: int
    returns: int
    prevalence: float
    split: WorldSplit
    labels: LabelNoise
    unsent: UnsentSettings
    boosting: BoostSettings
    signals: SignalSettings
    withheld_returns: int
    search: SearchSettings


def read_settings() -> FraudSettings:
    """Read settings.yaml, the settings of the released model."""
    file = read_yaml(_SETTINGS, _SettingsFile)
    return FraudSettings(
        world_seed=file.world.seed,
        returns=file.world.returns,
        prevalence=file.world.prevalence,
        split=file.split,
        labels=file.labels,
        unsent=file.unsent,
        boosting=replace(
            file.boost(file, file.monotone),
            unknown_as=file.unknown_as,
            unused=tuple(file.unused),
            gaps=file.gaps,
        ),
        signals=SignalSettings(file.boost(file.kinds, {}), file.surprise),
        withheld_returns=file.withheld_returns,
        search=file.search,
    )


class _World(Frozen):
    """The simulated world to learn from."""

    seed: int
    returns: int
    prevalence: float


class _Trees(Frozen):
    """LightGBM's own parameters, and for how long it fits."""

    boosting: dict[str, Any]
    rounds: int
    patience: int


class _SettingsFile(_Trees):
    """The entries of settings.yaml, explained there."""

    version: int
    world: _World
    split: WorldSplit
    labels: LabelNoise
    unsent: UnsentSettings
    threads: int
    seed: int
    monotone: dict[str, int]
    unknown_as: dict[str, float]
    unused: dict[str, str]
    gaps: dict[str, tuple[float, float]]
    search: SearchSettings
    withheld_returns: int
    kinds: _Trees
    surprise: SurpriseSettings

    def boost(self, trees: _Trees, monotone: dict[str, int]) -> BoostSettings:
        """Return how some trees are fitted, on the threads and from the seed of all."""
        return BoostSettings(trees.boosting, trees.rounds, trees.patience, self.threads, self.seed, monotone)
