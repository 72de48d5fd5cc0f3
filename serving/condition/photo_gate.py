"""Decide which photos can be used for a grade, by every measure under one set of limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from data.condition import PhotoCode
from data.device import DeviceClass, View
from features.photo.perceptual_hash import Imprint, find_duplicates
from features.photo.photo import Photo
from features.photo.quality import QualityLimits, measure_quality, quality_codes, quality_limits
from serving.condition.framing import device_place, framing_codes, measure_framing
from serving.condition.inference import Prediction
from serving.condition.requested_sides import read_side_sure_from, seen_side, side_codes
from serving.condition.rulebook import Rulebook

_VIEW_HEAD, _CLASS_HEAD = "view, drawn", "device class, drawn"


@dataclass(frozen=True)
class PhotoGate:
    """The rules that give photos the codes of their faults.

    `device_threshold` is the release's own: from which probability a place on its map is device. `knows_view`
    and `knows_class` tell whether the network's own answers are good enough to hold them against a photo;
    where they are not, only what the caller says counts. `side_sure_from` is the probability from which the
    side that the network sees outweighs the one that the caller names, None where any other side does.
    `notes` say which answers nobody measured.
    """

    limits: QualityLimits
    rules: Rulebook
    device_threshold: float
    knows_view: bool = True
    knows_class: bool = True
    notes: tuple[str, ...] = ()
    side_sure_from: float | None = None

    @classmethod
    def of(cls, manifest: Mapping[str, Any], rules: Rulebook, *, device_threshold: float) -> Self:
        """Return a gate that trusts a release's answers as far as its own validation allows.

        Raises BrokenRelease for a `side_sure_from` that is no number.
        """
        limits = quality_limits()
        heads = manifest.get("metrics", {}).get("heads", {})
        shares = {name: (heads.get(name) or {}).get("share") for name in (_VIEW_HEAD, _CLASS_HEAD)}
        knows_view, knows_class = ((share or 0.0) >= limits.head_accuracy_min for share in shares.values())
        notes = tuple(
            f"the release states no accuracy of its {name!r} answers (metrics.heads): photos are not checked "
            "against them; `regrade evaluate condition` measures it"
            for name, share in shares.items()
            if share is None
        )
        sure_from = read_side_sure_from(manifest)
        return cls(limits, rules, device_threshold, knows_view, knows_class, notes, sure_from)

    def codes(
        self, photo: Photo, prediction: Prediction, asked: View, device_class: DeviceClass | None
    ) -> tuple[PhotoCode, ...]:
        """Return what is wrong with one photo; `asked` is UNKNOWN and `device_class` None where not told."""
        width, height = photo.width_px, photo.height_px
        seen = prediction.view if self.knows_view else View.UNKNOWN
        view = seen if asked is View.UNKNOWN else asked
        known = device_class or (prediction.device_class if self.knows_class else None)
        # Of an unknown view the stricter limits hold: a bright photo is no lit screen until somebody says so.
        is_lit = View.FRONT_ON in {view, seen}
        threshold, least = self.device_threshold, self.limits.outline_fill_min
        quality = measure_quality(photo, device_place(prediction, width, height, threshold=threshold))
        size = self.rules.sizes.size_of(known, None)
        framing = measure_framing(prediction, photo, view, size, known, threshold=threshold, fill_min=least)
        lost = (PhotoCode.PART_LOST,) if photo.is_damaged else ()
        measured = quality_codes(quality, self.limits, is_lit=is_lit)
        return lost + measured + framing_codes(framing, view, self.limits)

    def is_sure_of_side(self, prediction: Prediction) -> bool:
        """Return whether the network's own side of a photo counts as surely as one that was named."""
        seen = seen_side(prediction)
        if seen is None or seen.chance is None or self.side_sure_from is None or not self.knows_view:
            return False
        return seen.chance >= self.side_sure_from

    def set_codes(
        self,
        photos: Sequence[Photo],
        predictions: Sequence[Prediction],
        asked: Sequence[View],
        imprints: Sequence[Imprint],
        hashes: Sequence[str],
    ) -> list[tuple[PhotoCode, ...]]:
        """Return what is wrong with photos beside each other; `hashes` tell their files apart."""
        sizes = [0 if photo.is_damaged else photo.width_px * photo.height_px for photo in photos]
        ranks = list(zip(sizes, hashes, strict=True))
        twice = find_duplicates(imprints, ranks, self.limits.likeness)
        sides: list[tuple[PhotoCode, ...]] = [()] * len(photos)
        if self.knows_view:
            sides = side_codes(asked, predictions, sure_from=self.side_sure_from)
        return [(PhotoCode.DUPLICATE, *side) if index in twice else side for index, side in enumerate(sides)]
