"""Photos are kept whole, once and for good, and a changed one is told and never handed out."""

import hashlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from serving.record.photo_store.photo_store import PHOTOS, PhotoStore, beside_record
from serving.record.photo_store.sealing import KEY_BYTES
from serving.record.photo_store.store_error import (
    DamagedPhoto,
    InvalidPhotosUrl,
    MissingPhoto,
    UnusablePhotoStore,
)
from tests.s3_server import S3Server, s3_server

BODY = b"\xff\xd8 a photo \xff\xd9" * 100
SHA256 = hashlib.sha256(BODY).hexdigest()
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture(params=["folder", "memory", "file", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        return server.new_folder()
    return {
        "folder": str(tmp_path / "photos"),
        "memory": f"memory://{uuid4().hex}",
        # fsspec's own local files, as a stand-in for a store that is reached through it.
        "file": f"local://{tmp_path / 'photos'}",
    }[request.param]


@pytest.fixture
def store(url: str) -> PhotoStore:
    return PhotoStore.open(url)


def hashes(store: PhotoStore) -> set[str]:
    return {found.name.rpartition("/")[2] for found in store.place.found(PHOTOS)}


def now() -> datetime:
    return datetime.now(UTC)


def test_a_photo_is_handed_out_as_it_was_kept_under_its_hash(store: PhotoStore, url: str) -> None:
    assert store.keep(BODY) == SHA256
    assert store.read(SHA256) == BODY
    assert PhotoStore.open(url).read(SHA256) == BODY


def test_a_photo_that_is_kept_twice_is_there_once(store: PhotoStore) -> None:
    store.keep(BODY)
    store.keep(b"another")
    store.keep(BODY)

    assert hashes(store) == {SHA256, hashlib.sha256(b"another").hexdigest()}


def test_keeping_a_photo_again_counts_it_as_written_now(store: PhotoStore, url: str) -> None:
    # S3 tells the time in whole seconds.
    grain = timedelta(seconds=1) if url.startswith("s3") else timedelta(milliseconds=20)
    store.keep(BODY)
    time.sleep(1.1 if url.startswith("s3") else 0.0)
    between = now()
    store.keep(BODY)

    [found] = store.place.found(PHOTOS)
    assert found.written_at >= between - grain
    assert abs(found.written_at - now()) < timedelta(minutes=1)


@pytest.mark.parametrize("changed", [b"\0" + BODY[1:], BODY[:-1], b"", BODY + b"\0"])
def test_a_changed_photo_is_told_and_never_handed_out(store: PhotoStore, changed: bytes) -> None:
    store.keep(BODY)
    store.place.write(f"photos/{SHA256[:2]}/{SHA256}", changed)

    with pytest.raises(DamagedPhoto, match=f"{SHA256} was changed .* restore it from a backup"):
        store.read(SHA256)


def test_a_changed_photo_is_mended_by_keeping_it_again(store: PhotoStore) -> None:
    store.keep(BODY)
    store.place.write(f"photos/{SHA256[:2]}/{SHA256}", b"changed")
    store.keep(BODY)

    assert store.read(SHA256) == BODY


def test_a_photo_that_nobody_kept_is_missing(store: PhotoStore) -> None:
    with pytest.raises(MissingPhoto, match="no photo is kept under 00"):
        store.read("0" * 64)


def test_a_forgotten_photo_is_missing_and_may_be_forgotten_twice(store: PhotoStore) -> None:
    store.keep(BODY)

    assert [store.forget(SHA256), store.forget(SHA256)] == [True, True]
    assert list(store.keys.found("photos")) == []
    with pytest.raises(MissingPhoto):
        store.read(SHA256)
    assert list(store.place.found(PHOTOS)) == []


def test_a_photo_that_was_kept_again_meanwhile_is_not_taken_away(store: PhotoStore) -> None:
    store.keep(BODY)

    assert not store.forget(SHA256, before=now() - DAY)
    assert store.read(SHA256) == BODY
    assert store.forget(SHA256, before=now() + DAY)
    assert (hashes(store), list(store.keys.found("photos"))) == (set(), [])


def test_names_and_bytes_are_on_the_disk_before_a_photo_counts_as_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def watched_sync(handle: int) -> None:
        target = Path(f"/proc/self/fd/{handle}").readlink()
        done.append(f"folder {target.name}" if target.is_dir() else f"bytes {target.stat().st_size}")
        sync(handle)

    def watched_replace(path: Path, target: Path) -> Path:
        done.append("name")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", watched_sync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    PhotoStore.open(str(tmp_path / "kept")).keep(BODY)

    def above(folder: str) -> list[str]:
        # Each new folder is written into the one above it.
        return [f"folder {name}" for name in (tmp_path.name, folder, "photos")]

    # A note that it waits to be named, its key, and the photo.
    note = [*above("kept")[:2], "name", "folder waiting"]
    written = [[f"bytes {size}", "name", f"folder {SHA256[:2]}"] for size in (KEY_BYTES, len(BODY) + 52)]
    assert done == [*note, *above("kept-keys"), *written[0], *above("kept")[1:], *written[1]]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PhotoStore.open(str(tmp_path / "kept"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", lambda handle: None if is_folder(handle) else full(handle))
    with pytest.raises(UnusablePhotoStore, match="No space left on device; make room on its disk"):
        store.keep(BODY)

    # But for the note by which what might be there is looked for later.
    assert [path.parent.name for path in tmp_path.rglob("*") if path.is_file()] == ["waiting"]


def is_folder(handle: int) -> bool:
    return Path(f"/proc/self/fd/{handle}").readlink().is_dir()


def test_a_place_that_is_no_folder_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(UnusablePhotoStore, match="name another place in REGRADE_PHOTOS"):
        PhotoStore.open(str(tmp_path / "file")).keep(BODY)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nothing://bucket/photos", "Protocol not known"),
        ("adl://user:verysecret@host/photos", r"user:\*\*\*@host|driver is missing"),
    ],
)
def test_a_url_that_can_be_no_place_is_told_without_secrets(url: str, says: str) -> None:
    with pytest.raises(InvalidPhotosUrl, match=says) as raised:
        PhotoStore.open(url)

    assert "verysecret" not in str(raised.value)


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ("sqlite:///var/record.sqlite", "var/record-photos"),
        ("sqlite:////srv/regrade/record.sqlite", "/srv/regrade/record-photos"),
        ("sqlite://", "memory://regrade-photos"),
        ("postgresql+psycopg://user@host/name", "regrade-photos"),
        ("no url", "regrade-photos"),
    ],
)
def test_photos_lie_beside_the_record_if_nobody_says_where(record: str, place: str) -> None:
    assert beside_record(record) == place


