"""What the record needs and knows is gathered while the network looks, and no failure of it is lost."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from features.photo.photo import Photo
from serving.condition.model import Examination, OnRead
from serving.pipeline import DecisionRequest, Pipeline
from serving.record.errors import UnusableRecord
from serving.record.photo_store.photo_store import PHOTOS
from serving.record.photo_store.store_error import UnusablePhotoStore
from serving.record.record import Record
from tests.serving.clear_return import clear_case
from tests.serving.pipeline.fake_models import FRONT, FakeGrader

WITHIN_S = 30.0


@dataclass
class SlowGrader(FakeGrader):
    """Decodes, and then looks for as long as somebody wants."""

    while_looking: Callable[[], None] = lambda: None

    def examine(self, photos: Sequence[Any], *, on_read: OnRead | None = None, **asked: Any) -> Examination:
        def read(decoded: Sequence[Photo]) -> None:
            if on_read:
                on_read(decoded)
            self.while_looking()

        return super().examine(photos, on_read=read, **asked)


@dataclass
class SilentGrader(FakeGrader):
    """Never says what it has decoded."""

    def examine(self, photos: Sequence[Any], **asked: Any) -> Examination:
        return super().examine(photos, **{**asked, "on_read": None})


def asked() -> DecisionRequest:
    return DecisionRequest(clear_case(), (FRONT,))


def with_grader(pipeline: Pipeline, kind: type[FakeGrader], **how: Any) -> Pipeline:
    return replace(pipeline, grader=kind(pipeline.grader.identity, **how))


def decisions(pipeline: Pipeline) -> int:
    return len(pipeline.record.page(limit=10).rows)


def gathering_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("gathering")]


def test_photos_are_kept_while_the_network_still_looks(pipeline: Pipeline) -> None:
    seen: list[int] = []

    def wait_until_kept() -> None:
        deadline = time.monotonic() + WITHIN_S
        while len(kept := list(pipeline.photos.place.found(PHOTOS))) < 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        seen.append(len(kept))

    result = with_grader(pipeline, SlowGrader, while_looking=wait_until_kept).decide(asked())

    assert seen == [1]
    assert [photo.kept is not None for photo in result.kept.photos] == [True]
    assert gathering_threads() == []


@pytest.mark.parametrize(("part", "error"), [("photos", UnusablePhotoStore), ("record", UnusableRecord)])
def test_what_fails_beside_the_network_fails_the_decision(
    pipeline: Pipeline, part: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error("away")

    if part == "photos":
        monkeypatch.setattr(pipeline.photos, "keep", fail)
    else:
        monkeypatch.setattr(pipeline.record, "recall", fail)

    with pytest.raises(error, match="away"):
        pipeline.decide(asked())

    monkeypatch.undo()
    assert decisions(pipeline) == 0
    assert gathering_threads() == []


def test_a_network_that_fails_is_told_once_all_is_quiet(pipeline: Pipeline) -> None:
    def fail() -> None:
        raise RuntimeError("no network")

    with pytest.raises(RuntimeError, match="no network"):
        with_grader(pipeline, SlowGrader, while_looking=fail).decide(asked())

    assert decisions(pipeline) == 0
    assert gathering_threads() == []


def test_photos_that_nobody_says_were_read_are_not_decided_without_being_kept(pipeline: Pipeline) -> None:
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        with_grader(pipeline, SilentGrader).decide(asked())

    assert decisions(pipeline) == 0


def test_a_return_without_photos_is_looked_up_as_well(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = []
    monkeypatch.setattr(pipeline.record, "recall", lambda case, traits: looked_up.append((case, traits)))

    pipeline.decide(DecisionRequest(clear_case()))

    assert looked_up == [(clear_case(), ())]


def test_a_record_in_memory_is_asked_where_it_is(pipeline: Pipeline) -> None:
    """It is another one in each thread, and the one beside would be empty."""
    in_memory = replace(pipeline, record=Record.open("sqlite:///:memory:", pipeline.new_id))

    in_memory.decide(asked())
    other = in_memory.decide(DecisionRequest(clear_case(rma_id="RMA-2"), (FRONT,)))

    assert other.kept.decision.memory is not None
    assert decisions(in_memory) == 2
    in_memory.record.close()
