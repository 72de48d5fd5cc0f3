"""A record with a little of everything, on every database."""

from collections.abc import Iterator

import pytest

from serving.record.record import Record
from tests.serving.record.entries import filled_record


@pytest.fixture(autouse=True)
def _patient(patient_record: None) -> None:
    """Let every test here wait as long as it takes."""


@pytest.fixture
def record(record_url: str) -> Iterator[Record]:
    opened = filled_record(record_url)
    yield opened
    opened.close()
