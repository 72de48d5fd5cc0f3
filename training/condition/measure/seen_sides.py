"""Bound the error of grades as far as seen: on drawn devices, and no lower than holds on real photos too.

A drawn device is graded by each set of its photos, and its true grade is the house pack applied to what lies
on the sides that they show. Of a real photo a grade is known only where it was labelled by eye: damaged glass
is D at best, and where every kind of damage was looked for and none found, B at least. No real device was
photographed from both sides, so a front and a back of two devices of one class stand for one. Real photos are
graded by lines that were fitted without them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field
from tqdm import tqdm

from data.condition import AsFarAsSeen
from data.defect import DefectKind, Grade
from data.device import LARGE_SURFACES, DeviceClass, Surface, View, large_sides
from data.drawing.damage.seen_through import ALL_ROUND
from data.labelled.photo_set import LabelledPhoto
from data.versioned_file import VersionedFile, read_versioned
from serving.condition.criteria import House
from serving.condition.given.given_photo import GivenPhoto
from serving.condition.model import ConditionModel
from training.condition.labels.eye_labels import EyeLabel, seen_by_eye
from training.condition.lines.cross_fit import CrossFitted
from training.condition.measure.coverage import Graded, Point, RiskSettings, curve
from training.condition.measure.drawn_devices import DrawnDevice, Exact, true_pack_grade
from training.condition.measure.graded_photos import to_jpeg
from training.condition.measure.risk import statement
from training.metrics.figure import Share

SEEN_SIDES = Path(__file__).parent / "seen-sides.yaml"
_DAMAGE = tuple(kind for kind in DefectKind if not kind.is_dirt)
_VIEW_OF_SIDE = {"front": View.FRONT_OFF, "back": View.BACK}


class SeenSides(VersionedFile):
    """The entries of seen-sides.yaml, explained there."""

    sets: tuple[tuple[View, ...], ...] = Field(min_length=1)


@dataclass(frozen=True)
class RealSide:
    """A labelled photo of one side: the model that answers about it, its known grade, and what was seen."""

    model: ConditionModel
    truth: Grade
    device_class: DeviceClass | None
    view: View
    photo: GivenPhoto


@dataclass(frozen=True)
class SeenSet:
    """One set of views, and how devices that showed them were graded as far as seen."""

    views: tuple[View, ...]
    drawn: list[Graded]
    real: list[Graded]

    @property
    def sides(self) -> frozenset[Surface]:
        """Return which large sides the views show."""
        return large_sides(self.views)


@cache
def read_seen_sides(path: Path = SEEN_SIDES) -> SeenSides:
    """Read the sets of views; raises InvalidFile."""
    return read_versioned(path, SeenSides)


def grade_sets(
    model: ConditionModel, house: House, devices: Iterable[DrawnDevice], sets: Sequence[tuple[View, ...]]
) -> list[list[Graded]]:
    """Return how each device is graded by each set of its views; `model` must never lack certainty."""
    graded: list[list[Graded]] = [[] for _ in sets]
    for device in devices:
        bodies = [to_jpeg(photo.pixels) for photo in device.photos]
        photos = _looked_at(model, bodies, device.device_class, device.views)
        for of_set, views in zip(graded, sets, strict=True):
            shown = [photos[device.views.index(view)] for view in views]
            condition = model.grade(shown, device_class=device.device_class, views=views)
            of_set.append(_graded(true_grade(house, device, views), condition.as_far_as_seen))
    return graded


def true_grade(house: House, device: DrawnDevice, views: Sequence[View]) -> Grade:
    """Return the grade that the pack gives to what lies on the sides that some views show."""
    sides = large_sides(views)
    there = [defect for defect in device.defects if _lies_on(defect, sides)]
    return Grade(true_pack_grade(house, there, LARGE_SURFACES).grade)


def look_at_sides(models: CrossFitted, photos: Sequence[LabelledPhoto]) -> Iterator[RealSide]:
    """Yield each labelled photo of a large side whose grade is known, with what the network saw in it."""
    for photo in tqdm(photos, desc="real photos", mininterval=5.0):
        body = photo.path.read_bytes()
        label = seen_by_eye(body)
        truth = known_grade(label) if label else None
        if label is None or truth is None or label.side not in _VIEW_OF_SIDE:
            continue
        view = View.FRONT_ON if label.side == "front" and label.is_lit else _VIEW_OF_SIDE[label.side]
        model, device_class = models.of(photo.group), label.device_class
        [looked_at] = _looked_at(model, [body], device_class, [view])
        yield RealSide(model, truth, device_class, view, looked_at)


def grade_real(sides: Sequence[RealSide], views: Sequence[View]) -> list[Graded]:
    """Return how real photos are graded as such a set: each of one side, or a front beside a back."""
    shown = {surface: [one for one in sides if one.view.surface is surface] for surface in LARGE_SURFACES}
    surfaces = [view.surface for view in views]
    if len(surfaces) == 1:
        return [_grade_together([one]) for one in shown[surfaces[0]]]
    if len(set(surfaces)) == len(surfaces):
        return [_grade_together(pair) for pair in _pairs(shown[surfaces[0]], shown[surfaces[1]])]
    return []


def _pairs(ones: Sequence[RealSide], others: Sequence[RealSide]) -> Iterator[tuple[RealSide, ...]]:
    """Yield photos of two sides beside each other, each at most once, of one class and by one model.

    The lines of one model were fitted without the photos of either.
    """
    for model, device_class in dict.fromkeys((one.model, one.device_class) for one in ones):
        alike = [
            [one for one in of if one.model is model and one.device_class is device_class]
            for of in (ones, others)
        ]
        yield from zip(*alike, strict=False)


def _grade_together(sides: Sequence[RealSide]) -> Graded:
    """Grade some sides as one device: it is as bad as its worst side."""
    first = sides[0]
    condition = first.model.grade(
        [one.photo for one in sides],
        device_class=first.device_class,
        views=[one.view for one in sides],
    )
    return _graded(max((one.truth for one in sides), key=lambda grade: grade.rank), condition.as_far_as_seen)


def known_grade(label: EyeLabel) -> Grade | None:
    """Return D of broken glass, B where every kind of damage was looked for and none found; None else."""
    if label.kinds.get(DefectKind.CRACK):
        return Grade.D
    return Grade.B if all(label.kinds.get(kind) is False for kind in _DAMAGE) else None


def states(found: SeenSet, house: House, settings: RiskSettings) -> dict[str, Any]:
    """Return an entry of the manifest's `abstention_as_seen`.

    Its threshold is the lowest one that drawn devices bear and from which the shares of real photos graded
    wrongly lie within both bounds; None where there is none.
    """
    stated = statement(found.drawn, house, settings)
    kept = [point for point in curve(found.real, settings) if found.real and _is_within(point, settings)]
    least = stated["threshold"]
    borne = [point.threshold for point in kept if least is not None and point.threshold >= least]
    threshold = (min(borne) if borne else None) if found.real else least
    return {
        **stated,
        "threshold": threshold,
        "threshold_of_drawn": least,
        "sides": sorted(found.sides),
        "photos": len(found.views),
        "measured_on": "drawn devices and real photos" if found.real else "drawn devices",
        "real": _real_counts(found.real, threshold),
        **_counts(found.drawn, threshold),
    }


def _graded(truth: Grade, seen: AsFarAsSeen | None) -> Graded:
    if seen is None or seen.needs_person:
        return Graded(truth, None, 0.0)
    return Graded(truth, _at_best(truth, seen.grade), seen.probability)


def _at_best(truth: Grade, given: Grade) -> Grade:
    """Return a grade, B for A where no more than B is known: whether it is A, no photo tells."""
    return Grade.B if truth is Grade.B and given is Grade.A else given


def _looked_at(
    model: ConditionModel, bodies: Sequence[bytes], device_class: DeviceClass | None, views: Sequence[View]
) -> list[GivenPhoto]:
    """Return a device's photos with what the network saw in each, so that each is run once."""
    given = [GivenPhoto.of(body) for body in bodies]
    seen = model.examine(given, device_class=device_class, views=views).predictions
    return [replace(photo, seen=prediction) for photo, prediction in zip(given, seen, strict=True)]


def _lies_on(defect: Exact, sides: frozenset[Surface]) -> bool:
    return defect.kind in ALL_ROUND or defect.surface in sides


def _is_within(point: Point, settings: RiskSettings) -> bool:
    decided = max(point.decided, 1)
    is_over_kept = point.over / decided <= settings.over_graded_at_most
    return is_over_kept and point.under / decided <= settings.under_graded_at_most


def _real_counts(graded: Sequence[Graded], threshold: float | None) -> Mapping[str, Any]:
    counts = _counts(graded, threshold)
    wrong = {
        name: Share(counts[name], counts["decided"]).to_json() for name in ("over_graded", "under_graded")
    }
    return {"photos": len(graded), **counts, **wrong}


def _counts(graded: Sequence[Graded], threshold: float | None) -> Mapping[str, int]:
    decided = [one for one in graded if threshold is not None and one.given and one.chance >= threshold]
    return {
        "decided": len(decided),
        "over_graded": sum(one.gap < 0 for one in decided),
        "under_graded": sum(one.gap > 0 for one in decided),
    }
