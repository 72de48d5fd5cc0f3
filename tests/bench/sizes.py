"""Measure how large a decision is in the record: bare, with photos, and with what they are known by."""

import tempfile
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from features.photo.likeness.likeness import take_likeness
from serving.record.entry import Entry
from serving.record.photo_store.kept_photo import KeptPhoto
from serving.record.photo_store.photo_trace import PhotoTrace
from serving.record.record import Record
from tests.serving.record.entries import entry

PHOTOS = 4
NOISE_PX = (400, 300, 3)


@dataclass(frozen=True)
class RecordSizes:
    """Bytes in a SQLite record, indexes and journal with them, over n decisions."""

    n: int
    decision: float
    photo: float
    likeness: float

    def __str__(self) -> str:
        return (
            f"sizes     a decision {self.decision:,.0f} bytes in SQLite, each of {PHOTOS} photos "
            f"{self.photo:,.0f} more, its likeness with the marks it is filed under {self.likeness:,.0f} "
            f"(n = {self.n})"
        )


def measure_sizes(n: int) -> RecordSizes:
    """Keep n decisions three times over: bare, with traces of photos, and with their likenesses too."""
    bare, traced, known = (_bytes_each(n, *what) for what in ((0, False), (PHOTOS, False), (PHOTOS, True)))
    return RecordSizes(n, bare, (traced - bare) / PHOTOS, (known - traced) / PHOTOS)


def _bytes_each(n: int, photos: int, with_likenesses: bool) -> float:
    random = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "record.sqlite"
        record = Record.open(f"sqlite:///{path}", new_id=_new_id)
        for _ in range(n):
            record.append(_entry(random, photos, with_likenesses))
        record.close()
        return path.stat().st_size / n


def _entry(random: np.random.Generator, photos: int, with_likenesses: bool) -> Entry:
    given = entry(_new_id(), key=_new_id())
    traces = tuple(_trace(number) for number in range(photos))
    likenesses = {
        number: take_likeness(Image.fromarray(random.integers(0, 256, NOISE_PX, dtype=np.uint8)))
        for number in range(photos if with_likenesses else 0)
    }
    return replace(given, photos=traces, likenesses=likenesses)


def _trace(number: int) -> PhotoTrace:
    kept = KeptPhoto(_hash(), "image/jpeg", 1_321_000, _hash(), 4032, 3024, 1, False, False)
    return PhotoTrace(number, "front.jpg", 1_321_735, _hash(), kept=kept)


def _hash() -> str:
    return _new_id() * 2


def _new_id() -> str:
    return uuid.uuid4().hex
