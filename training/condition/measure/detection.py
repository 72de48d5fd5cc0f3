"""Measure boxes: average precision at half overlap, with an interval by device."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from data.defect import DefectKind
from training.condition.measure.graded_photos import GradedPhoto
from training.condition.measure.place_match import match_boxes
from training.metrics.figure import Figure, interval_of

ROUNDS = 300

Matches = npt.NDArray[np.float64]


def box_precision(rows: Sequence[GradedPhoto], kind: DefectKind, *, seed: int = 0) -> Figure:
    """Return the average precision at an overlap of one half of one kind's boxes (mAP50 of one class).

    Photos count whose every place of the kind is known. `positives` are true boxes, `negatives` the photos
    without any.
    """
    known = [row for row in rows if _truth(row, kind) is not None]
    groups = sorted({row.group for row in known})
    parts = [_matches([row for row in known if row.group == group], kind) for group in groups]
    rng = np.random.default_rng(seed)
    draws = [
        _interpolated_precision([parts[at] for at in rng.integers(len(parts), size=len(parts))])
        for _ in range(ROUNDS if parts else 0)
    ]
    low, high = interval_of(np.array(draws))
    boxes = sum(count for _, count in parts)
    empty = sum(not _truth(row, kind) for row in known)
    return Figure(_interpolated_precision(parts), low, high, boxes, empty, len(groups))


def _truth(row: GradedPhoto, kind: DefectKind) -> int | None:
    """Return how many boxes there are on a photo, None where it is not known."""
    if kind in row.boxes:
        return len(row.boxes[kind])
    return 0 if row.labels.get(kind) is False else None


def _matches(rows: Sequence[GradedPhoto], kind: DefectKind) -> tuple[Matches, int]:
    """Return (N, 2) of probability and whether right, and how many boxes there are."""
    pairs = [
        pair
        for row in rows
        for pair in match_boxes(
            [item for item in row.condition.defects if item.kind is kind], row.boxes.get(kind, ())
        )
    ]
    return np.array(pairs, float).reshape(-1, 2), sum(len(row.boxes.get(kind, ())) for row in rows)


def _interpolated_precision(parts: Sequence[tuple[Matches, int]]) -> float:
    """Return the area under precision over recall, precision never rising again as recall grows."""
    boxes = sum(count for _, count in parts)
    if not boxes:
        return float("nan")
    pairs = np.concatenate([pairs for pairs, _ in parts])
    right = pairs[np.argsort(-pairs[:, 0], kind="stable"), 1]
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(right) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float((best * right).sum() / boxes)
