"""Calibrate the logits of both looks into probabilities, thresholds and places, on validation photos only."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from data.defect import DefectKind
from serving.condition.inference import either
from training.condition.lines.calibration_looks import DETAIL_SHARES, MAP_THRESHOLDS, RawLook
from training.condition.lines.look_lines import fit_lines
from training.condition.network import KINDS
from training.metrics.ranked import Bools, Scores

FALSE_ALARMS_MAX = 0.02
_THRESHOLD_RANGE = (0.2, 0.95)
_SURE_QUANTILE, _SURE_LEAST = 0.5, 0.01


@dataclass(frozen=True)
class LookCalibration:
    """The calibration of the answers about one kind.

    Each look's probability is sigmoid(slope * logit + intercept), and the defect is there unless both looks
    miss it. It is reported from `threshold` on, where `detail_share` of the detail's map and the rest of the
    device's pass `map_threshold`; a place is as sure as the photo from `sure_strength` of its cells on.
    `base_rate` is the share of positives among the photos that could show the kind: the odds that a photo's
    answer starts from, since the network sees which side it looks at.
    """

    device_slope: float = 1.0
    device_intercept: float = 0.0
    detail_slope: float = 1.0
    detail_intercept: float = 0.0
    threshold: float = 0.5
    detail_share: float = 0.5
    map_threshold: float = 0.5
    sure_strength: float = 0.5
    base_rate: float = 0.5

    @property
    def reading(self) -> dict[str, float]:
        """Return the rule that turns the network's answers into a probability and a place."""
        return {name: value for name, value in asdict(self).items() if name not in {"threshold", "base_rate"}}


def calibrate_all(looks: Sequence[RawLook]) -> dict[DefectKind, LookCalibration]:
    """Fit every kind."""
    return {kind: calibrate(looks, kind, channel) for channel, kind in enumerate(KINDS)}


def line_entries(lines: Mapping[DefectKind, LookCalibration]) -> dict[str, Any]:
    """Return what a manifest holds of the lines of every kind."""
    return {
        "calibration": {kind: line.reading for kind, line in lines.items()},
        "thresholds": {kind: line.threshold for kind, line in lines.items()},
        "base_rate": {kind: line.base_rate for kind, line in lines.items()},
    }


def calibrate(looks: Sequence[RawLook], kind: DefectKind, channel: int) -> LookCalibration:
    """Fit one kind by maximum likelihood, real photos and drawn ones alike.

    The threshold lets at most FALSE_ALARMS_MAX of the negatives pass, of real photos and of drawn ones each.
    Photos on which no device is found tell nothing: no grade is given of them, whatever lies there. A kind
    with too few examples of either class keeps its logits as they are. No slope is negative: a look
    that says more must never mean less, and one that tells nothing is left out.
    """
    known = [item for item in looks if kind in item.labels and item.is_graded]
    labels = np.array([item.labels[kind] for item in known], bool)
    logits = np.array([item.logits[:, channel] for item in known]).reshape(-1, 2)
    share, map_threshold, sure_strength = _best_place(looks, kind)
    lines = fit_lines(logits, labels)
    probabilities = either((lines[:, 0] * logits + lines[:, 1]).T)
    drawn = np.array([item.is_drawn for item in known], bool)
    return LookCalibration(
        device_slope=float(lines[0, 0]),
        device_intercept=float(lines[0, 1]),
        detail_slope=float(lines[1, 0]),
        detail_intercept=float(lines[1, 1]),
        threshold=_threshold(probabilities, labels, drawn),
        detail_share=share,
        map_threshold=map_threshold,
        sure_strength=sure_strength,
        base_rate=_base_rate(known, kind),
    )


def _base_rate(known: Sequence[RawLook], kind: DefectKind) -> float:
    able = [item.labels[kind] for item in known if kind in item.could_show]
    return float(np.mean(able)) if able else LookCalibration.base_rate


def _best_place(looks: Sequence[RawLook], kind: DefectKind) -> tuple[float, float, float]:
    """Return the share of the detail and the threshold whose places overlap most with the drawn truth.

    With them comes the strength that half of the true places reach.
    """
    placed = [item for item in looks if kind in item.overlaps]
    if not placed:
        return LookCalibration.detail_share, LookCalibration.map_threshold, LookCalibration.sure_strength
    mean = np.mean([item.overlaps[kind] for item in placed], axis=0)
    share, threshold = np.unravel_index(int(np.argmax(mean)), mean.shape)
    strengths = [item.strengths[kind][share] for item in placed]
    sure = max(float(np.quantile(strengths, _SURE_QUANTILE)), _SURE_LEAST)
    return DETAIL_SHARES[int(share)], MAP_THRESHOLDS[int(threshold)], sure


def _threshold(probabilities: Scores, labels: Bools, drawn: Bools) -> float:
    negatives = [probabilities[~labels & drawn], probabilities[~labels & ~drawn]]
    limits = [float(np.quantile(part, 1.0 - FALSE_ALARMS_MAX)) for part in negatives if part.size]
    return float(np.clip(max(limits), *_THRESHOLD_RANGE)) if limits else LookCalibration.threshold
