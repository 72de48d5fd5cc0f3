"""Measure the served condition model on labelled photos: per source, per defect, with intervals by device."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.defect import DefectKind
from data.photo_set import LabelledPhoto, read_photo_set, validation_part
from serving.condition import ConditionModel
from serving.release import Release, open_folder, open_release
from training.condition.report import write_html
from training.condition.sample import drawn_validation
from training.condition.score import DRAWN, Scored, score_drawn, score_real
from training.condition.settings import DEFAULT_SETTINGS, Settings, read_settings
from training.metric import Figure, auc, calibration_error, measured, recall_at_false_alarms

FALSE_ALARM_RATE = 0.05
_COUNTER, _WEB, _INTACT, _LAB = "intake", "cracked", "intact", ("screen", "screen-polygons")

Part = Callable[[Scored], bool]


@dataclass(frozen=True)
class Slice:
    """One defect on one kind of photos: what counts, and what was measured there."""

    name: str
    kind: DefectKind
    auc: Figure
    recall: Figure
    calibration_error: Figure
    flagged: Figure

    def to_json(self) -> dict[str, Any]:
        """Return the slice as plain values."""
        return {
            "name": self.name,
            "kind": self.kind,
            "auc": self.auc.to_json(),
            "recall_at_5_percent_false_alarms": self.recall.to_json(),
            "expected_calibration_error": self.calibration_error.to_json(),
            "false_alarms_at_threshold": self.flagged.to_json(),
        }


def evaluate_condition(
    *, photos: Path | None, out: Path, release: Path | None = None, settings_file: Path = DEFAULT_SETTINGS
) -> Path:
    """Measure a release on the validation part of a photo set and on drawn photos; write HTML and JSON.

    `photos` is a folder as data.photo_set describes, None for drawn photos only; `release` is a release
    folder, by default the champion. Returns the path of the HTML report.
    """
    settings = read_settings(settings_file)
    opened = open_folder(release) if release else open_release("condition")
    real = validation_photos(read_photo_set(photos), settings) if photos else []
    scored = score_all(ConditionModel.open(opened), real, settings)
    return write_report(opened, summarise(scored, opened.manifest["thresholds"]), scored, out)


def validation_photos(photos: Sequence[LabelledPhoto], settings: Settings) -> list[LabelledPhoto]:
    """Return the photos that no training run with these settings sees."""
    used = [photo for photo in photos if settings.rule(photo.folder, photo.source)]
    return [photo for photo in used if is_held_out(photo, settings)]


def is_held_out(photo: LabelledPhoto, settings: Settings) -> bool:
    """Return whether a photo validates: by its group, or because its whole source is held out."""
    if photo.source in settings.held_out_sources:
        return True
    return validation_part(photo.group, seed=settings.split_seed, share=settings.validation_share)


def score_all(model: ConditionModel, real: Sequence[LabelledPhoto], settings: Settings) -> list[Scored]:
    """Grade the real validation photos and the drawn ones through serving."""
    return score_real(model, real, settings) + score_drawn(model, drawn_validation(settings))


def write_report(release: Release, summary: Mapping[str, Any], scored: Sequence[Scored], out: Path) -> Path:
    """Write report.json and report.html into `out` and return the HTML's path."""
    out.mkdir(parents=True, exist_ok=True)
    report = {"model": asdict(release.identity), **summary}
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return write_html(report, scored, out / "report.html")


def summarise(scored: Sequence[Scored], thresholds: Mapping[str, float]) -> dict[str, Any]:
    """Return every slice's figures and what the device and view heads reach, as plain values."""
    slices = [*_crack_slices(scored, thresholds), *_lab_slices(scored, thresholds)]
    slices += [_slice(f"drawn: {kind}", kind, scored, _drawn, _drawn, thresholds) for kind in DefectKind]
    return {
        "photos": {"real": sum(not row.is_drawn for row in scored), "drawn": sum(map(_drawn, scored))},
        "slices": [part.to_json() for part in slices if part.auc.positives + part.auc.negatives],
        "heads": _heads(scored),
    }


