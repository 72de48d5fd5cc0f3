"""Make a pipeline of fakes with a real record and a real store of photos."""

from itertools import count
from pathlib import Path

import pytest

from data.condition import ModelIdentity
from serving.disposition.policy import open_policy
from serving.pipeline import Pipeline
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.retention import read_retention
from serving.record.photo_store.uploads import Uploads
from serving.record.record import Record
from tests.serving.pipeline.fake_models import MOMENT, FakeGrader, FakeScorer


@pytest.fixture
def grader() -> FakeGrader:
    return FakeGrader(ModelIdentity("condition", "0", "0" * 64))


@pytest.fixture
def scorer() -> FakeScorer:
    return FakeScorer(ModelIdentity("fraud", "0", "1" * 64))


@pytest.fixture
def pipeline(tmp_path: Path, grader: FakeGrader, scorer: FakeScorer) -> Pipeline:
    numbers = count(1)

    def new_id() -> str:
        return f"id-{next(numbers)}"

    record = Record.open(f"sqlite:///{tmp_path / 'record.sqlite'}", new_id)
    photos = PhotoStore.open(str(tmp_path / "photos"))
    uploads = Uploads(photos, read_retention(), lambda: MOMENT)
    return Pipeline(grader, scorer, open_policy(), record, photos, uploads, lambda: MOMENT, new_id)
