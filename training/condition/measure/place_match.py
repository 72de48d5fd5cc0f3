"""Compare where serving places a defect with where it is: map cells, boxes and lengths."""

from collections.abc import Mapping, Sequence

from data.condition import Box, DefectFinding
from data.defect import DefectKind
from data.drawing.surface.raster import Mask
from data.labelled.photo_set import MarkedOutline
from serving.condition.inference import Prediction
from training.condition.lines.calibration_looks import cell_overlap, mask_cells


def overlaps(
    prediction: Prediction, masks: Mapping[DefectKind, Mask], thresholds: Mapping[DefectKind, float]
) -> dict[DefectKind, float]:
    """Return intersection over union of each kind's place on the map with its true mask, in cells."""
    kinds = list(prediction.defects)
    found = {}
    for kind, mask in masks.items():
        channel = prediction.map[kinds.index(kind)]
        truth = mask_cells(mask, prediction.frame, channel.shape)
        found[kind] = cell_overlap(channel > thresholds[kind], truth)
    return found


def outline_boxes(
    outlines: Sequence[MarkedOutline], kind: DefectKind, width: int, height: int
) -> tuple[Box, ...]:
    """Return the boxes that a person drew around one kind, in fractions of the photo."""
    corners = [mark.box_px for mark in outlines if mark.name.endswith(kind.value)]
    return tuple(
        Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
        for left, top, right, bottom in corners
    )


def box_overlap(one: Box, other: Box) -> float:
    """Return intersection over union of two boxes."""
    width = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    height = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    shared = max(0.0, width) * max(0.0, height)
    return shared / max(1e-12, one.width * one.height + other.width * other.height - shared)


def match_boxes(
    found: Sequence[DefectFinding], truth: Sequence[Box], *, overlap_min: float = 0.5
) -> list[tuple[float, bool]]:
    """Return (probability, is right) for each finding, the surest first; a true box counts once."""
    left = list(truth)
    matched = []
    for finding in sorted(found, key=lambda item: (-item.probability, -item.box.width * item.box.height)):
        best = max(left, key=lambda box: box_overlap(finding.box, box), default=None)
        is_right = best is not None and box_overlap(finding.box, best) >= overlap_min
        if is_right and best is not None:
            left.remove(best)
        matched.append((finding.probability, is_right))
    return matched


def longest_mm(found: Sequence[DefectFinding], kind: DefectKind) -> float | None:
    """Return the length of the longest finding of a kind that was measured."""
    lengths = [item.length_mm for item in found if item.kind is kind and item.length_mm is not None]
    return max(lengths, default=None)
