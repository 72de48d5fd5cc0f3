"""Grade validation photos through serving and keep what it answered beside what is true."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from tqdm import tqdm

from data.condition import Condition
from data.defect import DefectKind
from data.device import View
from data.drawing.photo import DrawnPhoto
from data.photo_set import LabelledPhoto
from serving.condition import ConditionModel
from training.condition.settings import Settings
from training.condition.target import VIEW_GROUP, class_of

DRAWN = "drawn"
_JPEG_QUALITY = 92
_EDGE = 1e-9


@dataclass(frozen=True)
class Scored:
    """One validation photo: where it comes from, what is known of it, and the whole answer of serving."""

    name: str
    folder: str
    source: str
    group: str
    labels: dict[DefectKind, bool]
    device_class: str | None
    view: View | None
    condition: Condition

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


def score_real(model: ConditionModel, photos: Sequence[LabelledPhoto], settings: Settings) -> list[Scored]:
    """Grade labelled photos one by one; `settings` adds what their sources are known to be free of."""
    return [_score_one(model, photo, settings) for photo in tqdm(photos, desc="real photos", mininterval=5.0)]


def score_drawn(model: ConditionModel, photos: Iterable[DrawnPhoto]) -> list[Scored]:
    """Grade drawn photos one by one, as JPEG files."""
    return list(_score_each(model, tqdm(photos, desc="drawn photos", mininterval=5.0)))


def to_jpeg(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    """Return an (H, W, 3) uint8 array as a JPEG file."""
    body = io.BytesIO()
    Image.fromarray(pixels).save(body, "JPEG", quality=_JPEG_QUALITY)
    return body.getvalue()


def _score_one(model: ConditionModel, photo: LabelledPhoto, settings: Settings) -> Scored:
    rule = settings.rule(photo.folder, photo.source)
    clean = dict.fromkeys(rule.clean_of, False) if rule else {}
    return Scored(
        name=photo.path.name,
        folder=photo.folder,
        source=photo.source,
        group=photo.group,
        labels=clean | photo.labels,
        device_class=class_of(photo.device),
        view=None,
        condition=model.grade([photo.path.read_bytes()]),
    )


def _score_each(model: ConditionModel, photos: Iterable[DrawnPhoto]) -> Iterator[Scored]:
    for number, photo in enumerate(photos):
        shown = {defect.kind for defect in photo.defects}
        yield Scored(
            name=f"drawn-{number}",
            folder=DRAWN,
            source=photo.light.value,
            group=f"drawn-{number}",
            labels={kind: kind in shown for kind in DefectKind if kind not in photo.faint},
            device_class=photo.device_class,
            view=VIEW_GROUP.get(photo.view, photo.view),
            condition=model.grade([to_jpeg(photo.pixels)]),
        )
