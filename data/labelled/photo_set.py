"""Read a set of labelled photos from a folder: manifest, COCO boxes and polygons, and splits by device.

The folder holds `manifest.csv` with a row a photo - path, source, device, one column a defect (1 yes, 0 no,
empty NOT KNOWN) and `group` - and any number of `*-coco.json` files beside the photos.
"""

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from data.defect import DefectKind

HASH_SIDE = 16
SAME_PHOTO_BITS = 20

_REQUIRED = ("path", "source", "device", "group")


class BadPhotoSet(ValueError):
    """A photo set whose manifest can't be used; the message says which row and what to do."""


@dataclass(frozen=True)
class MarkedOutline:
    """One annotated object: its name, its box and, where a person drew one, its polygons (x, y in px)."""

    name: str
    box_px: tuple[float, float, float, float]
    polygons_px: tuple[npt.NDArray[np.float32], ...]


@dataclass(frozen=True)
class LabelledPhoto:
    """One photo with what is known of it; a kind missing from `labels` is not known.

    `outlines` is None where nobody annotated the photo, and empty where somebody found nothing.
    """

    path: Path
    folder: str
    source: str
    device: str
    group: str
    labels: dict[DefectKind, bool]
    outlines: tuple[MarkedOutline, ...] | None


def read_photo_set(root: Path) -> list[LabelledPhoto]:
    """Read a folder's manifest and annotations; photos without a group become groups of near-equal photos.

    Raises BadPhotoSet for a missing manifest, column or photo, and a label that is not 1, 0 or empty.
    """
    rows = _read_rows(root / "manifest.csv")
    outlines = _read_outlines(root)
    photos = [_photo(root, number, row, outlines) for number, row in enumerate(rows, start=2)]
    return _group_near_equal(photos)


def validation_part(group: str, *, seed: int, share: float) -> bool:
    """Return whether a group is held out, by a hash of seed and group.

    A group stays in its part however many photos are added.
    """
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < share


def perceptual_hash(image: Image.Image) -> npt.NDArray[np.bool_]:
    """Return (HASH_SIDE * HASH_SIDE,) bits that near-equal photos share.

    Each bit says whether a cell is brighter than the next.
    """
    small = image.convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.BOX)
    grey = np.asarray(small, np.int16)
    return (grey[:, 1:] > grey[:, :-1]).ravel()


def _read_rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise BadPhotoSet(f"{path} is missing: a photo set needs a manifest.csv with {', '.join(_REQUIRED)}")
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = [name for name in _REQUIRED if name not in (reader.fieldnames or ())]
        if missing:
            raise BadPhotoSet(f"{path} has no column {', '.join(missing)}: add it, empty where not known")
        return list(reader)


def _photo(
    root: Path, number: int, row: dict[str, str], outlines: dict[str, tuple[MarkedOutline, ...]]
) -> LabelledPhoto:
    path = root / row["path"]
    if not path.is_file():
        raise BadPhotoSet(f"row {number} of the manifest names {row['path']}, which is not there")
    labels = {kind: _label(number, kind, row[kind]) for kind in DefectKind if row.get(kind)}
    return LabelledPhoto(
        path=path,
        folder=row["path"].split("/")[0],
        source=row["source"],
        device=row["device"],
        group=row["group"],
        labels=labels,
        outlines=outlines.get(row["path"]),
    )


def _label(number: int, kind: DefectKind, text: str) -> bool:
    if text not in {"0", "1"}:
        raise BadPhotoSet(
            f"row {number}: {kind} is {text!r}; write 1 for yes, 0 for no, nothing for not known"
        )
    return text == "1"


def _read_outlines(root: Path) -> dict[str, tuple[MarkedOutline, ...]]:
    found: dict[str, tuple[MarkedOutline, ...]] = {}
    for path in sorted(root.rglob("*-coco.json")):
        found |= _read_coco(path)
    return found


def _read_coco(path: Path) -> dict[str, tuple[MarkedOutline, ...]]:
    coco = json.loads(path.read_text(encoding="utf-8"))
    names = {category["id"]: category["name"] for category in coco["categories"]}
    outlines: dict[int, list[MarkedOutline]] = {image["id"]: [] for image in coco["images"]}
    for mark in coco["annotations"]:
        polygons = tuple(
            np.asarray(flat, np.float32).reshape(-1, 2) for flat in mark.get("segmentation") or ()
        )
        left, top, width, height = mark["bbox"]
        box = (left, top, left + width, top + height)
        outlines[mark["image_id"]].append(MarkedOutline(names[mark["category_id"]], box, polygons))
    return {image["file_name"]: tuple(outlines[image["id"]]) for image in coco["images"]}


def _group_near_equal(photos: Sequence[LabelledPhoto]) -> list[LabelledPhoto]:
    """Name a group for every photo; ungrouped photos whose hashes nearly agree share the first one's path."""
    bits = np.stack([_hash_file(photo.path) for photo in photos])
    groups = [photo.group or str(photo.path.name) for photo in photos]
    for later in range(1, len(photos)):
        if photos[later].group:
            continue
        distances = np.count_nonzero(bits[:later] != bits[later], axis=1)
        nearest = int(np.argmin(distances))
        if distances[nearest] <= SAME_PHOTO_BITS:
            groups[later] = groups[nearest]
    return [replace(photo, group=group) for photo, group in zip(photos, groups, strict=True)]


def _hash_file(path: Path) -> npt.NDArray[np.bool_]:
    with Image.open(path) as image:
        image.draft("L", (4 * HASH_SIDE, 4 * HASH_SIDE))
        return perceptual_hash(image)
