"""Open the place under a URL: a folder, or whatever fsspec speaks."""

from pathlib import Path

from serving.record.photo_store.folder_place import FolderPlace
from serving.record.photo_store.place import Place


def open_place(url: str) -> Place:
    """Open the place under a URL or the path of a folder; raises InvalidPhotosUrl."""
    # Late, since a folder needs none of fsspec.
    if "://" in url and not url.startswith("file://"):
        from serving.record.photo_store.remote_place import RemotePlace

        return RemotePlace.open(url)
    return FolderPlace(Path(url.removeprefix("file://")))
