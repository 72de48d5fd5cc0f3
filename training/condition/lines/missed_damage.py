"""Measure how long the damage is that the network misses, for what may be there though no photo reports it.

Only drawn photos tell: of damage missed on a real one no length is known, so drawn damage stands in for it.
It is damage that a person can see in the photo, since that is what the calibrated probabilities are about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from data.defect import DefectKind, Severity
from data.drawing.damage.drawable import SEVERITY_SHARES
from serving.condition.criteria.missed_lengths import ENTRY
from serving.condition.inference import either
from training.condition.lines.calibrate import LookCalibration
from training.condition.lines.calibration_looks import RawLook
from training.condition.network import KINDS

QUANTILES = tuple(np.linspace(0.05, 0.95, 9))
LEAST_MISSED = 10
"""With fewer photos nothing is stated of a kind, and its size stays unknown."""

SeverityShares = Mapping[Severity, float]


@dataclass(frozen=True)
class _Missed:
    """The longest damage of a kind in one photo, and how much more often it comes than it was drawn."""

    length_mm: float
    weight: float


def missed_damage(
    looks: Sequence[RawLook], lines: Mapping[DefectKind, LookCalibration], severity_share: SeverityShares
) -> dict[str, Any]:
    """Return the manifest's entries: QUANTILES of the missed lengths in mm by kind, and of how many photos.

    A photo misses a kind that it shows where its probability stays below the kind's threshold; what is there
    is as long as the longest piece. Severities count as often as `severity_share` says, not as drawn.
    """
    of_kinds = {
        kind: _missed(looks, kind, channel, lines[kind], severity_share)
        for channel, kind in enumerate(KINDS)
        if not (kind.is_dirt or kind.is_hazard)
    }
    enough = {kind: missed for kind, missed in of_kinds.items() if len(missed) >= LEAST_MISSED}
    return {
        ENTRY: {kind: _lengths(missed) for kind, missed in enough.items()},
        "missed_photos": {kind: len(missed) for kind, missed in enough.items()},
    }


def _missed(
    looks: Sequence[RawLook],
    kind: DefectKind,
    channel: int,
    line: LookCalibration,
    severity_share: SeverityShares,
) -> list[_Missed]:
    found = []
    for look in looks:
        there = [defect for defect in look.drawn if defect.kind is kind]
        if there and _probability(look, channel, line) < line.threshold:
            ratios = (severity_share.get(one.severity, 0.0) / SEVERITY_SHARES[one.severity] for one in there)
            found.append(_Missed(max(one.length_mm for one in there), prod(ratios)))
    return [each for each in found if each.weight > 0.0]


def _probability(look: RawLook, channel: int, line: LookCalibration) -> float:
    slopes = np.array([line.device_slope, line.detail_slope])
    intercepts = np.array([line.device_intercept, line.detail_intercept])
    return float(either(slopes * look.logits[:, channel] + intercepts))


def _lengths(missed: Sequence[_Missed]) -> list[float]:
    """Return the quantiles; between two lengths the longer one counts."""
    lengths, weights = [each.length_mm for each in missed], [each.weight for each in missed]
    found = np.quantile(lengths, QUANTILES, weights=weights, method="inverted_cdf")
    return [round(float(length), 2) for length in found]
