"""Say which photo of a device to take next: the one by which it may win most in its grade.

A face that was not seen may hide damage: a photo of it is taken to show none. Of a face that was seen another
photo, in other light, may lay a suspicion to rest: it is taken to speak neither for nor against any damage.
Each photo that could be taken is added in turn, and the device is graded again by the same rules.
"""

from collections.abc import Iterable, Sequence

from data.condition import MAX_PHOTOS, NextPhoto
from data.device import Surface, View
from serving.condition.combine_views import ViewChances, combine
from serving.condition.criteria import PackGrade, apply_pack
from serving.condition.device_defect import DeviceDefect
from serving.condition.rulebook import Rulebook

# After the faces: raking light tells a scratch from a reflection, a lit front what its display does.
_TAKEN_IN_ORDER = (View.FRONT_OFF, View.BACK, View.FRONT_RAKING, View.FRONT_ON)
_LEAST_GAIN = 0.02


def next_photo(
    rules: Rulebook,
    defects: Sequence[DeviceDefect],
    photos: Sequence[ViewChances],
    seen: frozenset[Surface],
    graded: PackGrade,
    *,
    size_spread: float,
) -> NextPhoto | None:
    """Return the photo that may win most; None where none wins anything, or nothing can be said of it.

    `photos` are all photos of the device, `defects` what they report, `seen` the sides that count as seen,
    and `graded` what the house makes of them.
    """
    is_known = bool(photos) and set(photos[0].defects) <= set(rules.calibrated.base_rate)
    if not is_known or len(photos) >= MAX_PHOTOS:
        return None

    def with_a_photo(view: View) -> PackGrade:
        more = [*photos, _taken(rules, view, photos)]
        possible = rules.possible(defects, combine(more, share_of_all=rules.measuring.all_photos_weigh))
        return apply_pack(rules.house, possible, seen | {view.surface}, size_spread=size_spread)

    now = _expected_rank(rules, graded)
    gains = [(now - _expected_rank(rules, with_a_photo(view)), view) for view in _candidates(photos)]
    # The first of equal gains, in the order in which photos are taken.
    gain, view = max(gains, key=lambda one: one[0])
    return NextPhoto(view, round(gain, 4)) if gain >= _LEAST_GAIN else None


def _candidates(photos: Iterable[ViewChances]) -> list[View]:
    """Return the views to choose from: those without a fit photo first."""
    taken = {photo.view for photo in photos if photo.is_fit}
    return sorted(_TAKEN_IN_ORDER, key=lambda view: view in taken)


def _taken(rules: Rulebook, view: View, photos: Iterable[ViewChances]) -> ViewChances:
    """Return what a photo of a view is taken to show: no more than was seen there, or is neutral."""
    of_side = [photo.defects for photo in photos if photo.view.surface is view.surface]
    shown = {
        kind: min(neutral, max((seen[kind] for seen in of_side), default=0.0))
        for kind, neutral in rules.calibrated.base_rate.items()
    }
    return ViewChances(view, shown, is_fit=True)


def _expected_rank(rules: Rulebook, graded: PackGrade) -> float:
    return sum(rules.house.rank[grade] * chance for grade, chance in graded.probabilities.items())
