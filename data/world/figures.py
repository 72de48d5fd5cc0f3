"""Read the figures the simulated world is made of."""

from collections.abc import Mapping
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


class UnknownFigure(ValueError):
    """A change of a figure that the world does not have; the message names it."""


@dataclass(frozen=True)
class WorldFigures:
    """The figures by section, and tables made of them once."""

    sections: dict[str, Any]
    traces: dict[str, Floats]

    def __getitem__(self, section: str) -> dict[str, Any]:
        return dict(self.sections[section])


def load_figures() -> WorldFigures:
    """Read figures.yaml; `traces` maps a trace to its probability by typology, the last one for honest."""
    return _figures_of(read_yaml(_FIGURES, dict[str, Any]))


def changed_figures(changes: Mapping[str, Any]) -> WorldFigures:
    """Read figures.yaml with some entries replaced, for a world that differs where an operator's own may.

    `changes` maps a section to entries of it, each replaced as a whole so that a table of shares still adds
    up. Raises UnknownFigure for a section or entry that the file does not have.
    """
    sections = read_yaml(_FIGURES, dict[str, Any])
    for section, entries in changes.items():
        unknown = sorted(entries.keys() - sections.get(section, {}).keys())
        if unknown:
            raise UnknownFigure(
                f"{section}: {', '.join(unknown)}: figures.yaml has no such entry: name one that it has"
            )
        sections[section] |= entries
    return _figures_of(sections)


def _figures_of(sections: dict[str, Any]) -> WorldFigures:
    traces = {name: _by_typology(row) for name, row in sections["traces"].items()}
    return WorldFigures(sections, traces)


def _by_typology(row: dict[str, float]) -> Floats:
    """Put the honest probability last, so that typology -1 finds it."""
    named = [row.get(typology.value, row["honest"]) for typology in TYPOLOGIES]
    return np.array([*named, row["honest"]], dtype=np.float64)
