"""Keep photos under the SHA-256 of their bytes, sealed, and never hand out one that has another."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Self

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from serving.record.photo_store.place import Found, Place
from serving.record.photo_store.places import open_place
from serving.record.photo_store.sealing import Key, key_name, seal, unseal
from serving.record.photo_store.store_error import DamagedPhoto, MissingPhoto

PHOTOS, WAITING = "photos", "waiting"
# Where the record is no file that they could lie beside.
ELSEWHERE = "regrade-photos"
IN_MEMORY = "memory://regrade-photos"


def beside_record(record_url: str) -> str:
    """Return where photos are kept if nobody says: in a folder beside the file of the record."""
    try:
        url = make_url(record_url)
    except ArgumentError:
        return ELSEWHERE
    if url.get_backend_name() != "sqlite":
        return ELSEWHERE
    if not url.database or url.database == ":memory:":
        return IN_MEMORY
    path = Path(url.database.removeprefix("file:"))
    return str(path.with_name(f"{path.stem}-photos"))


def beside_photos(photos_url: str) -> str:
    """Return where the keys of photos are kept if nobody says: beside their folder, not in it."""
    return f"{photos_url.rstrip('/')}-keys"


class PhotoStore:
    """Photos in a place, each once however often it is kept, each sealed with a key that lies elsewhere.

    Who takes a key away has erased the photo, also from every copy of the place that others hold.
    """

    def __init__(self, place: Place, keys: Place) -> None:
        self.place = place
        self.keys = keys

    @classmethod
    def open(cls, url: str, keys_url: str | None = None) -> Self:
        """Open the store in a folder or under a URL, with its keys beside it; raises InvalidPhotosUrl."""
        return cls(open_place(url), open_place(keys_url or beside_photos(url)))

    def keep(self, body: bytes) -> str:
        """Keep bytes for good and return their hash; raises UnusablePhotoStore.

        Where the same are kept already they count as written just now, so that nobody takes them away before
        they are named; what is damaged there is written anew. Whoever has named them says so to `settle`.
        """
        sha256 = hashlib.sha256(body).hexdigest()
        # A crash before it is named leaves this note, by which the photo is found and taken away.
        self.place.write(_waiting(sha256), b"")
        try:
            self.read(sha256)
            self.place.touch(_name(sha256))
        except (MissingPhoto, DamagedPhoto, FileNotFoundError):
            key = Key.draw()
            # The key first: without it nobody could read the photo again.
            self.keys.write(f"{_name(sha256)}-{key.name}", key.secret)
            self.place.write(_name(sha256), seal(body, key, sha256))
        return sha256

    def settle(self, hashes: Iterable[str]) -> None:
        """Note that photos are named now, by a decision or by who sent them ahead."""
        for sha256 in hashes:
            self.place.drop(_waiting(sha256))

    def waiting(self, before: datetime) -> Iterator[str]:
        """Yield the hashes of photos that were kept before a moment and that nobody has settled."""
        for found in self.place.found(WAITING):
            if found.written_at < before:
                yield found.name.rpartition("/")[2]

    def read(self, sha256: str) -> bytes:
        """Return what is kept under a hash; raises MissingPhoto, DamagedPhoto or UnusablePhotoStore."""
        try:
            sealed = self.place.read(_name(sha256))
        except FileNotFoundError:
            raise MissingPhoto(f"no photo is kept under {sha256}") from None
        secret = self._secret_of(sealed, sha256)
        body = unseal(sealed, secret, sha256)
        if hashlib.sha256(body).hexdigest() != sha256:
            raise _damaged(sha256)
        return body

    def forget(self, sha256: str, *, before: datetime | None = None) -> bool:
        """Take a photo and its keys away, unless it was kept again since a moment; return if it is gone.

        Without a moment the keys go first: whatever happens then, nobody opens the photo any more.
        """
        if before is None:
            self._take_keys(sha256)
        if not self.place.remove(_name(sha256), before=before):
            return False
        self._take_keys(sha256)
        return True

    def _keys_of(self, sha256: str) -> Iterator[Found]:
        folder = _name(sha256).rpartition("/")[0]
        return (found for found in self.keys.found(folder) if _hash_of(found) == sha256)

    def _secret_of(self, sealed: bytes, sha256: str) -> bytes:
        try:
            return self.keys.read(f"{_name(sha256)}-{key_name(sealed)}")
        except FileNotFoundError:
            # The file names a key that there is not: it was changed, or all of its keys are gone.
            if any(self._keys_of(sha256)):
                raise _damaged(sha256) from None
            raise MissingPhoto(f"the photo kept under {sha256} can't be opened: its key is gone") from None

    def _take_keys(self, sha256: str) -> None:
        for found in list(self._keys_of(sha256)):
            self.keys.remove(found.name)


def _hash_of(found: Found) -> str:
    """Return the hash of the photo that a file holds, or whose key it does."""
    return found.name.rpartition("/")[2].partition("-")[0]


def _damaged(sha256: str) -> DamagedPhoto:
    return DamagedPhoto(
        f"the photo kept under {sha256} was changed after it was written: restore it from a backup"
    )


def _name(sha256: str) -> str:
    # 256 folders, a million photos are 4,000 to each; to make more takes longer than to write a file.
    return f"{PHOTOS}/{sha256[:2]}/{sha256}"


def _waiting(sha256: str) -> str:
    return f"{WAITING}/{sha256}"
