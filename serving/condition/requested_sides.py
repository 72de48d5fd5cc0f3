"""Compare the sides that photos show with those that were asked for.

Whoever takes a photo knows which side it shows better than a network that takes some backs for fronts. So the
side that was named is believed, unless the network is as sure of another one as its release asks for.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.condition import PhotoCode
from data.device import LARGE_SURFACES, NARROW_SURFACES, Surface, View
from serving.condition.inference import Prediction
from serving.release import BrokenRelease

SIDE_SURE_FROM = "side_sure_from"
"""The entry of a manifest: the probability from which a side that is seen outweighs the one named."""


@dataclass(frozen=True)
class SeenSide:
    """The side that the network sees on a photo, and its probability; None where that was not kept."""

    side: Surface
    chance: float | None

    def outweighs(self, named: Surface, sure_from: float | None) -> bool:
        """Return whether the photo is held to show another side than was named.

        Any other side counts where the release states no `sure_from`, or where nobody knows how sure it was.
        """
        is_sure = sure_from is None or self.chance is None or self.chance >= sure_from
        return self.side != named and is_sure


def read_side_sure_from(manifest: Mapping[str, Any]) -> float | None:
    """Return from which probability a release's own side counts, None where it does not say.

    Above 1 it never counts. Raises BrokenRelease if it is no number from 0 on.
    """
    stated = manifest.get(SIDE_SURE_FROM)
    if stated is None:
        return None
    # NaN is not from 0 on either: nothing would ever be held against a photo.
    if isinstance(stated, bool) or not isinstance(stated, int | float) or not 0.0 <= stated < math.inf:
        raise BrokenRelease(
            f"the condition release states {SIDE_SURE_FROM} {stated!r}, which is no number from 0 on: "
            "restore the release, or leave the entry out, and any other side than the one named counts"
        )
    return float(stated)


def side_codes(
    asked: Sequence[View], predictions: Sequence[Prediction], *, sure_from: float | None = None
) -> list[tuple[PhotoCode, ...]]:
    """Return for each photo whether it shows another side than was asked, and one that another photo shows.

    `sure_from` is the release's `side_sure_from`. The answer about a photo does not depend on the order of
    the photos.
    """
    seen = [seen_side(prediction) for prediction in predictions]
    wanted = [side_of(view) for view in asked]
    right = {want for want, one in zip(wanted, seen, strict=True) if one is not None and want == one.side}
    return [_codes(want, one, right, sure_from) for want, one in zip(wanted, seen, strict=True)]


def seen_side(prediction: Prediction) -> SeenSide | None:
    """Return the side that the network sees; None without a device, or of a side that can't be compared."""
    side = None if prediction.region is None else side_of(prediction.view)
    if side is None:
        return None
    chances = prediction.view_chances
    if chances is None:
        return SeenSide(side, None)
    # A sum of rounded shares may end above 1, which would outweigh even what nothing shall.
    return SeenSide(side, min(1.0, sum(chance for view, chance in chances.items() if side_of(view) is side)))


def side_of(view: View) -> Surface | None:
    """Return front, back, or UNKNOWN for any edge; None where a side can't be compared."""
    # Edges are not told apart by the network, and a label may sit on any side.
    if view is View.EDGE or view.surface in NARROW_SURFACES:
        return Surface.UNKNOWN
    return view.surface if view.surface in LARGE_SURFACES else None


def _codes(
    wanted: Surface | None, seen: SeenSide | None, right: set[Surface], sure_from: float | None
) -> tuple[PhotoCode, ...]:
    if wanted is None or seen is None or not seen.outweighs(wanted, sure_from):
        return ()
    if seen.side in right:
        return (PhotoCode.WRONG_SIDE, PhotoCode.DUPLICATE_VIEW)
    return (PhotoCode.WRONG_SIDE,)
