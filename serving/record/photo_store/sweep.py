"""Take away photos whose time is over, and those that nobody names; a photo that is named stays."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Engine

from serving.record.photo_store.named_photos import named_among, unname_past
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.place import Found
from serving.record.photo_store.retention import Retention
from serving.record.photo_store.uploads import Uploads

# So many photos are looked up at once.
_AT_ONCE = 500


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
    before = now - retention.orphan.time
    living = set(uploads.living())
    pictures = 0
    for found in _by_hundreds(each for each in store.found() if each.written_at < before):
        needed = living | _named(engine, {_hash_of(each) for each in found})
        unneeded = [each.name for each in found if _hash_of(each) not in needed]
        pictures += sum(store.place.remove(name, before=before) for name in unneeded)
    return Swept(past, pictures, uploads.sweep())


def _named(engine: Engine, hashes: set[str]) -> set[str]:
    with engine.connect() as connection:
        return named_among(connection, hashes)


def _hash_of(found: Found) -> str:
    return found.name.rpartition("/")[2]


def _by_hundreds(found: Iterable[Found]) -> Iterator[list[Found]]:
    rest = iter(found)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
