"""Measure how sure a grade of a release must be without a person, and what error is left.

It prints how many drawn devices each threshold decides, and how many of them wrongly.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data.defect import DefectKind, Grade
from data.labelled.photo_set import read_photo_set
from serving.condition.model import MODEL_NAME, ConditionModel
from serving.condition.rulebook import Rulebook
from serving.settings import Settings
from training.condition.measure.coverage import DEFAULT_RISK
from training.condition.measure.graded_photos import GradedPhoto, score_real
from training.condition.measure.risk import draw_curve, measure_grades
from training.condition.settings import read_settings
from training.condition.split import validation_photos
from training.metrics.figure import Share
from training.release import given_release, write_statement


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
    opened = given_release(MODEL_NAME, release)
    stated = measure_grades(opened, devices, settings_file)
    if photos:
        rules = Rulebook.read(opened.manifest, prevalence=Settings.of().prevalence).never_uncertain()
        model = ConditionModel.open(opened, rulebook=rules)
        # Without a threshold a person decides every grade.
        least = math.inf if stated["threshold"] is None else stated["threshold"]
        stated["real_cracked"] = cracked_over_graded(_score_cracked(model, photos), least)
    out.mkdir(parents=True, exist_ok=True)
    report = {"model": asdict(opened.identity), "abstention": stated}
    (out / "risk.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    draw_curve(stated).savefig(out / "risk.png", dpi=110)
    return stated


def cracked_over_graded(scored: Iterable[GradedPhoto], least_probability: float) -> dict[str, Any]:
    """Return how many photos of cracked devices are given a better grade than the D that a crack allows.

    The grades of real devices are not known, but that they are cracked is.
    """
    photos = [(row.condition.grade, row.condition.grade_probabilities) for row in scored]
    decided = [grade for grade, odds in photos if grade and odds[grade] >= least_probability]
    over = sum(grade.rank < Grade.D.rank for grade in decided)
    low, high = Share(over, len(decided)).interval
    counts = {"photos": len(photos), "decided": len(decided), "over_graded": over}
    return {**counts, "low": round(low, 4), "high": round(high, 4)}


def state_in(release: Path, stated: Mapping[str, Any]) -> None:
    """Write a statement into the manifest of a release, where serving reads it."""
    kept = {name: value for name, value in stated.items() if name != "wrong"}
    write_statement(release, "abstention", kept)


def lines_of(stated: Mapping[str, Any]) -> list[str]:
    """Return a statement in lines for a terminal."""
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


def _score_cracked(model: ConditionModel, photos: Path) -> list[GradedPhoto]:
    settings = read_settings()
    held_out = validation_photos(read_photo_set(photos), settings)
    return score_real(model, [photo for photo in held_out if photo.labels.get(DefectKind.CRACK)], settings)
