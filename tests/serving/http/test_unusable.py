"""What can't be kept now is told with when to come back, and with no word of where it would be kept."""

import pytest

from serving.http.problems import problem_of
from serving.record.errors import Fault, UnknownDecision, UnusableRecord
from serving.record.photo_store.store_error import UnusablePhotoStore


def test_a_record_out_of_use_is_told_without_its_place() -> None:
    fault = Fault("its disk is full", "make room on its disk")
    problem = problem_of(UnusableRecord("record postgresql://me@10.0.0.7/records: no space left", fault))

    assert problem.http_status == 503
    assert "The record can't be used now: its disk is full." in problem.detail
    assert "make room on its disk" in problem.detail
    assert "10.0.0.7" not in problem.detail


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (UnusableRecord("no"), {"Retry-After": "2"}),
        (UnusablePhotoStore("no"), {"Retry-After": "2"}),
        (UnknownDecision("no"), {}),
    ],
)
def test_only_what_may_be_over_soon_says_when_to_come_back(error: Exception, headers: dict[str, str]) -> None:
    assert problem_of(error).headers == headers
