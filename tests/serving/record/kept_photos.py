"""Make decisions whose photos are kept, with a store and a clock that a test puts on."""

import os
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from data.fraud import Action
from features.photo.photo import read_photo
from serving.record.photo_store.kept_photo import keep_photo
from serving.record.photo_store.photo_store import PHOTOS as PHOTOS_FOLDER
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.photo_trace import PhotoTrace
from serving.record.photo_store.retention import Retention, read_retention
from serving.record.photo_store.uploads import Uploads
from serving.record.record import Record
from tests.fuzz.mutants import whole_photos
from tests.serving.clear_return import clear_case
from tests.serving.record.entries import MOMENT, entry, numbered

PHOTOS = whole_photos()
FRONT, BACK = PHOTOS["jpeg"], PHOTOS["png"]


@dataclass
class Clock:
    """A clock that stands still until it is put on."""

    now: datetime = MOMENT

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Shelf:
    """A record with its photo store."""

    record: Record
    store: PhotoStore
    clock: Clock
    folder: Path
    retention: Retention = field(default_factory=read_retention)

    @classmethod
    def under(cls, url: str, folder: Path) -> "Shelf":
        store = PhotoStore.open(str(folder / "photos"))
        return cls(Record.open(url, numbered("evt")), store, Clock(), folder / "photos")

    @property
    def uploads(self) -> Uploads:
        return Uploads(self.store, self.retention, self.clock)

    def decide(
        self,
        decision_id: str,
        *bodies: bytes,
        action: Action = Action.RELEASE,
        at: datetime = MOMENT,
        **rma: Any,
    ) -> tuple[str, ...]:
        """Keep a decision with its photos, and return under which hashes these are kept."""
        case = clear_case(**{"rma_id": f"RMA-{decision_id}", **rma})
        traces = tuple(
            PhotoTrace(n, f"{n}.jpg", len(body), f"{n:064x}", keep_photo(self.store, body, read_photo(body)))
            for n, body in enumerate(bodies)
        )
        self.record.append(replace(entry(decision_id, case=case, action=action, at=at), photos=traces))
        hashes = tuple(trace.kept.sha256 for trace in traces if trace.kept)
        self.store.settle(hashes)
        return hashes

    def age(self, name: str, age: timedelta) -> None:
        """Let a file of the store look as old as that by the clock."""
        moment_s = (self.clock.now - age).timestamp()
        for path in self.folder.parent.rglob(name):
            os.utime(path, (moment_s, moment_s))

    def hashes(self) -> set[str]:
        return {found.name.rpartition("/")[2] for found in self.store.place.found(PHOTOS_FOLDER)}
