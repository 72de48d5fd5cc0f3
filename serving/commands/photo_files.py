"""Read photos from files, with errors that name the file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from features.photo.photo import PhotoError
from serving.http.problems import problem_of

# As much as a whole form of photos may have: a file that has more, or no end, is none.
MAX_FILE_BYTES = 100 * 1024 * 1024


class BadPhoto(ValueError):
    """A photo that can't be used; the message names its file."""


def read_files(photos: Sequence[Path]) -> list[bytes]:
    """Return the bytes of photos; raises OSError, and BadPhoto for a file with far too many bytes."""
    return [_read(photo) for photo in photos]


def _read(photo: Path) -> bytes:
    try:
        with photo.open("rb") as file:
            body = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        # To read does not name the file, as to open it does.
        raise OSError(error.errno, error.strerror, str(photo)) from error
    if len(body) > MAX_FILE_BYTES:
        raise BadPhoto(f"{photo} has over {MAX_FILE_BYTES} bytes: give the file of a photo")
    return body


@contextmanager
def naming_files(photos: Sequence[Path]) -> Iterator[None]:
    """Raise BadPhoto in place of a PhotoError, which knows only the number of its photo."""
    try:
        yield
    except PhotoError as error:
        raise BadPhoto(problem_of(error, [str(photo) for photo in photos]).detail) from error