def test_a_photo_is_no_link_to_what_others_may_change(tmp_path: Path) -> None:
    PhotoStore.open(str(tmp_path / "kept")).keep(BODY)

    for path in [path for path in tmp_path.rglob("*") if path.is_file()]:
        assert path.stat().st_mode & 0o077 == 0
        assert not path.is_symlink()


def test_a_copy_of_the_photos_without_their_keys_holds_nothing(store: PhotoStore, url: str) -> None:
    store.keep(BODY)
    [found] = store.place.found(PHOTOS)
    copy = store.place.read(found.name)

    store.forget(SHA256)
    store.place.write(found.name, copy)

    assert not any(BODY[at : at + 16] in copy for at in range(0, len(BODY), 8))
    with pytest.raises(MissingPhoto, match="its key is gone"):
        PhotoStore.open(url).read(SHA256)


def test_two_workers_may_keep_the_same_photo_at_once(
    store: PhotoStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = PhotoStore.open(url)
    write, turns = store.place.write, list[str]()

    def late(name: str, body: bytes) -> None:
        # Between the key and the file of one, the other writes both of its own.
        if not turns:
            turns.append(name)
            other.keep(BODY)
        write(name, body)

    monkeypatch.setattr(store.place, "write", late)
    store.keep(BODY)

    assert store.read(SHA256) == other.read(SHA256) == BODY
    store.forget(SHA256)
    assert list(store.keys.found("photos")) == []


def test_the_same_photo_is_sealed_otherwise_each_time(store: PhotoStore) -> None:
    sealed = []
    for _ in range(2):
        store.keep(BODY)
        [found] = store.place.found(PHOTOS)
        sealed.append(store.place.read(found.name))
        store.forget(SHA256)

    assert sealed[0] != sealed[1]


def test_a_photo_put_in_place_of_another_is_told(store: PhotoStore) -> None:
    other = store.keep(b"another")
    store.keep(BODY)
    name, from_ = (f"photos/{sha256[:2]}/{sha256}" for sha256 in (SHA256, other))
    store.place.write(name, store.place.read(from_))
    for found in list(store.keys.found("photos")):
        # Its key as well, which is named by the hash of the photo.
        key = found.name.rpartition("-")[2]
        store.keys.write(f"{name}-{key}", store.keys.read(found.name))

    with pytest.raises(DamagedPhoto):
        store.read(SHA256)


def test_a_photo_whose_key_is_lost_is_kept_anew(store: PhotoStore) -> None:
    store.keep(BODY)
    for found in list(store.keys.found("photos")):
        store.keys.remove(found.name)
    with pytest.raises(MissingPhoto):
        store.read(SHA256)
    store.keep(BODY)

    assert store.read(SHA256) == BODY
