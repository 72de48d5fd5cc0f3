"""A record with decisions that wait for different reasons, on every database."""

from collections.abc import Iterator

import pytest

from data.fraud import Action
from serving.record.record import Record
from tests.serving.clear_return import clear_case
from tests.serving.record.entries import entry, numbered


@pytest.fixture(autouse=True)
def _patient(patient_record: None) -> None:
    """Let every test here wait as long as it takes."""


@pytest.fixture
def record(record_url: str) -> Iterator[Record]:
    opened = Record.open(record_url, numbered("id"))
    opened.append(entry("dec-1", case=clear_case(rma_id="RMA-1"), action=Action.REVIEW))
    yield opened
    opened.close()
