"""Keep the photos of a decision, and say of each what was kept and what was read of it."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from features.photo.bare.bare_photo import bare_photo
from features.photo.photo import Photo
from serving.condition.given.given_photo import GivenPhoto, PhotoFacts
from serving.record.photo_store.photo_store import PhotoStore


@dataclass(frozen=True)
class KeptPhoto:
    """What lies in the store of one photo: its hash, and that of the upright pixels that were judged.

    The rest is all that was read of the file beside its pixels; `is_rewritten` says that a PNG of the pixels
    stands for a file that could not be parted from its notes.
    """

    sha256: str
    media_type: str
    size_bytes: int
    pixels_sha256: str
    width_px: int
    height_px: int
    orientation: int
    is_damaged: bool
    is_rewritten: bool
    taken_at: str | None = None

    @classmethod
    def of(cls, values: dict[str, Any] | None) -> Self | None:
        """Read what `values` returned; None of a photo of which nothing was kept."""
        return cls(**values) if values else None

    def values(self) -> dict[str, Any]:
        """Return it as JSON values, as rows of before have them where no capture time is known."""
        values = asdict(self)
        return (
            values if self.taken_at else {name: each for name, each in values.items() if name != "taken_at"}
        )

    @property
    def facts(self) -> PhotoFacts:
        """Return what reading the photo told beside its pixels."""
        return PhotoFacts(self.width_px, self.height_px, self.orientation, self.is_damaged, self.taken_at)


def keep_photo(store: PhotoStore, body: bytes, photo: Photo) -> KeptPhoto:
    """Keep a photo as it was judged, without what is noted beside its pixels; raises UnusablePhotoStore."""
    bare = bare_photo(body, photo)
    return KeptPhoto(
        sha256=store.keep(bare.body),
        media_type=bare.media_type,
        size_bytes=len(bare.body),
        pixels_sha256=photo.pixels_sha256,
        **vars(PhotoFacts.of(photo)),
        is_rewritten=bare.is_rewritten,
    )


def take_out(store: PhotoStore, kept: KeptPhoto, sent_sha256: str) -> GivenPhoto:
    """Return a kept photo to be judged again as it was then.

    Raises MissingPhoto, DamagedPhoto or UnusablePhotoStore.
    """
    return GivenPhoto(store.read(kept.sha256), sent_sha256, kept.facts)
