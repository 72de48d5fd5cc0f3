"""Compare the sides that photos show with those that were asked for."""

from collections.abc import Sequence

from data.condition import PhotoCode
from data.device import LARGE_SURFACES, NARROW_SURFACES, Surface, View
from serving.condition.inference import Prediction


def side_codes(asked: Sequence[View], predictions: Sequence[Prediction]) -> list[tuple[PhotoCode, ...]]:
    """Return for each photo whether it shows another side than was asked, and one that another photo shows.

    The answer about a photo does not depend on the order of the photos.
    """
    seen = [_seen_side(prediction) for prediction in predictions]
    wanted = [_side(view) for view in asked]
    right = {want for want, side in zip(wanted, seen, strict=True) if want is not None and want == side}
    return [_codes(want, side, right) for want, side in zip(wanted, seen, strict=True)]


def _codes(wanted: Surface | None, seen: Surface | None, right: set[Surface]) -> tuple[PhotoCode, ...]:
    if wanted is None or seen is None or wanted == seen:
        return ()
    return (PhotoCode.WRONG_SIDE, PhotoCode.DUPLICATE_VIEW) if seen in right else (PhotoCode.WRONG_SIDE,)


def _seen_side(prediction: Prediction) -> Surface | None:
    return None if prediction.region is None else _side(prediction.view)


def _side(view: View) -> Surface | None:
    """Return front, back, or UNKNOWN for any edge; None where a side can't be compared."""
    # Edges are not told apart by the network, and a label may sit on any side.
    if view is View.EDGE or view.surface in NARROW_SURFACES:
        return Surface.UNKNOWN
    return view.surface if view.surface in LARGE_SURFACES else None
