"""Keep the files that decisions are taken with, each once, under the SHA-256 of its bytes."""

import hashlib

from serving.record.photo_store.place import Place

FILES = "files"


class KeptFileError(Exception):
    """A kept file is not what was kept.

    KeptFileError
      MissingFile  nothing is kept under this hash
      DamagedFile  what is kept under a hash is not what was written
    """


class MissingFile(KeptFileError, LookupError):
    """Nothing is kept under this hash."""


class DamagedFile(KeptFileError):
    """The bytes no longer have the hash that they are kept under."""


class KeptFiles:
    """Files in the place where the photos are; open to read, since they are nobody's personal data.

    Nothing takes them away: decisions name them for good, and all of them are as large as one model.
    """

    def __init__(self, place: Place) -> None:
        self._place = place

    def keep(self, body: bytes) -> str:
        """Keep bytes for good and return their hash; raises UnusablePhotoStore.

        What is there already is not written again.
        """
        sha256 = hashlib.sha256(body).hexdigest()
        try:
            self.read(sha256)
        except KeptFileError:
            self._place.write(_name(sha256), body)
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return what is kept under a hash; raises MissingFile, DamagedFile or UnusablePhotoStore."""
        try:
            body = self._place.read(_name(sha256))
        except FileNotFoundError:
            raise MissingFile(f"no file is kept under {sha256}: restore it from a backup") from None
        if hashlib.sha256(body).hexdigest() != sha256:
            raise DamagedFile(f"the file kept under {sha256} was changed: restore it from a backup")
        return body


def _name(sha256: str) -> str:
    return f"{FILES}/{sha256[:2]}/{sha256}"
