"""Keep files in a folder of this machine, so that neither a crash nor a lost supply loses or tears one."""

import errno
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from serving.record.photo_store.place import Found
from serving.record.photo_store.store_error import UnusablePhotoStore

_UNFINISHED = ".tmp"
_LEAVING = ".leaving"
_WRITTEN_WITHIN_S = 3600


class FolderPlace:
    """A folder; it is made when the first file is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> bytes:
        """Return what lies under a name."""
        with self._explained():
            return (self._folder / name).read_bytes()

    def write(self, name: str, body: bytes) -> None:
        """Put bytes under a name: all of them or none, and for good once this returns."""
        path = self._folder / name
        with self._explained():
            _make_folder(path.parent)
            handle, unfinished = tempfile.mkstemp(
                prefix=f".{path.name[:16]}-", suffix=_UNFINISHED, dir=path.parent
            )
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(body)
                    file.flush()
                    # Of a note that is empty only the name has to last.
                    if body:
                        os.fsync(file.fileno())
                Path(unfinished).replace(path)
            except BaseException:
                Path(unfinished).unlink(missing_ok=True)
                raise
            _sync(path.parent)

    def touch(self, name: str) -> None:
        """Count a file as written just now."""
        with self._explained():
            os.utime(self._folder / name)

    def remove(self, name: str, *, before: datetime | None = None) -> bool:
        """Take a file away, unless it was written since a moment; return whether it is gone.

        It is put aside first and looked at then, so that nobody finds it there and counts on it meanwhile.
        """
        path = self._folder / name
        aside = path.with_name(f".{path.name[:16]}-{secrets.token_hex(4)}{_LEAVING}")
        with self._explained():
            try:
                path.rename(aside)
            except FileNotFoundError:
                return True
            if before is not None and _written_at(aside) >= before:
                aside.rename(path)
                return False
            aside.unlink()
            _clear(path)
            _sync(path.parent)
            return True

    def drop(self, name: str) -> None:
        """Take away a file that does no harm if a lost supply brings it back: nobody waits for the disk."""
        with self._explained():
            (self._folder / name).unlink(missing_ok=True)

    def found(self, folder: str) -> Iterator[Found]:
        """Yield the files below a folder, in no order; what a crash left unfinished is among them."""
        top = self._folder / folder
        for parent, _, names in os.walk(top):
            for name in names:
                path = Path(parent) / name
                try:
                    yield Found(path.relative_to(self._folder).as_posix(), _written_at(path))
                except FileNotFoundError:
                    # Somebody else was faster to take it away.
                    continue

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise UnusablePhotoStore(
                f"photos can't be kept in {self._folder}: {error.strerror}; {_advice(error)}"
            ) from error


def _clear(path: Path) -> None:
    """Take away what crashes left of a file, and not what somebody is just writing."""
    for rest in path.parent.glob(f".{path.name[:16]}-*"):
        if time.time() - rest.stat().st_mtime > _WRITTEN_WITHIN_S:
            rest.unlink(missing_ok=True)


def _advice(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "make room on its disk"
    return "let this user read and write there, or name another place in REGRADE_PHOTOS"


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, each of them for good."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Write down which names a folder holds: without it a file may be there and its name not."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _written_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
