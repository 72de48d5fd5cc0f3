"""What is past its time or named by nobody goes; what a decision names, or may still name, stays."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from data.fraud import Action
from features.photo.photo import read_photo
from serving.record.photo_store.kept_photo import keep_photo
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.store_error import UnusablePhotoStore
from serving.record.photo_store.sweep import Swept, sweep
from serving.record.photo_store.sweeper import EVERY, Sweeper
from serving.record.photo_store.uploads import Upload
from tests.serving.record.kept_photos import BACK, FRONT, PHOTOS, Clock, Shelf
from tests.serving.record.photo_store.test_uploads import SIGHT, seen

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def shelf(record_url: str, tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf.under(record_url, tmp_path)
    yield shelf
    shelf.record.close()


def swept(shelf: Shelf) -> Swept:
    return sweep(shelf.record.engine, shelf.store, shelf.uploads, shelf.retention, shelf.clock())


def grow_old(shelf: Shelf, age: timedelta = 2 * DAY) -> None:
    for sha256 in shelf.hashes():
        shelf.age(sha256, age)


def test_a_named_photo_stays_however_old_it_is(shelf: Shelf) -> None:
    named = shelf.decide("one", FRONT, BACK)
    shelf.clock.now += 399 * DAY
    grow_old(shelf, 399 * DAY)

    assert swept(shelf) == Swept(0, 0, 0)
    assert shelf.hashes() == set(named)


def test_a_photo_that_a_crash_left_before_its_row_goes_after_a_day(shelf: Shelf) -> None:
    [named] = shelf.decide("one", FRONT)
    orphan = keep_photo(shelf.store, BACK, read_photo(BACK)).sha256
    left = []
    for age in (23 * HOUR, 25 * HOUR):
        grow_old(shelf, age)
        swept(shelf)
        left.append(shelf.hashes())

    assert left == [{named, orphan}, {named}]


def test_an_orphan_that_is_kept_again_is_not_taken_from_the_decision_that_will_name_it(shelf: Shelf) -> None:
    keep_photo(shelf.store, FRONT, read_photo(FRONT))
    grow_old(shelf)
    shelf.clock.now = Clock().now
    [again] = {keep_photo(shelf.store, FRONT, read_photo(FRONT)).sha256}
    shelf.age(again, HOUR)

    assert swept(shelf).unnamed == 0
    assert shelf.hashes() == {again}


def test_what_a_crash_left_unfinished_goes_with_its_photo(shelf: Shelf) -> None:
    orphan = keep_photo(shelf.store, FRONT, read_photo(FRONT)).sha256
    unfinished = shelf.folder / f"photos/{orphan[:2]}/.{orphan[:16]}-abc.tmp"
    unfinished.write_bytes(b"half a photo")
    grow_old(shelf)

    assert swept(shelf) == Swept(0, 1, 0)
    assert [path for path in shelf.folder.parent.rglob("photos*/**/*") if path.is_file()] == []


def test_photos_of_another_record_are_never_touched(shelf: Shelf, tmp_path: Path) -> None:
    other = Shelf.under(f"sqlite:///{tmp_path / 'other.sqlite'}", tmp_path)
    theirs = other.decide("theirs", BACK)
    shelf.decide("one", FRONT)
    grow_old(shelf)
    shelf.clock.now += 2_000 * DAY

    assert swept(shelf) == Swept(1, 0, 0)
    assert shelf.hashes() == set(theirs)


@pytest.mark.parametrize(("action", "days"), [(Action.RELEASE, 400), (Action.HOLD, 1095)])
def test_a_photo_goes_when_the_term_of_its_decision_is_over(shelf: Shelf, action: Action, days: int) -> None:
    [kept] = shelf.decide("one", FRONT, action=action)
    grow_old(shelf)
    left = []
    for passed in (days - 1, days + 1):
        shelf.clock.now = Clock().now + passed * DAY
        swept(shelf)
        left.append((shelf.hashes(), shelf.record.names_photo("one", kept)))

    assert left == [({kept}, True), (set(), False)]


def test_a_photo_of_two_decisions_goes_with_the_later_one(shelf: Shelf) -> None:
    first, other = shelf.decide("one", FRONT), shelf.decide("two", FRONT, at=Clock().now + 10 * DAY)
    grow_old(shelf)
    left = []
    for passed in (401, 411):
        shelf.clock.now = Clock().now + passed * DAY
        swept(shelf)
        left.append(shelf.hashes())

    assert first == other
    assert left == [set(first), set()]


def test_a_photo_sent_ahead_goes_with_its_time_unless_it_was_decided(shelf: Shelf) -> None:
    for photo_id, body in (("a1", FRONT), ("a2", BACK)):
        kept = keep_photo(shelf.store, body, read_photo(body))
        upload = Upload(photo_id, shelf.uploads.expiry(), "x.jpg", len(body), "3" * 64, None, None, kept)
        shelf.uploads.add(upload, SIGHT, seen())
    [decided] = shelf.decide("one", FRONT)
    before = shelf.hashes()
    left = []
    for hours in (23, 49):
        shelf.clock.now = Clock().now + hours * HOUR
        grow_old(shelf, 25 * HOUR)
        swept(shelf)
        left.append(shelf.hashes())

    assert left == [before, {decided}]


def test_thousands_of_photos_are_told_apart(shelf: Shelf) -> None:
    named = shelf.decide("one", *list(PHOTOS.values())[:12])
    for number in range(1_100):
        shelf.store.place.write(f"waiting/{number:064x}", b"")
    old_s = (shelf.clock.now - 2 * DAY).timestamp()
    for path in shelf.folder.parent.rglob("photos*/**/*"):
        os.utime(path, (old_s, old_s))

    assert swept(shelf) == Swept(0, 1_100, 0)
    assert shelf.hashes() == set(named)
    assert list(shelf.store.place.found("waiting")) == []


def test_one_worker_sweeps_at_a_time_and_again_after_a_while(tmp_path: Path) -> None:
    store, clock, runs = PhotoStore.open(str(tmp_path)), Clock(), []
    store.place.write("photos/x", b"")
    clock.now = next(iter(store.place.found("photos"))).written_at + HOUR
    workers = [Sweeper(store, lambda: runs.append(1), clock) for _ in range(3)]

    first = [worker.sweep_if_due() for worker in workers]
    clock.now += EVERY
    second = [worker.sweep_if_due() for worker in workers]

    assert first == [True, False, False]
    assert second[0]
    assert len(runs) >= 2


def test_a_sweep_that_fails_is_told_and_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.record.photo_store.sweeper.FIRST_AFTER_S", 0.0)
    monkeypatch.setattr("serving.record.photo_store.sweeper.LOOKS_EVERY_S", 0.01)
    tried: list[int] = []
    clock = Clock()
    sweeper = Sweeper(PhotoStore.open(str(tmp_path)), lambda: None, clock)

    def fail(_: object) -> bool:
        tried.append(1)
        if len(tried) > 2:
            sweeper.stop()
        raise UnusablePhotoStore("the disk is gone")

    monkeypatch.setattr(Sweeper, "sweep_if_due", fail)
    sweeper.start()
    sweeper._thread.join(10)

    assert len(tried) == 3
    assert "photos could not be swept" in caplog.text
