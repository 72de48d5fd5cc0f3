"""Measure one defect on one part of the photos: ranking, recall, calibration, false alarms, places, sizes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.defect import DefectKind, Severity
from data.drawing.scene.held_out import HELD_OUT_DESIGNS, HELD_OUT_LIGHT
from training.condition.measure.graded_photos import DRAWN, DrawnTruth, GradedPhoto
from training.condition.measure.place_match import longest_mm
from training.metrics.bootstrap import GROUP_DRAWS, Bootstrap
from training.metrics.figure import Figure, Share
from training.metrics.ranked import (
    Measure,
    auc,
    calibration_error_of_both,
    mean,
    median,
    recall_at_false_alarms,
)

FALSE_ALARM_RATE = 0.05
SLICE_DRAWS = 200
_LEAST_POSITIVES = 5
_DIGITS = 4
_COUNTER, _WEB, _INTACT, _LAB = "intake", "cracked", "intact", ("screen", "screen-polygons")

Part = Callable[[GradedPhoto], bool]


@dataclass(frozen=True)
class Slice:
    """One defect on one part of the photos: what counts, and the measures there."""

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
            "auc": self.auc.to_json(digits=_DIGITS),
            "recall_at_5_percent_false_alarms": self.recall.to_json(digits=_DIGITS),
            "expected_calibration_error": self.calibration_error.to_json(digits=_DIGITS),
            "false_alarms_at_threshold": self.flagged.to_json(digits=_DIGITS),
        }


def measure_slice(
    name: str,
    kind: DefectKind,
    scored: Sequence[GradedPhoto],
    parts: tuple[Part, Part],
    thresholds: Mapping[str, float],
    *,
    draws: int = GROUP_DRAWS,
) -> Slice:
    """Measure one defect: its positives from the first part of the photos, its negatives from the second."""
    rows = [row for row in scored if kind in row.labels]
    rows = [row for row in rows if parts[0 if row.labels[kind] else 1](row)]
    labels = np.array([row.labels[kind] for row in rows], bool)
    scores = np.array([row.probabilities[kind] for row in rows], float)
    groups = [row.group for row in rows]
    sample = Bootstrap.by_group(labels, scores, groups, draws=draws)
    broken = {row.group for row in rows if row.labels[kind]}
    return Slice(
        name,
        kind,
        auc=sample.figure(auc),
        recall=_exact_at_the_ends(sample.figure(recall_at_false_alarms(FALSE_ALARM_RATE)), len(broken)),
        calibration_error=sample.figure(calibration_error_of_both),
        flagged=_false_alarms(labels, scores, groups, float(thresholds[kind]), draws),
    )


def source_slices(scored: Sequence[GradedPhoto], thresholds: Mapping[str, float]) -> list[Slice]:
    """Return each source's slices: cracks on real photos, dirt and scratches on lab screens, all as drawn."""
    slices = [*_crack_slices(scored, thresholds), *_lab_slices(scored, thresholds)]
    familiar = [row for row in scored if not is_new(row)]
    slices += [
        measure_slice(f"drawn: {kind}", kind, familiar, (is_drawn, is_drawn), thresholds)
        for kind in DefectKind
    ]
    return [part for part in slices if part.auc.positives + part.auc.negatives]


def drawn_slices(
    scored: Sequence[GradedPhoto], thresholds: Mapping[str, float]
) -> dict[str, dict[str, list[Slice]]]:
    """Return the drawn photos' slices by device class, view, light, severity and novelty, then by value.

    A severity has its own positives and all negatives. Slices with too few of either class are left out.
    """
    drawn = [(row, row.drawn) for row in scored if row.drawn]
    found: dict[str, dict[str, list[Slice]]] = {}
    for dimension, value_of in _DIMENSIONS.items():
        familiar = [(row, truth) for row, truth in drawn if dimension == "novelty" or not is_new(row)]
        for value in sorted({value_of(row, truth) for row, truth in familiar}):
            rows = [row for row, truth in familiar if value_of(row, truth) == value]
            found.setdefault(dimension, {})[value] = list(_each_kind(value, rows, thresholds))
    familiar_rows = [row for row in scored if row.drawn and not is_new(row)]
    found["severity"] = {
        severity: list(_each_kind(severity, familiar_rows, thresholds, severity)) for severity in Severity
    }
    return found


def measure_places(scored: Sequence[GradedPhoto], name: str, kinds: Sequence[DefectKind]) -> dict[str, Any]:
    """Return how well drawn defects of some kinds are placed and measured, under a name.

    `overlap` is the mean over all that are there, 0 for those not reported; `overlap_of_found` over those
    reported; `size_error` the median relative error of the length of single, reported defects, whatever its
    sign, and `size_bias` the median with its sign: above 0 where they come out too long.
    """
    shown = [(row, kind) for row in scored if not is_new(row) for kind in kinds if kind in row.overlaps]
    found = [(row, kind) for row, kind in shown if any(item.kind is kind for item in row.condition.defects)]
    reached = {(row.name, kind) for row, kind in found}
    sized = [(row, error) for row, kind in found if (error := _size_error(row, kind)) is not None]

    def over(measure: Measure, values: Sequence[tuple[GradedPhoto, float]]) -> dict[str, Any]:
        scores = np.array([value for _, value in values], float)
        groups = [row.group for row, _ in values]
        sample = Bootstrap.by_group(np.ones(len(scores), bool), scores, groups)
        return sample.figure(measure).to_json(digits=_DIGITS)

    return {
        "kind": name,
        "overlap": over(
            mean, [(row, row.overlaps[kind] * ((row.name, kind) in reached)) for row, kind in shown]
        ),
        "overlap_of_found": over(mean, [(row, row.overlaps[kind]) for row, kind in found]),
        "size_error": over(median, [(row, abs(error)) for row, error in sized]),
        "size_bias": over(median, sized),
    }


