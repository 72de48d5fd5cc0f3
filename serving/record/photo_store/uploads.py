"""Keep photos that were sent ahead of their decision, for a while, with what the network saw in them."""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from data.device import DeviceClass, View
from serving.condition.given.given_photo import GivenPhoto
from serving.condition.given.prediction_file import read_prediction, write_prediction
from serving.condition.inference import Prediction
from serving.record.photo_store.kept_photo import KeptPhoto, take_out
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.retention import Retention
from serving.record.photo_store.store_error import ExpiredUpload, MissingPhoto, UnknownUpload

NOTES, FINDINGS = "uploads", "findings"
# An id becomes the name of a file: nothing that leads elsewhere may be one.
PHOTO_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_HASH_BYTES, _SIGHT_CHARACTERS = 32, 64


@dataclass(frozen=True)
class Upload:
    """One photo that was sent ahead: what it was sent as, what is kept of it, and until when."""

    photo_id: str
    expires_at: datetime
    name: str
    size_bytes: int
    sha256: str
    device_class: DeviceClass | None
    view: View | None
    kept: KeptPhoto

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """Read what `values` returned."""
        device_class, view = values["device_class"], values["view"]
        return cls(
            **{
                **values,
                "expires_at": datetime.fromisoformat(values["expires_at"]),
                "device_class": DeviceClass(device_class) if device_class else None,
                "view": View(view) if view else None,
                "kept": KeptPhoto(**values["kept"]),
            }
        )

    def values(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {**vars(self), "expires_at": self.expires_at.isoformat(), "kept": self.kept.values()}


class Uploads:
    """Photos that wait for a decision: a note of each in the store, where every worker finds it.

    Not in the record, which only ever grows: who decides nothing leaves nothing there.
    """

    def __init__(self, store: PhotoStore, retention: Retention, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._retention = retention
        self._clock = clock

    def expiry(self) -> datetime:
        """Return until when a photo is kept that is sent now."""
        return self._clock() + self._retention.uploaded.time

    def add(self, upload: Upload, sight: str, prediction: Prediction) -> None:
        """Keep the note of a photo whose picture is kept; raises UnusablePhotoStore."""
        self.see(upload, sight, prediction)
        self._store.place.write(_note(upload.photo_id), _sealed(json.dumps(upload.values()).encode()))
        self._store.settle([upload.kept.sha256])

    def see(self, upload: Upload, sight: str, prediction: Prediction) -> None:
        """Keep what a network saw in a photo."""
        self._store.place.write(_findings(upload.photo_id, sight), _sealed(write_prediction(prediction)))

    def get(self, photo_id: str, index: int) -> Upload:
        """Return the note of the `index`-th photo asked for; raises UnknownUpload or UnusablePhotoStore."""
        if not PHOTO_ID.fullmatch(photo_id) or (body := self._read(_note(photo_id))) is None:
            raise UnknownUpload(f"there is no photo {photo_id[:64]!r}: send it to /v1/photos first", index)
        return Upload.of(json.loads(body))

    def given(self, upload: Upload, sight: str, index: int) -> GivenPhoto:
        """Return a photo to be judged, with what this network saw in it if it was asked before.

        Raises ExpiredUpload where its time is over or the picture was taken away meanwhile, DamagedPhoto or
        UnusablePhotoStore.
        """
        if upload.expires_at <= self._clock():
            raise ExpiredUpload(
                f"the photo {upload.photo_id!r} was kept until {upload.expires_at:%Y-%m-%d %H:%M} UTC: "
                "send it again",
                index,
            )
        try:
            photo = take_out(self._store, upload.kept, upload.sha256)
        except MissingPhoto:
            raise ExpiredUpload(
                f"the photo {upload.photo_id!r} was erased: send it again if you may", index
            ) from None
        findings = self._read(_findings(upload.photo_id, sight))
        # What can't be read any more is seen anew.
        seen = read_prediction(findings) if findings else None
        return GivenPhoto(photo.body, photo.sha256, photo.facts, seen)

    def forget(self, hashes: Collection[str]) -> None:
        """Take away notes and findings of photos whose pictures, kept under these hashes, are erased."""
        if not hashes:
            return
        place = self._store.place
        ids = {upload.photo_id for upload in self._all() if upload.kept.sha256 in hashes}
        names = [found.name for folder in (FINDINGS, NOTES) for found in place.found(folder)]
        for name in names:
            if _photo_id(name) in ids:
                place.remove(name)

    def living(self) -> Iterator[str]:
        """Return the hashes of the pictures of photos that may still be decided."""
        now = self._clock()
        return (upload.kept.sha256 for upload in self._all() if upload.expires_at > now)

    def expired(self) -> Iterator[str]:
        """Return the hashes of the pictures whose time is over, as long as their notes are there."""
        now = self._clock()
        return (upload.kept.sha256 for upload in self._all() if upload.expires_at <= now)

    def sweep(self) -> int:
        """Take away notes and findings whose time is over; return how many."""
        now = self._clock()
        terms = ((FINDINGS, self._retention.uploaded), (NOTES, self._retention.upload_note))
        swept = 0
        for folder, term in terms:
            old = [found for found in self._store.place.found(folder) if found.written_at < now - term.time]
            swept += sum(self._store.place.remove(found.name) for found in old)
        return swept

    def _all(self) -> Iterator[Upload]:
        for found in self._store.place.found(NOTES):
            if body := self._read(found.name):
                yield Upload.of(json.loads(body))

    def _read(self, name: str) -> bytes | None:
        """Return what was written under a name; None where there is nothing, or not what was written."""
        try:
            sealed = self._store.place.read(name)
        except FileNotFoundError:
            return None
        digest, body = sealed[:_HASH_BYTES], sealed[_HASH_BYTES:]
        return body if hashlib.sha256(body).digest() == digest else None


def _sealed(body: bytes) -> bytes:
    return hashlib.sha256(body).digest() + body


def _note(photo_id: str) -> str:
    return f"{NOTES}/{photo_id}"


def _photo_id(name: str) -> str:
    """Return whose note or findings a file holds."""
    return name.rpartition("/")[2][: -_SIGHT_CHARACTERS - 1] if FINDINGS in name else name.rpartition("/")[2]


def _findings(photo_id: str, sight: str) -> str:
    return f"{FINDINGS}/{photo_id}-{sight}"
