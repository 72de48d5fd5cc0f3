"""Name the file of a photo that can't be used."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from features.photo.photo import PhotoError
from serving.http.problems import problem_of


class BadPhoto(ValueError):
    """A photo can't be used; the message names its file."""


@contextmanager
def naming_files(photos: Sequence[Path]) -> Iterator[None]:
    """Raise BadPhoto in place of a PhotoError, which knows only the number of its photo."""
    try:
        yield
    except PhotoError as error:
        raise BadPhoto(problem_of(error, [str(photo) for photo in photos]).detail) from error
