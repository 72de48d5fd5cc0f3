"""List the photos in a folder, in the order of their names."""

from pathlib import Path

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})


class NoPhotos(ValueError):
    """A folder that does not exist or holds no photos."""


def photos_in(folder: Path) -> list[Path]:
    """Return the photos that lie directly in a folder; raises NoPhotos if there are none."""
    if not folder.is_dir():
        raise NoPhotos(f"{folder} is no folder: name one that holds photos")
    photos = [path for path in sorted(folder.iterdir()) if _is_photo(path)]
    if not photos:
        raise NoPhotos(f"{folder} holds no photos ({', '.join(sorted(PHOTO_SUFFIXES))})")
    return photos


def device_folders(folder: Path) -> list[Path]:
    """Return the sub-folders that hold photos, or the folder itself when none does; raises NoPhotos."""
    inside = [path for path in sorted(folder.iterdir()) if path.is_dir()] if folder.is_dir() else []
    return [path for path in inside if _holds_photos(path)] or [_with_photos(folder)]


def _holds_photos(folder: Path) -> bool:
    return any(_is_photo(path) for path in folder.iterdir())


def _is_photo(path: Path) -> bool:
    # Beside a.jpg macOS leaves ._a.jpg with notes on disks of other systems.
    return path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith("._")


def _with_photos(folder: Path) -> Path:
    photos_in(folder)
    return folder
