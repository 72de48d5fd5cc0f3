"""Keep photos under the SHA-256 of their bytes, and never hand out one that has another."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Self

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from serving.record.photo_store.place import Found, Place
from serving.record.photo_store.places import open_place
from serving.record.photo_store.store_error import DamagedPhoto, MissingPhoto

PHOTOS = "photos"
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


class PhotoStore:
    """Photos in a place, each once however often it is kept."""

    def __init__(self, place: Place) -> None:
        self.place = place

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the store in a folder or under a URL; raises InvalidPhotosUrl."""
        return cls(open_place(url))

    def keep(self, body: bytes) -> str:
        """Keep bytes for good and return their hash; raises UnusablePhotoStore.

        Where the same are kept already they count as written just now, so that nobody sweeps them away
        before they are named; what is damaged there is written anew.
        """
        sha256 = hashlib.sha256(body).hexdigest()
        name = _name(sha256)
        try:
            if self.place.read(name) == body:
                self.place.touch(name)
                return sha256
        except FileNotFoundError:
            pass
        self.place.write(name, body)
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return what is kept under a hash; raises MissingPhoto, DamagedPhoto or UnusablePhotoStore."""
        try:
            body = self.place.read(_name(sha256))
        except FileNotFoundError:
            raise MissingPhoto(f"no photo is kept under {sha256}") from None
        if hashlib.sha256(body).hexdigest() != sha256:
            raise DamagedPhoto(
                f"the photo kept under {sha256} was changed after it was written: restore it from a backup"
            )
        return body

    def forget(self, sha256: str, *, before: datetime | None = None) -> bool:
        """Take a photo away, unless it was kept again since a moment; return whether it is gone."""
        return self.place.remove(_name(sha256), before=before)

    def found(self) -> Iterator[Found]:
        """Yield what lies among the photos: each under its hash, and what a crash left unfinished."""
        return self.place.found(PHOTOS)


def _name(sha256: str) -> str:
    # Two levels of 256 folders, so that a million photos are some fifteen to a folder.
    return f"{PHOTOS}/{sha256[:2]}/{sha256[2:4]}/{sha256}"
