"""Take away photos whose time is over, and those that nobody names; a photo that is named stays."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from serving.record.photo_store.named_photos import named_among, unname_past
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.retention import Retention
from serving.record.photo_store.uploads import Uploads


@dataclass(frozen=True)
class Swept:
    """What was taken away: photos of decisions whose term is over, pictures, and notes of uploads."""

    past_their_term: int
    pictures: int
    notes: int

    def __str__(self) -> str:
        return (
            f"{self.past_their_term} photos of decisions are past their term; {self.pictures} pictures that "
            f"nobody names and {self.notes} notes of uploads were taken away"
        )


def sweep(engine: Engine, store: PhotoStore, uploads: Uploads, retention: Retention, now: datetime) -> Swept:
    """Take away what nobody may keep or names; raises UnusablePhotoStore or UnusableRecord.

    Any number of these may run at once, beside the service. A picture that was written or kept again within
    the orphans' time is left: the decision that will name it may just be on its way.
    """
    with engine.begin() as connection:
        past = unname_past(connection, retention, now)
    living = set(uploads.living())

    def needed(hashes: set[str]) -> set[str]:
        with engine.connect() as connection:
            return living | named_among(connection, hashes)

    pictures = store.remove_unneeded(needed, now - retention.orphan.time)
    return Swept(past, pictures, uploads.sweep())
