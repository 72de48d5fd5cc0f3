"""Measure the served condition model on photos that no training used, and write the report."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from data.defect import DefectKind
from data.drawing.photos import DrawnPhoto, draw_photo
from data.labelled.photo_set import LabelledPhoto, read_photo_set
from serving.condition.model import MODEL_NAME, ConditionModel
from serving.release import Release
from training.condition.measure.detection import box_precision
from training.condition.measure.gate_check import Gated, gate_drawn, gate_report
from training.condition.measure.graded_photos import GradedPhoto, score_drawn, score_real
from training.condition.measure.pasted_damage import pasted_slices, score_pasted
from training.condition.measure.risk import measure_grades
from training.condition.measure.slices import drawn_slices, is_drawn, is_new, measure_places, source_slices
from training.condition.network import KINDS
from training.condition.report.misses import draw_misses, worst_misses
from training.condition.report.report import write_html
from training.condition.samples.sample import EVEN_SHARE, VALIDATION_SIDE_PX, draw_example
from training.condition.settings import DEFAULT_SETTINGS, ConditionSettings, read_settings
from training.condition.split import validation_photos
from training.metrics.figure import Share
from training.release import given_release

GATE_DEVICES = 16
GRADED_DEVICES = 40
NEW_SHARE = 0.25
MISSES = 12
_LAB = ("screen", "screen-polygons")


def evaluate_condition(
    *,
    photos: Path | None,
    out: Path,
    release: Path | None = None,
    settings_file: Path = DEFAULT_SETTINGS,
    drawn: int | None = None,
    gate_devices: int = GATE_DEVICES,
    graded_devices: int = GRADED_DEVICES,
) -> Path:
    """Measure a release on the validation part of a photo set and on drawn photos; write HTML and JSON.

    `photos` is a folder as data.labelled.photo_set says, None for drawn photos only; `release` is a release
    folder, by default the champion. `drawn` is how many photos are drawn, by default as the settings say; a
    quarter as many show a design or light kept out of training. A photo of each of `gate_devices` drawn
    devices is spoilt in every way, and `graded_devices` are drawn from several sides and graded as a whole.
    Returns the path of the HTML report.
    """
    settings = read_settings(settings_file)
    if drawn is not None:
        settings = settings.model_copy(update={"drawn_validation": drawn})
    opened = given_release(MODEL_NAME, release)
    model, thresholds = ConditionModel.open(opened), opened.manifest["thresholds"]
    real = validation_photos(read_photo_set(photos), settings) if photos else []
    scored = score_all(model, real, settings) + score_new(model, settings)
    gated = gate_drawn(model, gate_devices)
    summary = summarise(scored, thresholds, score_pasted(model, real, settings))
    if graded_devices:
        summary["grades"] = measure_grades(opened, graded_devices)
    misses = draw_misses(model, worst_misses(scored, MISSES))
    return write_report(opened, summary | detail(scored, thresholds, gated), scored, out, misses)


def score_all(
    model: ConditionModel,
    real: Sequence[LabelledPhoto],
    settings: ConditionSettings,
) -> list[GradedPhoto]:
    """Grade the real validation photos, and drawn ones that calibration never used, through serving."""
    drawn = score_drawn(model, draw_fresh(settings), count=settings.drawn_validation)
    return score_real(model, real, settings) + drawn


def draw_fresh(settings: ConditionSettings) -> Iterator[DrawnPhoto]:
    """Draw photos that no run learns from and none is calibrated on, each when it is asked for."""
    for index in range(settings.drawn_validation):
        yield draw_example(settings.validation_rng(3, index, 0xE7A1), VALIDATION_SIDE_PX)


def score_new(model: ConditionModel, settings: ConditionSettings) -> list[GradedPhoto]:
    """Grade drawn photos of the designs, and in the light, that are kept out of training."""
    count = round(NEW_SHARE * settings.drawn_validation)
    return score_drawn(model, _draw_new(count, settings), name="held out, drawn", count=count)


def write_report(
    release: Release,
    summary: Mapping[str, Any],
    scored: Sequence[GradedPhoto],
    out: Path,
    misses: Image.Image | None = None,
) -> Path:
    """Write report.json and report.html into `out` and return the HTML's path."""
    out.mkdir(parents=True, exist_ok=True)
    report = {"model": asdict(release.identity), **summary}
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return write_html(report, scored, out / "report.html", misses)


