"""Read the figures the simulated world is made of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.case_columns import Floats
from data.fraud import Typology
from data.versioned_file import read_yaml

TYPOLOGIES: tuple[Typology, ...] = tuple(Typology)[:8]
HONEST = -1
_FIGURES = Path(__file__).parent / "figures.yaml"


@dataclass(frozen=True)
class WorldFigures:
    """The figures by section, and tables made of them once."""

    sections: dict[str, Any]
    traces: dict[str, Floats]

    def __getitem__(self, section: str) -> dict[str, Any]:
        return dict(self.sections[section])


def load_figures() -> WorldFigures:
    """Read figures.yaml; `traces` maps a trace to its probability by typology, the last one for honest."""
    sections = read_yaml(_FIGURES, dict[str, Any])
    traces = {name: _by_typology(row) for name, row in sections["traces"].items()}
    return WorldFigures(sections, traces)


def _by_typology(row: dict[str, float]) -> Floats:
    """Put the honest probability last, so that typology -1 finds it."""
    named = [row.get(typology.value, row["honest"]) for typology in TYPOLOGIES]
    return np.array([*named, row["honest"]], dtype=np.float64)
