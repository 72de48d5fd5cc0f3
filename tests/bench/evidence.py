"""Measure what record, look-ups and photo store add to a decision with a photo, with and without in turn."""

import tempfile
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from data.case import parse_case
from serving.pipeline import DecisionRequest, Pipeline
from serving.record.photo_store.photo_store import PHOTOS
from serving.record.photo_store.sent_photo import SentPhoto
from serving.settings import Settings
from serving.startup import open_pipeline
from tests.bench.timing import seconds_of

# What the project promises: record, look-ups and photo store add at most a tenth.
MOST_RATIO = 1.1
WARM_UP = 3


@dataclass(frozen=True)
class EvidenceCost:
    """Milliseconds of a decision by one photo that is kept, and of the same one that is not, over n pairs."""

    n: int
    photo_bytes: int
    kept_ms: float
    bare_ms: float
    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        promised = f"over {self.n} pairs; promised {MOST_RATIO:.2f}"
        return (
            f"evidence  one photo of {self.photo_bytes / 1e6:.1f} MB, a decision: p50 {self.kept_ms:.0f} ms, "
            f"and {self.bare_ms:.0f} ms where neither photo (in a folder) nor decision (in SQLite) is kept; "
            f"ratio {self.ratio:.3f} [{self.low:.3f}, {self.high:.3f}] {promised}"
        )


def measure_evidence(photo: bytes, case: dict[str, object], n: int) -> EvidenceCost:
    """Decide n times with and without keeping anything, in turn, and compare the medians."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(record_url=f"sqlite:///{Path(folder) / 'record.sqlite'}")
        pipeline = open_pipeline(settings, clock=lambda: datetime.now(UTC), new_id=lambda: uuid.uuid4().hex)
        # Anew each time: who is asked by the same object has its hash already.
        turns = [_turn(pipeline, photo, case) for _ in range(WARM_UP + n)][WARM_UP:]
        pipeline.record.close()
    kept, bare = (np.array(each) * 1000 for each in zip(*turns, strict=True))
    low, high = _interval(kept, bare)
    ratio = float(np.median(kept) / np.median(bare))
    return EvidenceCost(n, len(photo), float(np.median(kept)), float(np.median(bare)), ratio, low, high)


def _turn(pipeline: Pipeline, photo: bytes, case: dict[str, object]) -> tuple[float, float]:
    def asked() -> DecisionRequest:
        return DecisionRequest(parse_case(case), (SentPhoto("front.jpg", photo),))

    with_evidence, without = asked(), asked()
    times = (
        seconds_of(lambda: pipeline.decide(with_evidence)),
        seconds_of(lambda: _decide_only(pipeline, without)),
    )
    for found in list(pipeline.photos.place.found(PHOTOS)):
        # The next one is to be written as a new photo is.
        pipeline.photos.forget(found.name.rpartition("/")[2])
    return times


def _decide_only(pipeline: Pipeline, asked: DecisionRequest) -> object:
    return pipeline._decision(pipeline._weigh(asked.case, pipeline._examine_return(asked)))


def _interval(kept: np.ndarray, bare: np.ndarray) -> tuple[float, float]:
    """Return where the ratio of the medians lies in 95 of 100 resamples of the pairs."""
    random = np.random.default_rng(7)
    picks = random.integers(0, len(kept), (2_000, len(kept)))
    ratios = np.median(kept[picks], axis=1) / np.median(bare[picks], axis=1)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return float(low), float(high)
