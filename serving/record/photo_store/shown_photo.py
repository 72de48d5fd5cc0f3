"""Show a kept photo to a person: as it is kept, smaller and upright, or with what was found on it."""

import io
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image

from data.condition import Condition
from features.photo.photo import read_photo
from serving.condition.overlay.overlay import mark_photo
from serving.record.photo_store.kept_photo import KeptPhoto
from serving.record.photo_store.photo_store import PhotoStore

JPEG = "image/jpeg"
_QUALITY = 88


class PictureSize(StrEnum):
    """How large a photo is shown."""

    ORIGINAL = "original"
    LARGE = "large"
    THUMBNAIL = "thumbnail"

    @property
    def side_px(self) -> int:
        """Return the longest side of a picture that is made."""
        return 320 if self is PictureSize.THUMBNAIL else 1600


@dataclass(frozen=True)
class Picture:
    """A file to be shown, and its media type."""

    body: bytes
    media_type: str


def show_kept(
    store: PhotoStore, kept: KeptPhoto, size: PictureSize, condition: Condition | None = None, index: int = 0
) -> Picture:
    """Return a kept photo in a size, with what a condition found on its `index`-th photo if one is given.

    Made anew each time, so that nothing lies about that is not checked and need be erased apart. Raises
    MissingPhoto, DamagedPhoto or UnusablePhotoStore.
    """
    body = store.read(kept.sha256)
    if size is PictureSize.ORIGINAL and condition is None:
        return Picture(body, kept.media_type)
    photo = read_photo(body).image
    if condition is not None:
        return _jpeg(mark_photo(photo, condition, index, size.side_px))
    photo.thumbnail((size.side_px, size.side_px), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return _jpeg(photo)


def mark_kept(store: PhotoStore, kept: KeptPhoto, condition: Condition, index: int) -> Image.Image:
    """Return a kept photo with what a condition found on its `index`-th photo; raises as `show_kept` does."""
    return mark_photo(read_photo(store.read(kept.sha256)).image, condition, index, PictureSize.LARGE.side_px)


def _jpeg(picture: Image.Image) -> Picture:
    body = io.BytesIO()
    picture.save(body, "JPEG", quality=_QUALITY)
    return Picture(body.getvalue(), JPEG)
