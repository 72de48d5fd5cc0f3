"""Hold the photos of one request, whether they came with it or were sent ahead."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from data.device import DeviceClass, View
from data.strict import writable
from features.photo.likeness.likeness import take_likeness
from features.photo.photo import Photo
from serving.condition.given.given_photo import GivenPhoto
from serving.memory.trait import PhotoTraits
from serving.record.photo_store.kept_photo import KeptPhoto, keep_photo
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.photo_trace import PhotoTrace
from serving.record.photo_store.uploads import Upload, Uploads


class MixedClasses(ValueError):
    """Photos that were sent ahead as of one class of device are asked for together with those of another."""


@dataclass(frozen=True)
class Ahead:
    """A photo that was sent ahead: its note, and where its picture is, for the network of this hash."""

    upload: Upload
    index: int
    sight: str
    uploads: Uploads

    def given(self) -> GivenPhoto:
        """Return the picture as it is judged; raises ExpiredUpload, DamagedPhoto or UnusablePhotoStore."""
        return self.uploads.given(self.upload, self.sight, self.index)


@dataclass(frozen=True)
class SentPhoto:
    """One photo: the file's name and its bytes, or what is known of one that was sent ahead."""

    name: str
    body: bytes = b""
    ahead: Ahead | None = None

    @cached_property
    def given(self) -> GivenPhoto:
        """Return the photo as it is judged, taken out of the store where it was sent ahead."""
        return self.ahead.given() if self.ahead else GivenPhoto.of(self.body)

    def trace(self, index: int) -> PhotoTrace:
        """Return which photo this is, as the record says it: the same whichever way it came."""
        if self.ahead:
            upload = self.ahead.upload
            return PhotoTrace(index, upload.name, upload.size_bytes, upload.sha256)
        return PhotoTrace(index, writable(self.name), len(self.body), self.given.sha256)

    def traits(self, index: int, photo: Photo) -> PhotoTraits:
        """Return what the photo, which was read as `photo`, is known again by."""
        pixels = self.ahead.upload.kept.pixels_sha256 if self.ahead else photo.pixels_sha256
        return PhotoTraits(index, self.trace(index).sha256, pixels, take_likeness(photo.image))

    def keep(self, store: PhotoStore, photo: Photo) -> KeptPhoto:
        """Keep the photo, which was read as `photo`; raises UnusablePhotoStore."""
        if self.ahead is None:
            return keep_photo(store, self.body, photo)
        # Once more, so that it is there and nobody sweeps it away before a decision names it.
        store.keep(self.given.body)
        return self.ahead.upload.kept


@dataclass(frozen=True)
class PhotoSet:
    """The photos of one device, with what they are told to show."""

    photos: tuple[SentPhoto, ...]
    views: tuple[View, ...] | None
    device_class: DeviceClass | None

    @classmethod
    def of(
        cls,
        photos: Sequence[SentPhoto],
        views: Sequence[View] | None,
        device_class: DeviceClass | None,
    ) -> "PhotoSet":
        """Fill in what was said of photos when they were sent ahead; raises MixedClasses."""
        told = [photo.ahead.upload.view if photo.ahead else None for photo in photos]
        known = [view or View.UNKNOWN for view in told] if any(told) else None
        told_classes = [photo.ahead.upload.device_class for photo in photos if photo.ahead]
        classes = sorted({device_class for device_class in told_classes if device_class})
        if device_class is None and len(classes) > 1:
            raise MixedClasses(
                f"the photos were sent ahead as of {' and '.join(classes)}: say in device_class which it is"
            )
        return cls(
            tuple(photos),
            tuple(views or known or ()) or None,
            device_class or next(iter(classes), None),
        )