def _crack_slices(scored: Sequence[Scored], thresholds: Mapping[str, float]) -> list[Slice]:
    def at(folder: str, source: str | None = None) -> Part:
        return lambda row: row.folder == folder and source in (None, row.source)

    crack = DefectKind.CRACK
    sources = sorted({row.source for row in scored if row.folder == _WEB})
    return [
        _slice("counter and hand (intake)", crack, scored, at(_COUNTER), at(_COUNTER), thresholds),
        _slice("counter against intact web photos", crack, scored, at(_COUNTER), at(_INTACT), thresholds),
        _slice("web", crack, scored, at(_WEB), at(_INTACT), thresholds),
        *[_slice(f"web: {name}", crack, scored, at(_WEB, name), at(_INTACT), thresholds) for name in sources],
        _slice("lab screens", crack, scored, _nothing, lambda row: row.folder in _LAB, thresholds),
        _slice("routers and modems", crack, scored, _nothing, lambda r: r.source == "hackgpon", thresholds),
    ]


def _lab_slices(scored: Sequence[Scored], thresholds: Mapping[str, float]) -> list[Slice]:
    def lab(row: Scored) -> bool:
        return row.folder in _LAB

    kinds = (DefectKind.SCRATCH, DefectKind.OIL, DefectKind.STAIN)
    return [_slice(f"lab screens: {kind}", kind, scored, lab, lab, thresholds) for kind in kinds]


def _slice(
    name: str,
    kind: DefectKind,
    scored: Sequence[Scored],
    positive_part: Part,
    negative_part: Part,
    thresholds: Mapping[str, float],
) -> Slice:
    """Measure one defect: its positives from one part of the photos, its negatives from another."""
    rows = [row for row in scored if kind in row.labels]
    rows = [row for row in rows if (positive_part if row.labels[kind] else negative_part)(row)]
    labels = np.array([row.labels[kind] for row in rows], bool)
    scores = np.array([row.probabilities[kind] for row in rows], float)
    groups = [row.group for row in rows]

    def figure(measure: Callable[[Any, Any], float]) -> Figure:
        return measured(measure, labels, scores, groups, seed=0)

    return Slice(
        name,
        kind,
        auc=figure(auc),
        recall=figure(recall_at_false_alarms(FALSE_ALARM_RATE)),
        calibration_error=figure(calibration_error),
        flagged=_false_alarms(labels, scores, groups, float(thresholds[kind])),
    )


def _false_alarms(labels: Any, scores: Any, groups: Sequence[str], threshold: float) -> Figure:
    """Return the share of negatives that the release's own threshold reports, with its interval."""
    alarms = (scores >= threshold)[~labels]
    kept = [group for group, label in zip(groups, labels, strict=True) if not label]

    def share(passed: Any, _scores: Any) -> float:
        return float(np.mean(passed))

    return measured(share, alarms, alarms.astype(float), kept, seed=0, one_class=True)


def _heads(scored: Sequence[Scored]) -> dict[str, Any]:
    drawn = [row for row in scored if row.is_drawn]
    real = [row for row in scored if not row.is_drawn]
    return {
        "device class, drawn": _share(drawn, lambda row: row.device_class, _seen_class),
        "device class, real": _share(real, lambda row: row.device_class, _seen_class),
        "view, drawn": _share(drawn, lambda row: row.view, lambda row: row.condition.photos[0].view),
        "device found, drawn": _share(
            drawn, lambda _: True, lambda row: row.condition.photos[0].device_found
        ),
        "usable, real phones": _share(
            [row for row in real if row.device_class == "phone"],
            lambda _: True,
            lambda row: row.condition.photos[0].quality.ok,
        ),
    }


def _share(rows: Sequence[Scored], truth: Callable[[Scored], Any], answer: Callable[[Scored], Any]) -> Any:
    known = [row for row in rows if truth(row) is not None]
    right = [truth(row) == answer(row) for row in known]
    return {"share": round(float(np.mean(right)), 4) if right else None, "n": len(right)}


def _seen_class(row: Scored) -> str:
    return row.condition.photos[0].device_class or "none"


def _drawn(row: Scored) -> bool:
    return row.folder == DRAWN


def _nothing(_row: Scored) -> bool:
    return False
