"""Photos that were sent ahead are used as they were seen until their time is over, and leave nothing."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.defect import DefectKind
from data.device import DeviceClass, View
from features.photo.photo import Frame, Region, read_photo
from serving.condition.given.prediction_file import read_prediction, write_prediction
from serving.condition.inference import Prediction
from serving.record.photo_store.kept_photo import keep_photo
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.retention import read_retention
from serving.record.photo_store.store_error import DamagedPhoto, ExpiredUpload, UnknownUpload
from serving.record.photo_store.uploads import Upload, Uploads
from tests.fuzz.mutants import whole_photos

SIGHT, OTHER_SIGHT = "1" * 64, "2" * 64
BODY = whole_photos()["jpeg"]


@dataclass
class Clock:
    """A clock that stands still until it is put on."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.now(UTC))


@pytest.fixture
def store(tmp_path: Path) -> PhotoStore:
    return PhotoStore.open(str(tmp_path))


@pytest.fixture
def uploads(store: PhotoStore, clock: Callable[[], datetime]) -> Uploads:
    return Uploads(store, read_retention(), clock)


def seen(seed: int = 1, *, found: bool = True) -> Prediction:
    random = np.random.default_rng(seed)
    frame = Frame(np.zeros((96, 128, 3), np.uint8), -0.1, 1 / 3, 1 / 128, 1 / 96)
    return Prediction(
        defects={kind: float(random.random()) for kind in DefectKind},
        map=random.random((len(DefectKind) + 1, 12, 16)).astype(np.float32),
        frame=frame,
        region=Region(0.1, 1 / 3, 0.7, 0.9) if found else None,
        device_class=DeviceClass.PHONE if found else None,
        view=View.BACK,
        view_chances={View.BACK: 0.1 + float(random.random()), View.EDGE: 1 / 3} if found else None,
    )


@pytest.fixture
def upload(store: PhotoStore, uploads: Uploads) -> Upload:
    kept = keep_photo(store, BODY, read_photo(BODY))
    upload = Upload("a1", uploads.expiry(), "front.jpg", len(BODY), "3" * 64, None, View.BACK, kept)
    uploads.add(upload, SIGHT, seen())
    return upload


@pytest.mark.parametrize("found", [True, False])
def test_what_was_seen_is_read_back_bit_for_bit(found: bool) -> None:
    before = seen(found=found)
    after = read_prediction(write_prediction(before))

    assert after.map.tobytes() == before.map.tobytes()
    assert (after.map.dtype, after.map.shape) == (before.map.dtype, before.map.shape)
    assert after.frame.pixels.shape == before.frame.pixels.shape
    assert list(after.defects.items()) == list(before.defects.items())
    places = replace(before.frame, pixels=after.frame.pixels)
    assert after == replace(before, map=after.map, frame=places)


def test_what_was_seen_before_view_chances_were_kept_is_read_without_them() -> None:
    with np.load(io.BytesIO(write_prediction(seen()))) as file:
        told, places = json.loads(file["told"].tobytes()), file["map"]
    del told["view_chances"]
    body = io.BytesIO()
    np.savez_compressed(body, map=places, told=np.frombuffer(json.dumps(told).encode(), np.uint8))
    after = read_prediction(body.getvalue())

    assert after.view_chances is None
    assert after == replace(seen(), map=after.map, frame=after.frame, view_chances=None)


def test_a_photo_sent_ahead_is_judged_as_it_was_seen(uploads: Uploads, upload: Upload) -> None:
    given = uploads.given(uploads.get("a1", 0), SIGHT, 0)

    assert uploads.get("a1", 0) == upload
    assert given.seen is not None
    assert given.seen.map.tobytes() == seen().map.tobytes()
    assert given.sha256 == upload.sha256
    assert np.array_equal(read_photo(given.body).pixels, read_photo(BODY).pixels)


