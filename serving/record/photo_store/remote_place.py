"""Keep files in whatever fsspec speaks: S3 and what is like it, other clouds, memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Self

from serving.record.database.record_url import without_secrets
from serving.record.photo_store.place import Found
from serving.record.photo_store.store_error import InvalidPhotosUrl, PhotoStoreError, UnusablePhotoStore

EXTRAS = {
    "s3": "regrade[s3]",
    "s3a": "regrade[s3]",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "abfs": "adlfs",
    "az": "adlfs",
}
# Whoever waits for a decision is told within seconds that a store is away; a photo may still take its time.
_S3 = {"config_kwargs": {"connect_timeout": 1, "read_timeout": 10, "retries": {"total_max_attempts": 1}}}
_OPTIONS: Mapping[str, Mapping[str, Any]] = {"s3": _S3, "s3a": _S3}
# What stores call the moment a file was written.
_MOMENTS = ("LastModified", "last_modified", "mtime", "updated", "created")


class RemotePlace:
    """A folder in a store that puts a file there as a whole, as object stores do."""

    def __init__(self, files: Any, folder: str, shown: str) -> None:
        self._files = files
        self._folder = folder.rstrip("/")
        self._shown = shown

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the place under a URL; raises InvalidPhotosUrl, also where its driver is missing."""
        from fsspec.core import url_to_fs

        shown, protocol = without_secrets(url), url.partition("://")[0]
        try:
            # Others write too: what was listed once is asked for anew.
            files, folder = url_to_fs(
                url,
                use_listings_cache=False,
                skip_instance_cache=protocol != "memory",
                **_OPTIONS.get(protocol, {}),
            )
        except ImportError as error:
            raise InvalidPhotosUrl(
                f"photos can't be kept under {shown!r}: the driver is missing: "
                f'pip install "{EXTRAS.get(protocol, protocol)}"'
            ) from error
        except (ValueError, TypeError) as error:
            said = str(error).replace(url, shown)
            raise InvalidPhotosUrl(
                f"photos can't be kept under {shown!r}: {said}; give a folder, or s3://bucket/folder"
            ) from error
        return cls(files, folder, shown)

    def read(self, name: str) -> bytes:
        """Return what lies under a name."""
        with self._explained():
            body: bytes = self._files.cat_file(f"{self._folder}/{name}")
            return body

    def write(self, name: str, body: bytes) -> None:
        """Put bytes under a name; an object store keeps all of them or none."""
        path = f"{self._folder}/{name}"
        with self._explained():
            try:
                self._files.pipe_file(path, body)
            except FileNotFoundError:
                # An object store has no folders to be made.
                self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
                self._files.pipe_file(path, body)

    def touch(self, name: str) -> None:
        """Count a file as written just now; object stores know no other way than to write it again."""
        self.write(name, self.read(name))

    def remove(self, name: str, *, before: datetime | None = None) -> bool:
        """Take a file away, unless it was written since a moment; return whether it is gone."""
        path = f"{self._folder}/{name}"
        with self._explained():
            try:
                if before is not None and _moment(self._files.info(path), self._files, path) >= before:
                    return False
                self._files.rm_file(path)
            except FileNotFoundError:
                pass
            return True

    def drop(self, name: str) -> None:
        """Take away a file that does no harm if it comes back."""
        self.remove(name)

    def found(self, folder: str) -> Iterator[Found]:
        """Yield the files below a folder, in no order."""
        with self._explained():
            listed = self._files.find(f"{self._folder}/{folder}", detail=True)
        for path, info in listed.items():
            yield Found(path.rpartition(f"{self._folder}/")[2], _moment(info, self._files, path))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, PhotoStoreError):
            raise
        # Each driver has errors of its own.
        except Exception as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise UnusablePhotoStore(
                f"photos can't be kept under {self._shown}: {said}; see that the store is reached, and that "
                "this user may list, read, write and delete there"
            ) from error


def _moment(info: dict[str, Any], files: Any, path: str) -> datetime:
    given = next((info[name] for name in _MOMENTS if info.get(name) is not None), None)
    if given is None:
        given = files.modified(path)
    if isinstance(given, datetime):
        return given if given.tzinfo else given.replace(tzinfo=UTC)
    if isinstance(given, str):
        return datetime.fromisoformat(given)
    return datetime.fromtimestamp(float(given), UTC)
