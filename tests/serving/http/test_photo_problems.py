"""What goes wrong with a kept photo is told by its own kind, and never where the photos lie."""

import pytest

from serving.http.problems import ProblemKind, problem_of
from serving.http.responses import answer_problem
from serving.record.photo_store.sent_photo import MixedClasses
from serving.record.photo_store.store_error import (
    DamagedPhoto,
    ErasedPhoto,
    ExpiredUpload,
    MissingPhoto,
    UnknownPhoto,
    UnknownUpload,
    UnusablePhotoStore,
)


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        (UnknownUpload("there is no photo 'x'", 2), ProblemKind.UNKNOWN_PHOTO_ID, 422),
        (ExpiredUpload("it was kept until noon", 0), ProblemKind.PHOTO_ID_GONE, 410),
        (MixedClasses("phone and tablet"), ProblemKind.WRONG_FIELD, 422),
        (UnknownPhoto("it has no photo of this number"), ProblemKind.UNKNOWN_PHOTO, 404),
        (ErasedPhoto("its term is over"), ProblemKind.PHOTO_GONE, 410),
        (DamagedPhoto("it was changed"), ProblemKind.DAMAGED_PHOTO, 500),
        (MissingPhoto("nothing is kept"), ProblemKind.DAMAGED_PHOTO, 500),
        (UnusablePhotoStore("/srv/photos: No space left"), ProblemKind.PHOTOS_UNUSABLE, 503),
    ],
)
def test_each_fault_of_a_kept_photo_has_its_own_kind(
    error: Exception, kind: ProblemKind, status: int
) -> None:
    problem = problem_of(error)

    assert (problem.kind, problem.http_status) == (kind, status)


def test_a_photo_that_was_sent_ahead_is_named_by_its_place() -> None:
    problem = problem_of(UnknownUpload("there is no photo 'x': send it to /v1/photos first", 2))

    assert problem.errors == ("photo_ids.2: there is no photo 'x': send it to /v1/photos first",)


def test_a_store_that_is_full_is_told_with_when_to_come_back(caplog: pytest.LogCaptureFixture) -> None:
    answer = answer_problem(problem_of(UnusablePhotoStore("/srv/photos: No space left; make room")))

    assert int(answer.headers["Retry-After"]) > 0
    assert b"/srv/photos" not in bytes(answer.body)
    assert "/srv/photos: No space left; make room" in caplog.text