def summarise(
    scored: Sequence[GradedPhoto], thresholds: Mapping[str, float], pasted: Sequence[GradedPhoto] = ()
) -> dict[str, Any]:
    """Return every source's figures, and those of the device and view heads, as plain values."""
    slices = [*source_slices(scored, thresholds), *pasted_slices(pasted, thresholds)]
    return {
        "photos": {
            "real": sum(not row.is_drawn for row in scored),
            "drawn": sum(row.is_drawn and not is_new(row) for row in scored),
            "held_out_drawn": sum(map(is_new, scored)),
            "pasted": len({row.name for row in pasted}),
        },
        "slices": [part.to_json() for part in slices],
        "heads": _heads(scored),
    }


def head(share: Share) -> dict[str, Any]:
    """Return a share of right answers as `metrics.heads` of a release states it."""
    told = share.to_json()
    return {"share": told["value"], "low": told["low"], "high": told["high"], "n": told["n"]}


def detail(
    scored: Sequence[GradedPhoto], thresholds: Mapping[str, float], gated: Sequence[Gated]
) -> dict[str, Any]:
    """Return what is measured beyond the summary: by class, view, light and severity, places, boxes, gate."""
    return {
        "drawn": {
            dimension: {value: [part.to_json() for part in slices] for value, slices in values.items()}
            for dimension, values in drawn_slices(scored, thresholds).items()
        },
        "places": [
            measure_places(scored, "all kinds", list(DefectKind)),
            *(measure_places(scored, kind, [kind]) for kind in DefectKind),
        ],
        "boxes": list(_boxes(scored)),
        "confusions": _confusions(scored),
        "gate": gate_report(gated, scored),
    }


def _draw_new(count: int, settings: ConditionSettings) -> Iterator[DrawnPhoto]:
    for index in range(count):
        rng = settings.validation_rng(1, index, 0x4E45)
        kinds = (KINDS[int(rng.integers(len(KINDS)))],) if rng.random() < EVEN_SHARE else None
        yield draw_photo(rng, kinds=kinds, long_side_px=VALIDATION_SIDE_PX, held_out=True)


def _boxes(scored: Sequence[GradedPhoto]) -> Iterator[dict[str, Any]]:
    parts = {
        "lab screens": [row for row in scored if row.folder in _LAB],
        "drawn": [row for row in scored if is_drawn(row) and not is_new(row)],
    }
    for name, rows in parts.items():
        for kind in DefectKind:
            figure = box_precision(rows, kind)
            if figure.positives:
                yield {"photos": name, "kind": kind, "average_precision_50": figure.to_json(digits=4)}


def _confusions(scored: Sequence[GradedPhoto]) -> dict[str, Any]:
    drawn = [row for row in scored if row.is_drawn]
    real = [row for row in scored if not row.is_drawn]
    return {
        "device class, drawn": _confusion(drawn, lambda row: row.device_class, _seen_class),
        "device class, real": _confusion(real, lambda row: row.device_class, _seen_class),
        "view, drawn": _confusion(drawn, lambda row: row.view, _seen_view),
    }


def _confusion(
    rows: Sequence[GradedPhoto], truth: Callable[[GradedPhoto], Any], answer: Callable[[GradedPhoto], Any]
) -> dict[str, Any]:
    """Return counts[i][j]: how many that are names[i] were taken for names[j]."""
    pairs = [(str(truth(row)), str(answer(row))) for row in rows if truth(row) is not None]
    names = sorted({name for pair in pairs for name in pair})
    counts = np.zeros((len(names), len(names)), int)
    for true, said in pairs:
        counts[names.index(true), names.index(said)] += 1
    return {"names": names, "counts": counts.tolist()}


def _heads(scored: Sequence[GradedPhoto]) -> dict[str, Any]:
    drawn = [row for row in scored if row.is_drawn]
    real = [row for row in scored if not row.is_drawn]
    phones = [row for row in real if row.device_class == "phone"]
    return {
        "device class, drawn": _share(drawn, lambda row: row.device_class, _seen_class),
        "device class, real": _share(real, lambda row: row.device_class, _seen_class),
        "view, drawn": _share(drawn, lambda row: row.view, _seen_view),
        "device found, drawn": _share(drawn, _yes, lambda row: row.condition.photos[0].device_found),
        "usable, real phones": _share(phones, _yes, lambda row: row.condition.photos[0].quality.ok),
    }


def _share(
    rows: Sequence[GradedPhoto], truth: Callable[[GradedPhoto], Any], answer: Callable[[GradedPhoto], Any]
) -> Any:
    known = [row for row in rows if truth(row) is not None]
    return head(Share(sum(truth(row) == answer(row) for row in known), len(known)))


def _yes(_row: GradedPhoto) -> bool:
    return True


def _seen_class(row: GradedPhoto) -> str:
    return row.condition.photos[0].device_class or "none"


def _seen_view(row: GradedPhoto) -> str:
    return row.condition.photos[0].view
