"""Answer about validation photos by lines that were fitted without them.

The lines, thresholds and places of a release are fitted to all its validation photos. Said of those photos
they would look better than of others, so a release also keeps them as fitted without each part of the
photos' groups: a group is all photos of one device.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from serving.condition.model import ConditionModel
from serving.condition.rulebook import Rulebook
from serving.release import Release
from training.condition.lines.calibrate import calibrate_all, line_entries
from training.condition.lines.calibration_looks import RawLook
from training.condition.lines.missed_damage import SeverityShares, missed_damage

PARTS = 5
CROSS_FIT = "cross_fit"
"""The manifest's entry: for each part what is fitted without it."""


def part_of(group: str) -> int:
    """Return in which of the PARTS a group of photos lies, by its name alone."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % PARTS


def fitted_entries(looks: Sequence[RawLook], severity_share: SeverityShares) -> dict[str, Any]:
    """Return what a manifest holds that is fitted to validation photos: the lines, and what they miss.

    `severity_share` says how often damage of each severity comes.
    """
    lines = calibrate_all(looks)
    return {**line_entries(lines), **missed_damage(looks, lines, severity_share)}


def cross_fit(looks: Sequence[RawLook], severity_share: SeverityShares) -> list[dict[str, Any]]:
    """Return for each part the fitted entries of a manifest, from the looks of all other parts."""
    kept = [[look for look in looks if part_of(look.group) != part] for part in range(PARTS)]
    return [fitted_entries(others, severity_share) for others in kept]


@dataclass(frozen=True)
class CrossFitted:
    """One model for each part of the groups, or the release itself for all where it keeps no others."""

    models: tuple[ConditionModel, ...]

    @classmethod
    def open(cls, release: Release, *, is_never_uncertain: bool = False) -> Self:
        """Open a release's models; `is_never_uncertain` for those that grade however unsure they are."""
        entries = release.manifest.get(CROSS_FIT) or [{}]
        return cls(tuple(_open(release, entry, is_never_uncertain) for entry in entries))

    def of(self, group: str) -> ConditionModel:
        """Return the model whose lines were fitted without a group of photos."""
        return self.models[part_of(group) % len(self.models)]


def _open(release: Release, entry: Mapping[str, Any], is_never_uncertain: bool) -> ConditionModel:
    fitted = replace(release, manifest={**release.manifest, **entry})
    rules = Rulebook.read(fitted.manifest)
    return ConditionModel.open(fitted, rulebook=rules.never_uncertain() if is_never_uncertain else rules)
