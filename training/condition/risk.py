"""Choose how sure a grade must be to be given without a person, and bound the error that is left.

The devices are drawn, their true grade is the house pack applied to their exact defects. Too good a grade and
too bad a one are counted apart: they cost different things. `python -m training.condition.risk` prints how
many devices each threshold decides, and how many of them wrongly.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, Self

import matplotlib.figure
import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy.stats import beta
from tqdm import tqdm

from data.condition import Condition
from data.defect import DefectKind, Grade
from data.device import View
from data.versioned_file import VersionedFile, read_versioned
from serving.condition import ConditionModel
from serving.criteria import House, Prevalence
from serving.grading import Rulebook
from serving.release import open_folder, open_release
from training.condition.device import DamageMix, DrawnDevice, draw_devices, true_grade
from training.condition.score import Scored, to_jpeg

DEFAULT_RISK = Path(__file__).parent / "risk.yaml"
_ROUNDS = 1000
_CONFIDENCE = 0.95

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
    dirty_sides: float = Field(ge=0, le=1)

    @property
    def allowance(self) -> float:
        """Return the chance of error left to each test: of two bounds, from every start."""
        return (1.0 - self.confidence) / 2.0 / len(self.start_coverages)


@dataclass(frozen=True)
class Graded:
    """One device with a known grade: what the rules gave it, None where photos did not allow it; how sure."""

    truth: Grade
    given: Grade | None
    chance: float

    @classmethod
    def of(cls, truth: Grade, condition: Condition) -> Self:
        """Keep what counts of an answer that abstains for no lack of certainty."""
        given = condition.grade
        return cls(truth, given, condition.grade_probabilities[given] if given else 0.0)

    @property
    def gap(self) -> int:
        """Return by how many grades the device was graded too badly; below 0 too well, 0 without a grade."""
        return self.given.rank - self.truth.rank if self.given else 0


@dataclass(frozen=True)
class Point:
    """What deciding from one threshold on does: how many devices are decided, and how many wrongly."""

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


def grade_devices(
    model: ConditionModel, rules: Rulebook, settings: RiskSettings, *, devices: int | None = None
) -> list[Graded]:
    """Draw devices and grade each through serving; `model` must not abstain for lack of certainty."""
    count = devices or settings.devices
    drawn = draw_devices(
        count,
        damage_mix(rules.prevalence, settings),
        settings.views,
        seed=settings.seed,
        long_side_px=settings.long_side_px,
    )
    return [
        grade_device(model, rules.house, device)
        for device in tqdm(drawn, total=count, desc="drawn devices", mininterval=5.0)
    ]


def damage_mix(prevalence: Prevalence, settings: RiskSettings) -> DamageMix:
    """Return the mix of damage that devices are drawn with: the one the odds assume."""
    return DamageMix(dict(prevalence.share), settings.dirty_sides, settings.most_of_a_kind)


def grade_device(model: ConditionModel, house: House, device: DrawnDevice) -> Graded:
    """Grade one drawn device through serving, beside what it truly is."""
    condition = model.grade(
        [to_jpeg(photo.pixels) for photo in device.photos],
        device_class=device.device_class,
        views=device.views,
    )
    seen = {view.surface for view in device.views}
    return Graded.of(true_grade(house, device.defects, seen), condition)


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


def upper_limit(errors: int, count: int, allowance: float) -> float:
    """Return the exact upper limit of a share (Clopper and Pearson), one-sided; 1 without any device."""
    return 1.0 if errors >= count else float(beta.ppf(1.0 - allowance, errors + 1, count - errors))


def interval(errors: int, count: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a share, two-sided; all of 0 to 1 without any device."""
    side = (1.0 - _CONFIDENCE) / 2.0
    low = float(beta.ppf(side, errors, count - errors + 1)) if errors else 0.0
    return low, upper_limit(errors, count, side)


def kappa(graded: Sequence[Graded], *, seed: int) -> dict[str, float | int | None]:
    """Return the quadratic kappa of given against true grades, with a 95 % bootstrap interval by device."""
    known = [one for one in graded if one.given is not None]
    truth = np.array([one.truth.rank for one in known], float)
    given = truth + np.array([one.gap for one in known], float)
    rows = np.random.default_rng(seed).integers(max(len(known), 1), size=(_ROUNDS, len(known)))
    draws = _kappas(truth[rows], given[rows])
    finite = draws[np.isfinite(draws)]
    low, high = np.quantile(finite, (0.025, 0.975)) if finite.size else (np.nan, np.nan)
    figures = {"value": float(_kappas(truth, given)), "low": float(low), "high": float(high)}
    plain = {name: round(value, 4) if math.isfinite(value) else None for name, value in figures.items()}
    return {**plain, "n": len(known)}


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


def base_rate(scored: Sequence[Scored]) -> dict[DefectKind, float]:
    """Return the share of calibration photos that show each kind, among those where it is known."""
    rates = {}
    for kind in DefectKind:
        known = [row.labels[kind] for row in scored if kind in row.labels]
        if known:
            rates[kind] = round(float(np.mean(known)), 4)
    return rates


def over_graded_cracked(scored: Iterable[Scored]) -> dict[str, Any]:
    """Return how many real photos of cracked devices got a better grade than the D that a crack allows."""
    cracked = [row for row in scored if not row.is_drawn and row.labels.get(DefectKind.CRACK)]
    decided = [row.condition.grade for row in cracked if row.condition.grade is not None]
    over = sum(grade.rank < Grade.D.rank for grade in decided)
    low, high = interval(over, len(decided))
    return {
        "photos": len(cracked),
        "decided": len(decided),
        "over_graded": over,
        "low": round(low, 4),
        "high": round(high, 4),
    }


