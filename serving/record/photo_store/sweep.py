"""Take away photos whose time is over, and those that a crash left unnamed; a photo that is named stays.

Only what is known goes: what a decision named until now, what somebody sent ahead, what waited to be named. A
photo of which this record knows nothing is never touched, be it another record's.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from serving.record.photo_store.named_photos import named_among, past_their_term, unname
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.retention import Retention
from serving.record.photo_store.uploads import Uploads


@dataclass(frozen=True)
class Swept:
    """What was taken away: photos of decisions whose term is over, others that nobody named, and notes."""

    past_their_term: int
    unnamed: int
    notes: int

    def __str__(self) -> str:
        return (
            f"photos of decisions past their term: {self.past_their_term}, pictures that nobody named: "
            f"{self.unnamed}, notes of photos sent ahead: {self.notes}"
        )


def sweep(engine: Engine, store: PhotoStore, uploads: Uploads, retention: Retention, now: datetime) -> Swept:
    """Take away what nobody may keep or names; raises UnusablePhotoStore or UnusableRecord.

    Any number of these may run at once, beside the service. A picture that was kept again within the orphans'
    time is left: the decision that will name it may just be on its way. What tells of a photo goes after it,
    so that a crash in between is made up for the next time.
    """
    before = now - retention.orphan.time
    living = set(uploads.living())

    def take(hashes: set[str]) -> int:
        with engine.connect() as connection:
            named = named_among(connection, hashes, not_past=(retention, now))
        return sum(store.forget(sha256, before=before) for sha256 in hashes - named - living)

    with engine.connect() as connection:
        past = past_their_term(connection, retention, now)
    take(set(past.values()))
    with engine.begin() as connection:
        unname(connection, past)
    waiting = set(store.waiting(before))
    unnamed = take(waiting)
    store.settle(waiting)
    take(set(uploads.expired()))
    return Swept(len(past), unnamed, uploads.sweep())
