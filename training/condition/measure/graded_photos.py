"""Grade validation photos through serving and keep its answers beside the truth."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from tqdm import tqdm

from data.condition import Box, Condition
from data.defect import DefectKind, Severity
from data.device import View
from data.drawing.photos import DrawnPhoto, Light
from data.labelled.photo_set import LabelledPhoto
from serving.condition.measuring import read_measuring
from serving.condition.model import ConditionModel
from training.condition.measure.drawn_devices import piece_lengths
from training.condition.measure.place_match import outline_boxes, overlaps
from training.condition.samples.target import VIEW_GROUP, class_of
from training.condition.settings import ConditionSettings

DRAWN = "drawn"
_JPEG_QUALITY = 92
_EDGE = 1e-9
# What a person has drawn outlines of in a photo set.
_OUTLINED = (DefectKind.SCRATCH, DefectKind.DENT)


@dataclass(frozen=True)
class DrawnTruth:
    """The truth of a drawn photo beyond its labels.

    `severities` holds the worst of each kind; `lengths_mm` the longest piece of each kind of damage that is
    there only once, pieces joined over the same gaps as serving joins them over.
    """

    view: View
    light: Light
    design: str
    severities: Mapping[DefectKind, Severity]
    lengths_mm: Mapping[DefectKind, float]


@dataclass(frozen=True)
class GradedPhoto:
    """One validation photo: where it comes from, what is known of it, and the whole answer of serving.

    `boxes` are the true ones, for each kind whose every place on the photo is known; `overlaps` tell how well
    the map finds the places that are there; `body` is a drawn photo's file.
    """

    name: str
    folder: str
    source: str
    group: str
    labels: dict[DefectKind, bool]
    device_class: str | None
    view: View | None
    condition: Condition
    boxes: Mapping[DefectKind, tuple[Box, ...]] = field(default_factory=dict)
    overlaps: Mapping[DefectKind, float] = field(default_factory=dict)
    drawn: "DrawnTruth | None" = None
    body: bytes = b""

    @property
    def is_drawn(self) -> bool:
        """Return whether the photo was drawn, not taken."""
        return self.folder == DRAWN

    @property
    def probabilities(self) -> dict[DefectKind, float]:
        """Return the served probability of each defect."""
        return self.condition.photos[0].defect_probabilities

    @property
    def logits(self) -> dict[DefectKind, float]:
        """Return the log odds of the served probabilities."""
        clipped = {kind: min(max(p, _EDGE), 1 - _EDGE) for kind, p in self.probabilities.items()}
        return {kind: float(np.log(p / (1 - p))) for kind, p in clipped.items()}


def score_real(
    model: ConditionModel, photos: Sequence[LabelledPhoto], settings: ConditionSettings
) -> list[GradedPhoto]:
    """Grade labelled photos one by one.

    `settings` adds what their sources are known to be free of.
    """
    return [_score_one(model, photo, settings) for photo in tqdm(photos, desc="real photos", mininterval=5.0)]


def score_drawn(
    model: ConditionModel, photos: Iterable[DrawnPhoto], *, name: str = DRAWN, count: int | None = None
) -> list[GradedPhoto]:
    """Grade drawn photos one by one, as JPEG files called by the name and their number."""
    shown = tqdm(photos, desc=f"{name} photos", mininterval=5.0, total=count)
    return [_score_drawn(model, photo, f"{name}-{number}") for number, photo in enumerate(shown)]


def to_jpeg(
    pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], *, quality: int = _JPEG_QUALITY
) -> bytes:
    """Return an (H, W, 3) uint8 array as a JPEG file."""
    body = io.BytesIO()
    Image.fromarray(pixels).save(body, "JPEG", quality=quality)
    return body.getvalue()


def _score_one(model: ConditionModel, photo: LabelledPhoto, settings: ConditionSettings) -> GradedPhoto:
    rule = settings.rule(photo.folder, photo.source)
    clean = dict.fromkeys(rule.clean_of, False) if rule else {}
    body = photo.path.read_bytes()
    examination = model.examine([body])
    size = examination.photos[0].width_px, examination.photos[0].height_px
    marked = [kind for kind in _OUTLINED if any(kind.value in mark.name for mark in photo.outlines or ())]
    return GradedPhoto(
        name=photo.path.name,
        folder=photo.folder,
        source=photo.source,
        group=photo.group,
        labels=clean | photo.labels,
        device_class=class_of(photo.device),
        view=None,
        condition=examination.condition,
        boxes={kind: outline_boxes(photo.outlines or (), kind, *size) for kind in marked},
    )


def _score_drawn(model: ConditionModel, photo: DrawnPhoto, name: str) -> GradedPhoto:
    shown = {defect.kind for defect in photo.defects}
    body = to_jpeg(photo.pixels)
    examination = model.examine([body])
    masks = {kind: photo.mask(kind) for kind in shown}
    return GradedPhoto(
        name=name,
        folder=DRAWN,
        source=photo.light.value,
        group=name,
        labels=photo.labels,
        device_class=photo.device_class,
        view=VIEW_GROUP.get(photo.view, photo.view),
        condition=examination.condition,
        boxes={kind: tuple(d.box for d in photo.defects if d.kind is kind) for kind in photo.labels},
        overlaps=overlaps(examination.predictions[0], masks, model.place_thresholds),
        drawn=_truth(photo),
        body=body,
    )


def _truth(photo: DrawnPhoto) -> DrawnTruth:
    order = list(Severity)
    kinds = [defect.kind for defect in photo.defects]
    measuring = read_measuring()
    return DrawnTruth(
        view=photo.view,
        light=photo.light,
        design=photo.design,
        severities={
            kind: max((d.severity for d in photo.defects if d.kind is kind), key=order.index)
            for kind in set(kinds)
        },
        lengths_mm={
            d.kind: max(piece_lengths(d, measuring.joined_within(d.kind)))
            for d in photo.defects
            if kinds.count(d.kind) == 1 and not d.kind.is_dirt
        },
    )
