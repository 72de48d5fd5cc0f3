"""Choose the least probability of a grade without a person, and bound the error that is left.

The devices are drawn, their true grade is the house pack applied to their exact defects. Too good a grade and
too bad a one are counted apart: they cost different things.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib.figure
from tqdm import tqdm

from serving.condition.criteria import House, Prevalence
from serving.condition.model import ConditionModel
from serving.condition.rulebook import Rulebook
from serving.release import Release
from serving.settings import Settings
from training.condition.measure.coverage import (
    DEFAULT_RISK,
    Graded,
    RiskSettings,
    choose,
    confusion,
    curve,
    kappa,
    read_risk,
    wrong_grades,
)
from training.condition.measure.drawn_devices import DamageMix, DrawnDevice, draw_devices, true_pack_grade
from training.condition.measure.graded_photos import to_jpeg


def grade_devices(
    model: ConditionModel, rules: Rulebook, settings: RiskSettings, *, devices: int | None = None
) -> list[Graded]:
    """Draw devices and grade each through serving; `model` must not abstain for lack of certainty."""
    return [grade_device(model, rules.house, device) for device in drawn_devices(rules, settings, devices)]


def drawn_devices(
    rules: Rulebook, settings: RiskSettings, devices: int | None = None
) -> Iterator[DrawnDevice]:
    """Draw devices as the settings say, as many or `devices`, in the mix that the odds assume."""
    count = devices or settings.devices
    drawn = draw_devices(
        count,
        damage_mix(rules.prevalence, settings),
        settings.views,
        seed=settings.seed,
        long_side_px=settings.long_side_px,
    )
    yield from tqdm(drawn, total=count, desc="drawn devices", mininterval=5.0)


def damage_mix(prevalence: Prevalence, settings: RiskSettings) -> DamageMix:
    """Return the mix of damage that devices are drawn with: the one the odds assume."""
    return DamageMix(
        damage=dict(prevalence.share),
        dirt=settings.dirty_sides,
        most_of_a_kind=settings.most_of_a_kind,
        severity_share=settings.severity_share,
        specks_below_mm=settings.specks_below_mm,
    )


def grade_device(model: ConditionModel, house: House, device: DrawnDevice) -> Graded:
    """Grade one drawn device through serving, beside what it truly is."""
    condition = model.grade(
        [to_jpeg(photo.pixels) for photo in device.photos],
        device_class=device.device_class,
        views=device.views,
    )
    seen = {view.surface for view in device.views}
    truth, shown = (true_pack_grade(house, defects, seen) for defects in (device.defects, device.shown))
    return Graded.of(truth, shown, condition)


def statement(graded: Sequence[Graded], house: House, settings: RiskSettings) -> dict[str, Any]:
    """Return the manifest's `abstention` entry; its threshold is None where no bound was reached."""
    points = curve(graded, settings)
    chosen = choose(points, settings)
    decided = [one for one in graded if chosen and one.chance >= chosen.threshold]
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
        "quadratic_kappa_of_shown": kappa(graded, seed=settings.seed, of_shown=True),
        "quadratic_kappa_of_decided": kappa(decided, seed=settings.seed),
        "confusion": confusion(graded),
        "curve": [{**asdict(point), "coverage": round(point.coverage, 4)} for point in points],
    }


def measure_grades(
    release: Release, devices: int | None = None, settings_file: Path = DEFAULT_RISK
) -> dict[str, Any]:
    """Return the statement of a release on drawn devices, and under `wrong` each wrong grade and why.

    There are as many devices as the settings say, or `devices`. It holds for the rule files in use, and for
    the prevalence that REGRADE_PREVALENCE names.
    """
    settings = read_risk(settings_file)
    # What an operator receives is part of what is measured: the mix that the odds assume, and are drawn with.
    rules = Rulebook.read(release.manifest, prevalence=Settings.of().prevalence).never_uncertain()
    model = ConditionModel.open(release, rulebook=rules)
    graded = grade_devices(model, rules, settings, devices=devices)
    measured_with = {role: file.sha256 for role, file in rules.measured_with.items()}
    stated = statement(graded, rules.house, settings)
    return {**stated, "measured_with": measured_with, "wrong": wrong_grades(graded)}


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
