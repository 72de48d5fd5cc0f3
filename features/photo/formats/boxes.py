"""Walk the boxes that HEIC, AVIF and films are made of (ISO/IEC 14496-12), within bounds."""

from collections.abc import Iterator
from dataclasses import dataclass

from features.photo.formats.cost import photo_cost
from features.photo.photo_error import UnreadablePhoto

_HEAD_BYTES, _LONG_HEAD_BYTES = 8, 16
_VERSION_BYTES = 4


@dataclass(frozen=True)
class Box:
    """One box: its kind, and where it and its contents lie in `body`."""

    body: bytes
    kind: bytes
    at: int
    start: int
    end: int

    @property
    def content(self) -> bytes:
        """Return the contents."""
        return self.body[self.start : self.end]

    @property
    def version(self) -> int:
        """Return the version of a box that has one."""
        return self.body[self.start] if self.start < self.end else 0

    def boxes(self, *, skip: int = 0) -> Iterator["Box"]:
        """Yield the boxes inside, after `skip` bytes."""
        return boxes(self.body, self.start + skip, self.end)

    def fields(self) -> "Fields":
        """Return a reader of the contents, behind version and flags."""
        return Fields(self.body, self.start + _VERSION_BYTES, self.end)


@dataclass
class Fields:
    """Read whole numbers one after the other; raises UnreadablePhoto where they end."""

    body: bytes
    at: int
    end: int

    def number(self, size: int) -> int:
        """Return the next `size` bytes as a number."""
        return int.from_bytes(self.raw(size))

    def raw(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        if self.at + size > self.end:
            raise UnreadablePhoto("the file's description of its pictures is cut short")
        self.at += size
        return self.body[self.at - size : self.at]

    def skip(self, size: int) -> None:
        """Pass over the next `size` bytes."""
        self.at += size


def boxes(body: bytes, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two places; raises UnreadablePhoto where one does not fit."""
    for _ in range(photo_cost().heif.boxes_most):
        if start + _HEAD_BYTES > end:
            return
        size, head = int.from_bytes(body[start : start + 4]), _HEAD_BYTES
        kind = body[start + 4 : start + 8]
        if size == 1:
            size, head = int.from_bytes(body[start + 8 : start + 16]), _LONG_HEAD_BYTES
        last = end if size == 0 else start + size
        # The last box of a file may be cut; what is needed of it is found missing later.
        if last < start + head:
            raise UnreadablePhoto(f"a box {kind!r} of {size} bytes can't be")
        yield Box(body, kind, start, start + head, min(last, end))
        start = last
    raise UnreadablePhoto("the file is made of far more pieces than a photo")
