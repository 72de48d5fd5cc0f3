"""Choose how sure a grade must be to be given without a person, and bound the error that is left.

The devices are drawn, their true grade is the house pack applied to their exact defects. Too good a grade and
too bad a one are counted apart: they cost different things. `python -m training.condition.measure.risk`
prints how many devices each threshold decides, and how many of them wrongly.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib.figure
from tqdm import tqdm

from data.defect import DefectKind, Grade
from data.labelled.photo_set import read_photo_set
from serving.condition.criteria import House, Prevalence
from serving.condition.model import ConditionModel
from serving.condition.rulebook import Rulebook
from serving.release import MANIFEST_FILE, Release, open_folder, open_release
from serving.settings import Settings
from training.condition.measure.coverage import (
    DEFAULT_RISK,
    Graded,
    RiskSettings,
    choose,
    confusion,
    curve,
    interval,
    kappa,
    read_risk,
    wrong_grades,
)
from training.condition.measure.drawn_devices import DamageMix, DrawnDevice, draw_devices, true_pack_grade
from training.condition.measure.graded_photos import GradedPhoto, score_real, to_jpeg
from training.condition.settings import read_settings
from training.condition.split import validation_photos


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


def cracked_over_graded(scored: Iterable[GradedPhoto], least_probability: float) -> dict[str, Any]:
    """Return how many photos of cracked devices are given a better grade than the D that a crack allows.

    The grades of real devices are not known, but that they are cracked is.
    """
    photos = [(row.condition.grade, row.condition.grade_probabilities) for row in scored]
    decided = [grade for grade, odds in photos if grade and odds[grade] >= least_probability]
    over = sum(grade.rank < Grade.D.rank for grade in decided)
    low, high = interval(over, len(decided))
    counts = {"photos": len(photos), "decided": len(decided), "over_graded": over}
    return {**counts, "low": round(low, 4), "high": round(high, 4)}


def statement(graded: Sequence[Graded], house: House, settings: RiskSettings) -> dict[str, Any]:
    """Return what a manifest states under `abstention`; the threshold is None where no bound was reached."""
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


def evaluate_risk(
    *,
    out: Path,
    release: Path | None = None,
    photos: Path | None = None,
    devices: int | None = None,
    settings_file: Path = DEFAULT_RISK,
) -> dict[str, Any]:
    """Measure a release on drawn devices, write risk.json and risk.png into `out`, return the statement.

    With `photos`, a folder as data.labelled.photo_set says, the real cracked ones that validate are
    graded too.
    """
    opened = open_folder(release) if release else open_release("condition")
    stated = measure_grades(opened, devices, settings_file)
    if photos:
        rules = Rulebook.read(opened.manifest).never_uncertain()
        model = ConditionModel.open(opened, rulebook=rules)
        least = stated["threshold"] or rules.house.abstain_below
        stated["real_cracked"] = cracked_over_graded(_score_cracked(model, photos), least)
    out.mkdir(parents=True, exist_ok=True)
    report = {"model": asdict(opened.identity), "abstention": stated}
    (out / "risk.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    draw_curve(stated).savefig(out / "risk.png", dpi=110)
    return stated


def measure_grades(
    release: Release, devices: int | None = None, settings_file: Path = DEFAULT_RISK
) -> dict[str, Any]:
    """Return the statement of a release on drawn devices, and under `wrong` each one graded wrongly and why.

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


def state_in(release: Path, stated: Mapping[str, Any]) -> None:
    """Write a statement into the manifest of a release, where serving reads it."""
    path = release / MANIFEST_FILE
    manifest = json.loads(path.read_text(encoding="utf-8"))
    kept = {name: value for name, value in stated.items() if name != "wrong"}
    path.write_text(json.dumps({**manifest, "abstention": kept}, indent=2) + "\n", encoding="utf-8")


def lines_of(stated: Mapping[str, Any]) -> list[str]:
    """Say a statement in lines for a terminal."""
    head = (
        f"{stated['devices']} drawn devices; at most {stated['over_graded_at_most']:.0%} graded too well and "
        f"{stated['under_graded_at_most']:.0%} too badly, with {stated['confidence']:.0%} confidence"
    )
    kappas = [
        f"quadratic kappa, {what}: {found['value']} [{found['low']}, {found['high']}] (n = {found['n']})"
        for what, found in (
            ("however sure, against all that is there", stated["quadratic_kappa"]),
            ("however sure, against what the photos show", stated["quadratic_kappa_of_shown"]),
            ("decided without a person, against all that is there", stated["quadratic_kappa_of_decided"]),
        )
    ]
    rows = [
        f"{p['threshold']:9.3f} {p['decided']:7d} {p['coverage']:8.1%} {p['over']:5d} {p['over_upper']:6.1%} "
        f"{p['under']:6d} {p['under_upper']:6.1%}"
        for p in stated["curve"]
    ]
    table = ["threshold decided coverage  over  upto   under  upto", *rows]
    wrong = [
        f"{one['graded']}: {one['given']} for {one['truth']} at {one['chance']:.2f}; "
        f"true: {one['true_limit']}; given: {one['given_limit']}"
        for one in stated.get("wrong", ())
    ]
    real = [f"real cracked photos: {stated['real_cracked']}"] if "real_cracked" in stated else []
    last = f"threshold: {stated['threshold'] or 'none keeps both bounds'}"
    return [head, *wrong, *table, *kappas, *real, last]


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


def _score_cracked(model: ConditionModel, photos: Path) -> list[GradedPhoto]:
    settings = read_settings()
    held_out = validation_photos(read_photo_set(photos), settings)
    return score_real(model, [photo for photo in held_out if photo.labels.get(DefectKind.CRACK)], settings)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure a release and print the curve."""
    parser = argparse.ArgumentParser(prog="python -m training.condition.measure.risk", description=__doc__)
    parser.add_argument("--release", type=Path, metavar="DIR", help="default: the champion")
    parser.add_argument("--devices", type=int, metavar="N", help="default: as the settings say")
    parser.add_argument("--out", type=Path, default=Path("runs/condition/risk"), metavar="DIR")
    parser.add_argument("--photos", type=Path, metavar="DIR", help="a photo set: its real cracked devices")
    parser.add_argument("--state", action="store_true", help="write it into the release's manifest")
    parser.add_argument("--settings", type=Path, default=DEFAULT_RISK, metavar="FILE")
    given = parser.parse_args(arguments)
    if given.state and not given.release:
        parser.error("--state needs --release DIR: the champion is not changed in place")
    stated = evaluate_risk(
        out=given.out,
        release=given.release,
        photos=given.photos,
        devices=given.devices,
        settings_file=given.settings,
    )
    if given.state:
        state_in(given.release, stated)
    sys.stdout.write("\n".join(lines_of(stated)) + "\n")


if __name__ == "__main__":
    main()