def statement(graded: Sequence[Graded], house: House, settings: RiskSettings) -> dict[str, Any]:
    """Return what a manifest states under `abstention`; the threshold is None where no bound was reached."""
    points = curve(graded, settings)
    chosen = choose(points, settings)
    return {
        "threshold": chosen.threshold if chosen else None,
        "over_graded_at_most": settings.over_graded_at_most,
        "under_graded_at_most": settings.under_graded_at_most,
        "confidence": settings.confidence,
        "devices": len(graded),
        "decided": chosen.decided if chosen else 0,
        "over_graded": chosen.over if chosen else None,
        "under_graded": chosen.under if chosen else None,
        "measured_on": "drawn devices",
        "criteria": house.sha256,
        "settings": {"version": settings.version, "seed": settings.seed, "sha256": settings.sha256},
        "quadratic_kappa": kappa(graded, seed=settings.seed),
        "confusion": confusion(graded),
        "curve": [{**asdict(point), "coverage": round(point.coverage, 4)} for point in points],
    }


def evaluate_risk(
    *, out: Path, release: Path | None = None, devices: int | None = None, settings_file: Path = DEFAULT_RISK
) -> dict[str, Any]:
    """Measure a release on drawn devices, write risk.json and risk.png into `out`, return the statement."""
    settings = read_risk(settings_file)
    opened = open_folder(release) if release else open_release("condition")
    rules = Rulebook.read(opened.manifest).never_uncertain()
    graded = grade_devices(ConditionModel.open(opened, rulebook=rules), rules, settings, devices=devices)
    stated = statement(graded, rules.house, settings)
    out.mkdir(parents=True, exist_ok=True)
    report = {"model": asdict(opened.identity), "abstention": stated}
    (out / "risk.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    draw_curve(stated).savefig(out / "risk.png", dpi=110)
    return stated


def lines_of(stated: Mapping[str, Any]) -> list[str]:
    """Say a statement in lines for a terminal."""
    head = (
        f"{stated['devices']} drawn devices; at most {stated['over_graded_at_most']:.0%} graded too well and "
        f"{stated['under_graded_at_most']:.0%} too badly, with {stated['confidence']:.0%} confidence"
    )
    agreement = stated["quadratic_kappa"]
    kappa_line = (
        f"quadratic kappa, however sure: {agreement['value']} [{agreement['low']}, {agreement['high']}] "
        f"(n = {agreement['n']})"
    )
    rows = [
        f"{p['threshold']:9.3f} {p['decided']:7d} {p['coverage']:8.1%} {p['over']:5d} {p['over_upper']:6.1%} "
        f"{p['under']:6d} {p['under_upper']:6.1%}"
        for p in stated["curve"]
    ]
    table = ["threshold decided coverage  over  upto   under  upto", *rows]
    return [head, *table, kappa_line, f"threshold: {stated['threshold'] or 'none keeps both bounds'}"]


def draw_curve(stated: Mapping[str, Any]) -> matplotlib.figure.Figure:
    """Draw the share graded wrongly against the share decided, each with its upper limit."""
    figure = matplotlib.figure.Figure(figsize=(7.5, 4.5), layout="constrained")
    axes = figure.subplots()
    points = [point for point in stated["curve"] if point["decided"]]
    coverage = [point["coverage"] for point in points]
    for name, colour, label in (("over", "#b2182b", "too good"), ("under", "#2166ac", "too bad")):
        share = [point[name] / point["decided"] for point in points]
        axes.plot(coverage, share, color=colour, marker="o", markersize=3, label=f"graded {label}")
        axes.fill_between(
            coverage, share, [point[f"{name}_upper"] for point in points], color=colour, alpha=0.12
        )
        axes.axhline(stated[f"{name}_graded_at_most"], color=colour, linestyle="--", linewidth=1)
    chosen = [point for point in points if point["threshold"] == stated["threshold"]]
    for point in chosen:
        axes.axvline(point["coverage"], color="#444", linewidth=1, label=f"chosen: {point['threshold']:g}")
    axes.set(
        xlabel="share of devices decided without a person",
        ylabel="share of those graded wrongly",
        title=f"Risk and coverage, {stated['devices']} drawn devices (shaded up to the upper limit)",
        xlim=(0, 1),
        ylim=(0, None),
    )
    axes.legend(fontsize=8)
    return figure


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


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure a release and print the curve."""
    parser = argparse.ArgumentParser(prog="python -m training.condition.risk", description=__doc__)
    parser.add_argument("--release", type=Path, metavar="DIR", help="default: the champion")
    parser.add_argument("--devices", type=int, metavar="N", help="default: as the settings say")
    parser.add_argument("--out", type=Path, default=Path("runs/condition/risk"), metavar="DIR")
    parser.add_argument("--settings", type=Path, default=DEFAULT_RISK, metavar="FILE")
    given = parser.parse_args(arguments)
    stated = evaluate_risk(
        out=given.out, release=given.release, devices=given.devices, settings_file=given.settings
    )
    sys.stdout.write("\n".join(lines_of(stated)) + "\n")


if __name__ == "__main__":
    main()
