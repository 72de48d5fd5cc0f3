"""Read the figures the simulated world is made of."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from data.case_columns import Floats
from data.fraud import Typology

TYPOLOGIES: tuple[Typology, ...] = tuple(Typology)[:8]
HONEST = -1


@dataclass(frozen=True)
class WorldFigures:
    """The figures by section, and tables made of them once."""

    sections: dict[str, Any]
    traces: dict[str, Floats]

    def __getitem__(self, section: str) -> dict[str, Any]:
        return dict(self.sections[section])


def load_figures() -> WorldFigures:
    """Read figures.yaml; `traces` maps a trace to its probability by typology, the last one for honest."""
    text = files("data.world").joinpath("figures.yaml").read_text(encoding="utf-8")
    sections = yaml.safe_load(text)
    traces = {name: _by_typology(row) for name, row in sections["traces"].items()}
    return WorldFigures(sections, traces)


def _by_typology(row: dict[str, float]) -> Floats:
    """Put the honest probability last, so that typology -1 finds it."""
    named = [row.get(typology.value, row["honest"]) for typology in TYPOLOGIES]
    return np.array([*named, row["honest"]], dtype=np.float64)