def is_drawn(row: GradedPhoto) -> bool:
    """Return whether a photo was drawn."""
    return row.folder == DRAWN


def is_new(row: GradedPhoto) -> bool:
    """Return whether a drawn photo shows a design or a light that training never saw."""
    return row.drawn is not None and _novelty(row, row.drawn) != "familiar"


def _novelty(_row: GradedPhoto, truth: DrawnTruth) -> str:
    if truth.design in HELD_OUT_DESIGNS:
        return "held-out design"
    return "held-out light" if truth.light is HELD_OUT_LIGHT else "familiar"


_DIMENSIONS: Mapping[str, Callable[[GradedPhoto, DrawnTruth], str]] = {
    "device_class": lambda row, _truth: str(row.device_class),
    "view": lambda _row, truth: str(truth.view),
    "light": lambda _row, truth: str(truth.light),
    "novelty": _novelty,
}


def _each_kind(
    value: str,
    rows: Sequence[GradedPhoto],
    thresholds: Mapping[str, float],
    severity: Severity | None = None,
) -> Iterator[Slice]:
    def counts(row: GradedPhoto, kind: DefectKind) -> bool:
        return severity is None or (row.drawn is not None and row.drawn.severities.get(kind) is severity)

    for kind in DefectKind:
        positives = [row for row in rows if row.labels.get(kind) is True and counts(row, kind)]
        negatives = [row for row in rows if row.labels.get(kind) is False]
        if min(len(positives), len(negatives)) >= _LEAST_POSITIVES:
            both = [*positives, *negatives]
            yield measure_slice(value, kind, both, (is_drawn, is_drawn), thresholds, draws=SLICE_DRAWS)


def _size_error(row: GradedPhoto, kind: DefectKind) -> float | None:
    """Return by how much of its length a single defect comes out too long; None where it has none."""
    true_mm = row.drawn.lengths_mm.get(kind) if row.drawn else None
    found_mm = longest_mm(row.condition.defects, kind)
    return None if not true_mm or found_mm is None else (found_mm - true_mm) / true_mm


def _crack_slices(scored: Sequence[GradedPhoto], thresholds: Mapping[str, float]) -> list[Slice]:
    def at(folder: str, source: str | None = None) -> Part:
        return lambda row: row.folder == folder and source in (None, row.source)

    sources = sorted({row.source for row in scored if row.folder == _WEB})
    parts: list[tuple[str, Part, Part]] = [
        ("counter and hand (intake)", at(_COUNTER), at(_COUNTER)),
        ("counter against intact web photos", at(_COUNTER), at(_INTACT)),
        ("web", at(_WEB), at(_INTACT)),
        *[(f"web: {name}", at(_WEB, name), at(_INTACT)) for name in sources],
        ("lab screens", _nothing, lambda row: row.folder in _LAB),
        ("routers and modems", _nothing, lambda row: row.source == "hackgpon"),
    ]
    return [
        measure_slice(name, DefectKind.CRACK, scored, (positive, negative), thresholds)
        for name, positive, negative in parts
    ]


def _lab_slices(scored: Sequence[GradedPhoto], thresholds: Mapping[str, float]) -> list[Slice]:
    def lab(row: GradedPhoto) -> bool:
        return row.folder in _LAB

    kinds = (DefectKind.SCRATCH, DefectKind.OIL, DefectKind.STAIN)
    return [measure_slice(f"lab screens: {kind}", kind, scored, (lab, lab), thresholds) for kind in kinds]


def _false_alarms(labels: Any, scores: Any, groups: Sequence[str], threshold: float, draws: int) -> Figure:
    """Return the share of negatives that the release's own threshold reports, with its interval."""
    alarms = (scores >= threshold)[~labels]
    kept = [group for group, label in zip(groups, labels, strict=True) if not label]
    figure = Bootstrap.by_group(alarms, alarms.astype(float), kept, draws=draws).figure(mean)
    return _exact_at_the_ends(figure, len(set(kept)))


def _exact_at_the_ends(figure: Figure, devices: int) -> Figure:
    """Return a share of 0 or of 1 with its exact limits over so many devices: no draw of them can differ."""
    if not devices or figure.value not in (0.0, 1.0) or figure.low != figure.high:
        return figure
    low, high = Share(round(figure.value) * devices, devices).interval
    return replace(figure, low=low, high=high)


def _nothing(_row: GradedPhoto) -> bool:
    return False
