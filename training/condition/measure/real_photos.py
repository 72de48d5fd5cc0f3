"""Hold what the service says of real photos against what was seen on them by eye, source by source."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from data.condition import Condition
from data.defect import DefectKind, Grade
from data.device import LARGE_SURFACES, DeviceClass, Surface
from data.labelled.photo_set import LabelledPhoto
from training.condition.labels.eye_labels import EyeLabel, seen_by_eye
from training.condition.lines.cross_fit import CrossFitted
from training.condition.lines.side_belief import SideAnswer, side_answer
from training.condition.measure.seen_sides import known_grade
from training.metrics.figure import Share

_GOOD, _BAD = frozenset({Grade.A, Grade.B}), frozenset({Grade.D, Grade.E})


@dataclass(frozen=True)
class SeenPhoto:
    """One real photo that was labelled by eye, with the whole answer about it alone.

    `side` is what the network saw of its side; None where no side was settled or no device found.
    """

    source: str
    group: str
    label: EyeLabel
    condition: Condition
    side: SideAnswer | None = None

    @property
    def grade(self) -> Grade | None:
        """Return the grade as far as seen; None where no photo that can be judged shows a device."""
        return self.condition.as_far_as_seen.grade if self.condition.as_far_as_seen else None

    @property
    def is_clean(self) -> bool:
        """Return whether every kind of damage was looked for and none found."""
        return known_grade(self.label) is Grade.B

    @property
    def is_broken(self) -> bool:
        """Return whether its glass is cracked: D at best."""
        return known_grade(self.label) is Grade.D


Part = Callable[[SeenPhoto], bool]


def look_at_real_photos(models: CrossFitted, photos: Sequence[LabelledPhoto]) -> Iterator[SeenPhoto]:
    """Yield each photo that was labelled by eye, judged by itself; nothing is said of its class or view.

    Of the release's lines, those answer that were fitted without the photo.
    """
    for photo in tqdm(photos, desc="real photos", mininterval=5.0):
        body = photo.path.read_bytes()
        label = seen_by_eye(body)
        if label is not None:
            examined = models.of(photo.group).examine([body])
            side = side_answer(examined.predictions[0], label)
            yield SeenPhoto(photo.source, photo.group, label, examined.condition, side)


def figures_of(photos: Sequence[SeenPhoto], thresholds: Mapping[DefectKind, float]) -> dict[str, Any]:
    """Return every figure of some photos: grades of clean and broken ones, alarms, views and classes."""
    clean, broken = [one for one in photos if one.is_clean], [one for one in photos if one.is_broken]
    return {
        "photos": len(photos),
        "clean": {
            "b_or_better": _share(clean, lambda one: one.grade in _GOOD),
            "without_a_person": _share(clean, _is_given),
            "d_or_e": _share(clean, lambda one: one.grade in _BAD),
            "not_graded": _share(clean, lambda one: one.grade is None),
        },
        "broken": {"graded_too_well": _share(broken, _is_too_good)},
        "alarms": {kind: _alarms(photos, kind, thresholds[kind], there=False) for kind in DefectKind},
        "found": {kind: _alarms(photos, kind, thresholds[kind], there=True) for kind in DefectKind},
        "views": {side: _view_right(photos, side) for side in LARGE_SURFACES},
        "classes": {name: _class_right(photos, name) for name in DeviceClass},
    }


def by_source(photos: Sequence[SeenPhoto]) -> dict[str, list[SeenPhoto]]:
    """Return the photos of each source, in the order of their names."""
    sources = sorted({one.source for one in photos})
    return {source: [one for one in photos if one.source == source] for source in sources}


def _is_given(one: SeenPhoto) -> bool:
    seen = one.condition.as_far_as_seen
    return seen is not None and not seen.needs_person


def _is_too_good(one: SeenPhoto) -> bool:
    return one.grade is not None and one.grade not in _BAD


def _alarms(
    photos: Sequence[SeenPhoto], kind: DefectKind, threshold: float, *, there: bool
) -> dict[str, Any]:
    known = [one for one in photos if one.label.kinds.get(kind) is there]
    return _share(known, lambda one: one.condition.probability(kind) >= threshold)


def _view_right(photos: Sequence[SeenPhoto], side: Surface) -> dict[str, Any]:
    shown = [one for one in photos if one.label.side == side.value and one.condition.photos[0].device_found]
    return _share(shown, lambda one: one.condition.photos[0].view.surface is side)


def _class_right(photos: Sequence[SeenPhoto], name: DeviceClass) -> dict[str, Any]:
    shown = [one for one in photos if one.label.device_class is name]
    return _share(shown, lambda one: one.condition.photos[0].device_class is name)


def _share(photos: Sequence[SeenPhoto], is_so: Part) -> dict[str, Any]:
    return Share(sum(map(is_so, photos)), len(photos)).to_json()
