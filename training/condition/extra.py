"""List the slices that need photos of their own: each entry makes, grades and measures them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from serving.condition import ConditionModel
from training.condition.settings import Settings
from training.condition.slices import Slice

Extra: TypeAlias = Callable[[ConditionModel, Mapping[str, float], Settings, Path | None], list[Slice]]
"""Called with the model, its thresholds by kind, the settings and the folder of real photos, if any."""

EXTRAS: tuple[Extra, ...] = ()