@pytest.mark.usefixtures("upload")
def test_another_network_sees_the_photo_anew_and_its_answer_is_kept_too(uploads: Uploads) -> None:
    upload = uploads.get("a1", 0)
    assert uploads.given(upload, OTHER_SIGHT, 0).seen is None

    uploads.see(upload, OTHER_SIGHT, seen(2))

    first, other = (uploads.given(upload, sight, 0).seen for sight in (SIGHT, OTHER_SIGHT))
    assert first is not None
    assert other is not None
    assert (first.defects, other.defects) == (seen(1).defects, seen(2).defects)


def test_findings_that_were_changed_are_not_used(store: PhotoStore, uploads: Uploads, upload: Upload) -> None:
    [found] = store.place.found("findings")
    body = store.place.read(found.name)
    store.place.write(found.name, body[:-1] + bytes([body[-1] ^ 1]))

    assert uploads.given(upload, SIGHT, 0).seen is None


def test_a_note_that_was_changed_counts_as_none(store: PhotoStore, uploads: Uploads, upload: Upload) -> None:
    store.place.write(
        f"uploads/{upload.photo_id}", store.place.read(f"uploads/{upload.photo_id}")[:-1] + b" "
    )

    with pytest.raises(UnknownUpload):
        uploads.get(upload.photo_id, 0)


@pytest.mark.parametrize("photo_id", ["", "none", "../uploads/a1", "a1/", "a1\0", "é" * 9, "a" * 65])
@pytest.mark.usefixtures("upload")
def test_an_id_that_nobody_gave_out_is_unknown(uploads: Uploads, photo_id: str) -> None:
    with pytest.raises(UnknownUpload, match="send it to /v1/photos first") as raised:
        uploads.get(photo_id, 3)

    assert raised.value.index == 3


def test_a_photo_whose_time_is_over_is_told_as_expired(
    uploads: Uploads, upload: Upload, clock: Clock
) -> None:
    clock.now += timedelta(hours=24)
    note = uploads.get(upload.photo_id, 1)

    with pytest.raises(ExpiredUpload, match=r"was kept until .* UTC: send it again") as raised:
        uploads.given(note, SIGHT, 1)
    assert raised.value.index == 1


def test_a_photo_that_was_erased_is_told_so(store: PhotoStore, uploads: Uploads, upload: Upload) -> None:
    store.forget(upload.kept.sha256)

    with pytest.raises(ExpiredUpload, match="was erased"):
        uploads.given(upload, SIGHT, 0)


def test_a_photo_that_was_changed_is_never_judged(
    store: PhotoStore, uploads: Uploads, upload: Upload
) -> None:
    sha256 = upload.kept.sha256
    store.place.write(f"photos/{sha256[:2]}/{sha256}", b"another photo")

    with pytest.raises(DamagedPhoto):
        uploads.given(upload, SIGHT, 0)


def test_findings_are_swept_with_their_photo_and_the_note_a_week_later(
    store: PhotoStore, uploads: Uploads, upload: Upload, clock: Clock
) -> None:
    start = clock.now
    left = []
    for hours in (23, 25, 7 * 24 + 1):
        clock.now = start + timedelta(hours=hours)
        uploads.sweep()
        left.append([len(list(store.place.found(folder))) for folder in ("findings", "uploads")])

    assert left == [[1, 1], [0, 1], [0, 0]]


def test_only_photos_that_may_still_be_decided_live(uploads: Uploads, upload: Upload, clock: Clock) -> None:
    assert list(uploads.living()) == [upload.kept.sha256]
    clock.now += timedelta(hours=24)
    assert list(uploads.living()) == []


def test_every_term_says_its_unit_and_why() -> None:
    terms = read_retention()

    assert terms.uploaded.time == timedelta(hours=24)
    for name in ("uploaded", "upload_note", "decided", "held", "orphan"):
        term = getattr(terms, name)
        assert term.unit in {"hours", "days"}
        assert len(term.reason) > 40
