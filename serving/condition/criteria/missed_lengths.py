"""Read how long damage is that a release's network misses: it may be there though no photo reports it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.defect import DefectKind
from data.versioned_file import InvalidFile

ENTRY = "missed_lengths_mm"
"""The manifest's entry: of each kind lengths in mm, equally likely, the shortest first."""


@dataclass(frozen=True)
class MissedLengths:
    """Equally likely lengths in mm of one kind, of what a photo shows with less than `reported_from`."""

    reported_from: float
    lengths_mm: tuple[float, ...]

    def at(self, probability: float) -> tuple[float, ...]:
        """Return the lengths by a photo's probability; none where the kind was not missed."""
        return self.lengths_mm if probability < self.reported_from else ()


def read_missed_lengths(manifest: Mapping[str, Any]) -> dict[DefectKind, MissedLengths]:
    """Return what a release states, without hazards and kinds that it states no threshold of.

    Empty where it states nothing. Raises InvalidFile for lengths that are none.
    """
    stated = {DefectKind(kind): lengths for kind, lengths in manifest.get(ENTRY, {}).items()}
    thresholds = manifest.get("thresholds", {})
    return {
        kind: MissedLengths(float(thresholds[kind]), _lengths(kind, lengths))
        for kind, lengths in stated.items()
        if kind in thresholds and not kind.is_hazard
    }


def _lengths(kind: DefectKind, stated: Sequence[Any]) -> tuple[float, ...]:
    lengths = tuple(float(each) for each in stated)
    if list(lengths) != sorted(lengths) or not all(0.0 <= each < math.inf for each in lengths):
        raise InvalidFile(
            f"the release's {ENTRY} of {kind} is {list(lengths)}: give lengths in mm, none below 0, the "
            "shortest first"
        )
    return lengths
