"""Read how the served model is fitted on an operator's own returns."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from data.strict import Frozen
from data.versioned_file import read_yaml
from training.fraud.settings import LabelNoise

_SETTINGS = Path(__file__).parent / "settings.yaml"


@dataclass(frozen=True)
class LeafSettings:
    """How far leaves may move, how that is chosen, and with how much they stay."""

    penalties: tuple[float, ...]
    folds: int
    steps: int
    least_outcomes: int
    least_frauds: int


@dataclass(frozen=True)
class CalibrationSpread:
    """How far own outcomes are expected to be from the released calibration, in log odds."""

    offset: float
    moment: float
    slope: float
    least_frauds: int


class OwnSettings(Frozen):
    """The entries of settings.yaml, explained there."""

    version: int
    labels: LabelNoise
    leaves: LeafSettings
    calibration: CalibrationSpread
    measured_share: float
    seed: int


@cache
def read_own_settings() -> OwnSettings:
    """Read settings.yaml."""
    return read_yaml(_SETTINGS, OwnSettings)


def with_confirmed(settings: OwnSettings, share: float | None) -> OwnSettings:
    """Return the settings with an operator's own share of confirmed frauds, the same of every kind."""
    if share is None:
        return settings
    return settings.model_copy(update={"labels": replace(settings.labels, confirmed=share, confirmed_of={})})
