"""Combine the probabilities of one kind of damage in several photos of one side.

Each photo answers by itself, and each may be wrong: of three photos of a front the surest one is a false
alarm more often than any one of them. So the odds of a side lie between those of its surest photo and the
mean of all photos that are fit to judge it: half way, as measuring-3.yaml says. More damage in any photo
never lowers them. A photo that the gate found fault with may raise them and never lowers them, nor does one
that cannot show the kind: a display that is off hides what is wrong with it. Of a battery's swelling, and of
an unknown side, the surest photo is believed: no photo clears a battery.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Self

from data.defect import DefectKind
from data.device import Surface, View
from serving.condition.criteria.log_odds import log_odds, probability_of

_EDGE = 1e-6
_NEEDS_LIGHT = frozenset({DefectKind.DISPLAY_FAULT})


@dataclass(frozen=True)
class ViewChances:
    """The calibrated probabilities of one photo, its view, and whether the gate found it fit."""

    view: View
    defects: Mapping[DefectKind, float]
    is_fit: bool


@dataclass(frozen=True)
class Chance:
    """The probability of one kind on one side, by its surest photo and by all together, at most as high."""

    highest: float
    agreed: float

    @classmethod
    def sole(cls, probability: float) -> Self:
        """Return the chance by one photo alone."""
        return cls(probability, probability)

    def of(self, probability: float) -> float:
        """Return a finding's probability, lowered as far as all photos lower that of the surest."""
        if self.agreed >= self.highest:
            return probability
        return probability_of(_odds(probability) - _odds(self.highest) + _odds(self.agreed))


Chances = Mapping[Surface, Mapping[DefectKind, Chance]]


def combine(photos: Sequence[ViewChances], *, share_of_all: float) -> dict[Surface, dict[DefectKind, Chance]]:
    """Return the chance of each kind on each side that photos show; the order changes no bit of it.

    share_of_all: weight of the mean of all photos beside the surest one, 0 to 1.
    """
    sides: dict[Surface, list[ViewChances]] = {}
    for photo in photos:
        sides.setdefault(photo.view.surface, []).append(photo)
    return {
        surface: {kind: _agreed(kind, surface, shown, share_of_all) for kind in shown[0].defects}
        for surface, shown in sides.items()
    }


def _agreed(kind: DefectKind, surface: Surface, shown: Sequence[ViewChances], share: float) -> Chance:
    highest = max(item.defects[kind] for item in shown)
    if kind.is_hazard or surface is Surface.UNKNOWN:
        return Chance.sole(highest)
    fit = [_odds(item.defects[kind]) for item in shown if _may_lower(item, kind)]
    others = [_odds(item.defects[kind]) for item in shown if not _may_lower(item, kind)]
    if not fit:
        return Chance.sole(highest)
    # A photo that may not lower the mean may still raise it.
    raising = sorted(others, reverse=True)
    mean = max(fmean([*fit, *raising[:count]]) for count in range(len(others) + 1))
    return Chance(highest, min(highest, probability_of((1 - share) * _odds(highest) + share * mean)))


def _may_lower(photo: ViewChances, kind: DefectKind) -> bool:
    can_show = kind not in _NEEDS_LIGHT or photo.view is View.FRONT_ON
    return photo.is_fit and can_show


def _odds(probability: float) -> float:
    return log_odds(probability, edge=_EDGE)
