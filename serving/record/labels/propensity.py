"""Estimate how likely the truth of a return becomes known, by what was decided of it.

Whoever learns from labels alone learns from returns that somebody chose to look into (selective labels:
Lakkaraju and others, KDD 2017). A label that had a chance of p stands for 1/p returns (Horvitz and Thompson,
Journal of the American Statistical Association 47, 1952).
"""

from array import array
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from data.decision import Disposition
from data.fraud import Action
from serving.record.labels.label_rules import LabelRules
from serving.record.returns.fact import FactOrigin

Days: TypeAlias = NDArray[np.float64]


class Stratum(NamedTuple):
    """What was decided of a return, as far as it decides who looks into it; the coarser first."""

    action: Action
    disposition: Disposition
    waits: bool

    def __str__(self) -> str:
        return f"{self.action}/{self.disposition}/{'waits' if self.waits else 'goes'}"


@dataclass(frozen=True)
class Chance:
    """The chance that a truth is known, estimated over n decisions of which so many have a label."""

    probability: float
    decisions: int
    labelled: int
    is_floored: bool


class Watch:
    """Note of each decision how long it could be watched, and after how many days each origin spoke."""

    def __init__(self) -> None:
        self._watched: defaultdict[Stratum, array[float]] = defaultdict(lambda: array("d"))
        self._spoke: defaultdict[tuple[Stratum, FactOrigin], dict[int, float]] = defaultdict(dict)

    def note(self, stratum: Stratum, watched_days: float, spoke_after: Mapping[FactOrigin, float]) -> None:
        """Note one decision."""
        watched = self._watched[stratum]
        for origin, days in spoke_after.items():
            self._spoke[stratum, origin][len(watched)] = days
        watched.append(watched_days)

    @property
    def strata(self) -> list[Stratum]:
        """Return the strata that have decisions."""
        return sorted(self._watched)

    def watched(self, stratum: Stratum) -> Days:
        """Return how long each decision of a stratum was watched."""
        return np.array(self._watched[stratum], dtype=np.float64)

    def spoke(self, stratum: Stratum, origin: FactOrigin) -> Days:
        """Return after how many days an origin spoke of each decision; NaN where it did not."""
        days = np.full(len(self._watched[stratum]), np.nan)
        found = self._spoke.get((stratum, origin), {})
        days[list(found)] = list(found.values())
        return days


@dataclass(frozen=True)
class _Curve:
    """How the share of decisions with a label grows with their age, over those that were watched so long."""

    decisions: int
    labelled: int
    steps: Any

    @classmethod
    def of(cls, watched: Days, spoke: Days) -> "_Curve":
        known = ~np.isnan(spoke)
        if not known.any():
            return cls(len(watched), 0, None)
        # Kaplan and Meier (1958): a decision of yesterday says nothing about the labels of the third month.
        censored = stats.CensoredData(uncensored=spoke[known], right=watched[~known])
        return cls(len(watched), int(known.sum()), stats.ecdf(censored).cdf)

    def at(self, age_days: float) -> float:
        return 0.0 if self.steps is None else float(self.steps.evaluate(age_days))


class Propensity:
    """The chance of a label, by origin and by what was decided, from everything that a record has seen."""

    def __init__(self, watch: Watch, rules: LabelRules) -> None:
        self._watch = watch
        self._rules = rules
        self._curves: dict[tuple[FactOrigin | None, tuple[object, ...]], _Curve] = {}

    def by_origin(self, origin: FactOrigin, stratum: Stratum, age_days: float) -> Chance:
        """Return the chance that an origin has spoken of a decision of this age."""
        return self._chance(origin, stratum, age_days)

    def by_those_who_look(self, stratum: Stratum, age_days: float) -> Chance:
        """Return the chance of a label by origins that do not pick by the truth, where no other spoke up.

        Those of which somebody spoke because of the truth are known one by one and stand for themselves.
        """
        return self._chance(None, stratum, age_days)

    def _chance(self, origin: FactOrigin | None, stratum: Stratum, age_days: float) -> Chance:
        added = self._rules.smoothing.value
        probability = 0.0
        for depth in (0, 1, len(stratum)):
            curve = self._curve(origin, stratum[:depth])
            n = curve.decisions + (added if depth else 0.0)
            own = curve.decisions * curve.at(age_days) + (added * probability if depth else 0.0)
            probability = own / n if n else 0.0
        floor = self._rules.floor.value
        return Chance(max(floor, probability), curve.decisions, curve.labelled, probability < floor)

    def _curve(self, origin: FactOrigin | None, part: tuple[object, ...]) -> _Curve:
        key = (origin, part)
        if key not in self._curves:
            strata = [each for each in self._watch.strata if each[: len(part)] == part]
            found = [self._seen(origin, each) for each in strata] or [(np.empty(0), np.empty(0))]
            watched, spoke = map(np.concatenate, zip(*found, strict=True))
            self._curves[key] = _Curve.of(watched, spoke)
        return self._curves[key]

    def _seen(self, origin: FactOrigin | None, stratum: Stratum) -> tuple[Days, Days]:
        watched = self._watch.watched(stratum)
        if origin is not None:
            return watched, self._watch.spoke(stratum, origin)
        first = {True: np.full(len(watched), np.nan), False: np.full(len(watched), np.nan)}
        for each, rule in self._rules.origins.items():
            kind = rule.stands_for_others
            first[kind] = np.fmin(first[kind], self._watch.spoke(stratum, each))
        nobody_spoke_up = np.isnan(first[False])
        return watched[nobody_spoke_up], first[True][nobody_spoke_up]
