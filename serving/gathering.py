"""Keep the photos of a request, and ask the record what it knows of them, while the network looks at them.

All of that waits for a disk or a database, or counts on one core; the network needs none of it.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import Self

from data.case import ReturnCase
from data.device import View
from data.memory.memory import Memory
from features.photo.likeness.likeness import Likeness
from features.photo.photo import Photo
from serving.memory.trait import PhotoTraits
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.photo_trace import PhotoTrace
from serving.record.photo_store.sent_photo import SentPhoto
from serving.record.record import Record


@dataclass(frozen=True)
class Gathered:
    """The photos as they are kept, their likenesses by number, and what the record knew of the return."""

    photos: tuple[PhotoTrace, ...]
    likenesses: dict[int, Likeness]
    memory: Memory | None


@dataclass(frozen=True)
class Gatherer:
    """The parts that gather: `remembers` says whether the record is asked."""

    record: Record
    store: PhotoStore
    remembers: bool

    def gather(
        self,
        case: ReturnCase,
        sent: Sequence[SentPhoto],
        views: Sequence[View] | None,
        read: Sequence[Photo],
    ) -> Gathered:
        """Look a return up and keep its photos, `read` as they were decoded and in the order of `sent`.

        Raises UnusableRecord or UnusablePhotoStore; photos that nobody will name are swept away later.
        """
        numbered = list(enumerate(zip(sent, read, strict=True)))
        traits = tuple(photo.traits(number, pixels) for number, (photo, pixels) in numbered)
        memory = self.record.recall(case, traits) if self.remembers else None
        asked: Sequence[View | None] = views or [None] * len(sent)
        photos = tuple(
            replace(photo.trace(number), kept=photo.keep(self.store, pixels), asked_view=asked[number])
            for number, (photo, pixels) in numbered
        )
        return Gathered(photos, _likenesses(traits), memory)


class GatheredBeside:
    """One return that is gathered in a thread of its own, from when its photos are decoded.

    A record in memory is another one in each thread: beside it nothing is gathered in another.
    """

    def __init__(
        self,
        gatherer: Gatherer,
        case: ReturnCase,
        sent: Sequence[SentPhoto],
        views: Sequence[View] | None,
    ) -> None:
        self._gather: Callable[[Sequence[Photo]], Gathered] = partial(gatherer.gather, case, sent, views)
        self._is_beside = not gatherer.record.database.is_in_memory
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gathering")
        self._future: Future[Gathered] | None = None
        self._read: tuple[Photo, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._thread.shutdown()

    def start(self, read: Sequence[Photo]) -> None:
        """Begin with photos that were just decoded, and return at once."""
        self._read = tuple(read)
        if self._is_beside:
            self._future = self._thread.submit(copy_context().run, self._gather, self._read)

    def result(self) -> Gathered:
        """Wait for what is gathered, a return without photos too; raises what `gather` raises."""
        return self._future.result() if self._future else self._gather(self._read)


def _likenesses(traits: Sequence[PhotoTraits]) -> dict[int, Likeness]:
    return {photo.number: photo.likeness for photo in traits if photo.likeness}
