"""Count how many devices a threshold decides, and how many of them wrongly, with exact limits."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field

from data.condition import Condition
from data.defect import Grade, Severity
from data.device import View
from data.versioned_file import VersionedFile, read_versioned
from serving.condition.criteria import PackGrade
from training.metrics.figure import interval_of, plain, upper_limit

DEFAULT_RISK = Path(__file__).parent / "risk.yaml"
_ROUNDS = 1000

Gaps = npt.NDArray[np.int_]
Ranks = npt.NDArray[np.float64]


class RiskSettings(VersionedFile):
    """The entries of risk.yaml, explained there."""

    seed: int
    devices: int = Field(ge=1)
    long_side_px: int = Field(ge=64)
    over_graded_at_most: float = Field(gt=0, lt=1)
    under_graded_at_most: float = Field(gt=0, lt=1)
    confidence: float = Field(gt=0, lt=1)
    start_coverages: tuple[float, ...] = Field(min_length=1)
    thresholds: tuple[float, ...] = Field(min_length=1)
    views: tuple[View, ...]
    most_of_a_kind: int = Field(ge=1)
    severity_share: dict[Severity, float] = Field(min_length=1)
    specks_below_mm: float = Field(ge=0)
    dirty_sides: float = Field(ge=0, le=1)

    @property
    def allowance(self) -> float:
        """Return the chance of error left to each test, of two bounds from every start."""
        return (1.0 - self.confidence) / 2.0 / len(self.start_coverages)


@dataclass(frozen=True)
class Graded:
    """One device with a known grade: the grade from the rules, None where there was none, and how sure it is.

    `true_limit` is what decides its true grade, `given_limit` what decided the answer; `shown` is the grade
    of what its photos show alone.
    """

    truth: Grade
    given: Grade | None
    chance: float
    true_limit: str = ""
    given_limit: str = ""
    shown: Grade | None = None

    @classmethod
    def of(cls, truth: PackGrade, shown: PackGrade, condition: Condition) -> Self:
        """Return what counts of an answer that abstains for no lack of certainty."""
        given = condition.grade
        chance = condition.grade_probabilities[given] if given else 0.0
        limits = truth.deciding_limit, condition.deciding_limit
        return cls(Grade(truth.grade), given, chance, *limits, Grade(shown.grade))

    @property
    def gap(self) -> int:
        """Return by how many grades the device was graded too badly; below 0 too well, 0 without a grade."""
        return self.given.rank - self.truth.rank if self.given else 0


@dataclass(frozen=True)
class Point:
    """The result of deciding from one threshold on: how many devices are decided, and how many wrongly."""

    threshold: float
    devices: int
    decided: int
    over: int
    under: int
    over_upper: float
    under_upper: float

    @property
    def coverage(self) -> float:
        """Return the share of devices decided without a person."""
        return self.decided / self.devices if self.devices else 0.0

    def keeps(self, settings: RiskSettings) -> bool:
        """Return whether both upper limits stay within their bounds."""
        is_over_kept = self.over_upper <= settings.over_graded_at_most
        return is_over_kept and self.under_upper <= settings.under_graded_at_most


def read_risk(path: Path = DEFAULT_RISK) -> RiskSettings:
    """Read risk settings; raises InvalidFile."""
    return read_versioned(path, RiskSettings)


def curve(graded: Sequence[Graded], settings: RiskSettings) -> list[Point]:
    """Return the risk-coverage curve, the highest threshold first."""
    given = [one for one in graded if one.given is not None]
    chances = np.array([one.chance for one in given])
    gaps = np.array([one.gap for one in given], int)
    return [
        _point(len(graded), gaps[chances >= at], at, settings)
        for at in sorted(settings.thresholds, reverse=True)
    ]


def choose(points: Sequence[Point], settings: RiskSettings) -> Point | None:
    """Return the lowest threshold reached from any start without breaking a bound, None where none is.

    `points` go from the highest threshold down. Where a start lies depends on no label.
    """
    reached: list[Point] = []
    for start in settings.start_coverages:
        below = (point for point in points if point.coverage >= start)
        reached += takewhile(lambda point: point.keeps(settings), below)
    return min(reached, key=lambda point: point.threshold, default=None)


def kappa(graded: Sequence[Graded], *, seed: int, of_shown: bool = False) -> dict[str, float | int | None]:
    """Return the quadratic kappa of given against true grades, with a 95 % bootstrap interval by device.

    With `of_shown` against the grades of what the photos show: no model can grade what they don't.
    """
    known = [one for one in graded if one.given is not None]
    truth = np.array([((of_shown and one.shown) or one.truth).rank for one in known], float)
    given = np.array([one.given.rank for one in known if one.given], float)
    rows = np.random.default_rng(seed).integers(max(len(known), 1), size=(_ROUNDS, len(known)))
    low, high = interval_of(_kappas(truth[rows], given[rows]))
    figures = {"value": float(_kappas(truth, given)), "low": low, "high": high}
    return {**{name: plain(value, 4) for name, value in figures.items()}, "n": len(known)}


def confusion(graded: Sequence[Graded]) -> dict[str, dict[str, int]]:
    """Return how many devices of each true grade were given each grade, or none."""
    columns = [*Grade, None]
    return {
        truth: {
            given or "none": sum(one.truth is truth and one.given is given for one in graded)
            for given in columns
        }
        for truth in Grade
    }


def wrong_grades(graded: Sequence[Graded]) -> list[dict[str, Any]]:
    """Return every device that was graded too well or too badly and why, the surest answers first."""
    wrong = [one for one in graded if one.gap]
    return [
        {"graded": "too well" if one.gap < 0 else "too badly", **asdict(one)}
        for one in sorted(wrong, key=lambda one: -one.chance)
    ]


def _point(devices: int, gaps: Gaps, threshold: float, settings: RiskSettings) -> Point:
    over, under, decided = int((gaps < 0).sum()), int((gaps > 0).sum()), len(gaps)
    return Point(
        threshold,
        devices,
        decided,
        over,
        under,
        round(upper_limit(over, decided, settings.allowance), 4),
        round(upper_limit(under, decided, settings.allowance), 4),
    )


def _kappas(truth: Ranks, given: Ranks) -> Ranks:
    """Return quadratic kappas along the last axis, NaN where nothing varies.

    The mean square of the differences, over what it would be if grades were dealt out by their shares alone.
    """
    if truth.shape[-1] == 0:
        return np.full(truth.shape[:-1], np.nan)
    apart = ((truth - given) ** 2).mean(axis=-1)
    dealt = truth.var(axis=-1) + given.var(axis=-1) + (truth.mean(axis=-1) - given.mean(axis=-1)) ** 2
    return np.asarray(1.0 - np.divide(apart, dealt, out=np.full(apart.shape, np.nan), where=dealt > 0))
