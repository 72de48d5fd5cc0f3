"""Say what a place is in which files are kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Found:
    """One file of a place: its name and when it was written last."""

    name: str
    written_at: datetime


class Place(Protocol):
    """Where files lie, each under a name like `photos/ab/cd/abcd...`.

    A name that is not there raises FileNotFoundError, whatever else goes wrong UnusablePhotoStore.
    """

    def read(self, name: str) -> bytes:
        """Return what lies under a name."""

    def write(self, name: str, body: bytes) -> None:
        """Put bytes under a name: all of them or none, and for good once this returns."""

    def touch(self, name: str) -> None:
        """Count a file as written just now."""

    def remove(self, name: str, *, before: datetime | None = None) -> bool:
        """Take a file away, unless it was written since a moment; return whether it is gone."""

    def drop(self, name: str) -> None:
        """Take away a file that does no harm if a lost supply brings it back."""

    def found(self, folder: str) -> Iterator[Found]:
        """Yield the files below a folder, in no order."""
