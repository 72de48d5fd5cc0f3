"""Hold one photo that is to be judged: as it was sent, or as it was kept."""

import hashlib
from dataclasses import dataclass, replace
from typing import Self

from features.photo.photo import Photo
from serving.condition.inference import Prediction


@dataclass(frozen=True)
class PhotoFacts:
    """What reading a photo told beside its pixels: upright size, its turn, what is lost, when taken."""

    width_px: int
    height_px: int
    orientation: int
    is_damaged: bool
    taken_at: str | None = None

    @classmethod
    def of(cls, photo: Photo) -> Self:
        """Return the facts of a photo that was read."""
        return cls(photo.width_px, photo.height_px, photo.orientation, photo.is_damaged, photo.taken_at)


@dataclass(frozen=True)
class GivenPhoto:
    """One photo: its bytes, and the hash of the file as it was sent, by which photos are ordered.

    A photo that was kept brings what was read of it then (`facts`), since a rewritten file may not tell it
    any more, and what the network saw in it (`seen`), if it was asked before.
    """

    body: bytes
    sha256: str
    facts: PhotoFacts | None = None
    seen: Prediction | None = None

    @classmethod
    def of(cls, body: bytes) -> Self:
        """Return a photo as it was sent."""
        return cls(body, hashlib.sha256(body).hexdigest())

    def known(self, photo: Photo) -> Photo:
        """Return a photo that was read from these bytes with the facts that are known of it."""
        return replace(photo, **vars(self.facts)) if self.facts else photo
