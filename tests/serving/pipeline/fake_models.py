"""Grade and score without models, so that a test of the pipeline names only what differs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
from PIL import Image

from data.case import ReturnCase
from data.condition import Condition, ModelIdentity
from data.defect import DefectKind
from data.device import DeviceClass, View
from data.fraud import FraudScore
from features.photo.photo import Frame, Photo, UnreadablePhoto
from serving.condition.given.given_photo import GivenPhoto
from serving.condition.inference import Prediction
from serving.condition.model import Examination, OnRead
from serving.record.override import OverrideRequest
from serving.record.photo_store.sent_photo import SentPhoto
from tests.serving.clear_return import photographed, scored

MOMENT = datetime(2026, 3, 8, 10, 0, tzinfo=UTC)
FRONT = SentPhoto("front.jpg", b"front")
BACK = SentPhoto("back.jpg", b"back")


@dataclass
class FakeGrader:
    """Grades everything A, except the bytes b"broken", and remembers what it was asked."""

    identity: ModelIdentity
    asked: list[tuple[tuple[bytes, ...], DeviceClass | None, tuple[View, ...] | None]] = field(
        default_factory=list
    )
    skus: list[str | None] = field(default_factory=list)
    sight: str = "2" * 64
    anew: list[bool] = field(default_factory=list)

    def examine(
        self,
        photos: Sequence[GivenPhoto],
        *,
        device_class: DeviceClass | None = None,
        views: Sequence[View] | None = None,
        sku: str | None = None,
        on_read: OnRead | None = None,
    ) -> Examination:
        bodies = tuple(photo.body for photo in photos)
        self.skus.append(sku)
        self.anew += [photo.seen is None for photo in photos]
        self.asked.append((bodies, device_class, tuple(views) if views else None))
        if b"broken" in bodies:
            raise UnreadablePhoto("photo 1: broken", 0)
        read = tuple(Photo(Image.new("RGB", (4, 3)), 4, 3) for _ in photos)
        if on_read:
            on_read(read)
        return Examination(photographed(), read, tuple(seen() for _ in photos))


@dataclass
class FakeScorer:
    """Scores everything as harmless and remembers the conditions it was shown."""

    identity: ModelIdentity
    seen: list[Condition | None] = field(default_factory=list)

    def score(
        self,
        cases: Sequence[ReturnCase],
        conditions: Sequence[Condition | None] | None = None,
        *,
        reasons: int | None = None,  # noqa: ARG002
    ) -> list[FraudScore]:
        self.seen += conditions or []
        return [replace(scored(), rma_id=case.rma.rma_id) for case in cases]


def seen() -> Prediction:
    """Return what a network says that sees no device."""
    frame = Frame(np.zeros((96, 96, 3), np.uint8), 0.0, 0.0, 1 / 96, 1 / 96)
    places = np.zeros((len(DefectKind) + 1, 12, 12), np.float32)
    return Prediction(dict.fromkeys(DefectKind, 0.1), places, frame, None, None, View.UNKNOWN)


def choose(disposition: str, **more: str) -> OverrideRequest:
    values = {"disposition": disposition, "person": "ana", "reason": "looked at it", **more}
    return OverrideRequest.model_validate(values)
