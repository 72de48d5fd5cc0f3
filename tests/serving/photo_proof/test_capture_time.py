"""When a photo was taken is compared with the order and the bench; a wrong clock accuses nobody."""

from typing import Any

import pytest

from data.proof.proof import SuspicionKind
from features.photo.photo import Photo, read_photo
from serving.photo_proof.prove import heed_proof, prove
from tests.serving.clear_return import clear_case, scored
from tests.serving.photo_proof.labels import jpeg, label, with_labels

ORDERED = {"ordered_at": "2026-02-10T12:00:00Z"}
BEFORE, AFTER = SuspicionKind.TAKEN_BEFORE_ORDER, SuspicionKind.TAKEN_AFTER_VERIFICATION
EARLY_BENCH = {"verified_at": "2026-03-02T09:00:00Z"}


def photo_at(taken: str | None, offset: str | None = None, *texts: str) -> Photo:
    return read_photo(jpeg(with_labels(*map(label, texts)), taken, offset))


def suspected(photo: Photo, verification: dict[str, Any] | None = None) -> set[SuspicionKind]:
    proof = prove(clear_case(verification, **ORDERED), [photo])
    return {each.kind for each in proof.suspicions} if proof else set()


@pytest.mark.parametrize(
    ("taken", "offset", "verification", "kinds"),
    [
        ("2026:01:03 10:00:00", None, None, {BEFORE}),
        ("2026:03:05 10:00:00", None, EARLY_BENCH, {AFTER}),
        ("2026:03:01 10:00:00", None, None, set()),
        # A day of slack, and half a day where the camera does not tell its offset.
        ("2026:02:09 01:00:00", None, None, set()),
        ("2026:02:09 01:00:00", "+00:00", None, {BEFORE}),
        ("2026:02:09 13:00:00", "+00:00", None, set()),
        ("2000:01:01 00:00:00", None, None, set()),
        ("2031:01:01 00:00:00", None, EARLY_BENCH, set()),
        ("2026:13:45 10:00:00", None, None, set()),
        ("9999:12:31 23:59:59", None, None, set()),
        ("0000:00:00 00:00:00", None, None, set()),
        ("    :  :     :  :  ", None, None, set()),
        (None, None, None, set()),
    ],
)
def test_only_what_no_clock_explains_is_suspected(
    taken: str | None, offset: str | None, verification: dict[str, Any] | None, kinds: set[SuspicionKind]
) -> None:
    assert suspected(photo_at(taken, offset), verification) == kinds


def test_times_move_nothing_however_many_there_are() -> None:
    case = clear_case(EARLY_BENCH, **ORDERED)
    proof = prove(case, [photo_at("2015:01:03 10:00:00"), photo_at("2026:03:05 10:00:00")])

    assert proof is not None
    assert {each.kind for each in proof.suspicions} == {BEFORE, AFTER}
    assert heed_proof(scored(), case, proof) == scored()


@pytest.mark.parametrize("offset", [None, "-05:00"])
def test_it_is_read_as_it_was_noted(offset: str | None) -> None:
    assert photo_at("2026:03:01 10:00:00", offset).taken_at == f"2026-03-01T10:00:00{offset or ''}"
