"""Keep drawn photos on disk, since drawing one takes longer than reading it."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from data.defect import DefectKind
from data.drawing.photos import DrawnPhoto
from data.drawing.surface.raster import Mask
from features.photo.photo import Pixels
from training.condition.samples.target import Truth, drawn_truth

_OPTIONS = {".jpg": (cv2.IMWRITE_JPEG_QUALITY, 96), ".png": (cv2.IMWRITE_PNG_COMPRESSION, 1)}


@dataclass(frozen=True)
class PooledPhoto:
    """A drawn photo as read back: its pixels and its truth."""

    pixels: Pixels
    truth: Truth


class DrawnPool:
    """A sequence of `count` drawn photos; photo k is drawn when it is first asked for, and read from then on.

    `draw` makes photo k from its number alone, so that a pool that was lost comes back the same.
    """

    def __init__(self, folder: Path, count: int, draw: Callable[[int], DrawnPhoto]) -> None:
        self._folder = folder
        self._count = count
        self._draw = draw

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> PooledPhoto:
        """Return photo `number`; IndexError past the pool's end."""
        if not 0 <= number < self._count:
            raise IndexError(f"photo {number} of a pool of {self._count}")
        path = self._folder / f"{number:06d}.zip"
        if not path.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(path, self._draw(number))
        return _read(path)


def _write(path: Path, photo: DrawnPhoto) -> None:
    truth = drawn_truth(photo)
    facts = {
        "defects": truth.defects.tolist(),
        "placed": list(truth.masks),
        "device": truth.device,
        "view": truth.view,
    }
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("truth.json", json.dumps(facts))
        archive.writestr("photo.jpg", _encode(photo.pixels[..., ::-1], ".jpg"))
        archive.writestr("device.png", _encode(photo.device_mask, ".png"))
        for kind, mask in truth.masks.items():
            if mask.any():
                archive.writestr(f"{kind.value}.png", _encode(mask, ".png"))
    part.replace(path)


def _read(path: Path) -> PooledPhoto:
    with zipfile.ZipFile(path) as archive:
        facts = json.loads(archive.read("truth.json"))
        pixels = np.ascontiguousarray(_decode(archive.read("photo.jpg"), cv2.IMREAD_COLOR)[..., ::-1])
        names = set(archive.namelist())
        blank = np.zeros(pixels.shape[:2], np.uint8)
        masks: dict[DefectKind, Mask] = {
            kind: _decode(archive.read(f"{kind.value}.png"), cv2.IMREAD_GRAYSCALE)
            if f"{kind.value}.png" in names
            else blank
            for kind in map(DefectKind, facts["placed"])
        }
        device = _decode(archive.read("device.png"), cv2.IMREAD_GRAYSCALE)
    defects = np.array(facts["defects"], np.int8)
    return PooledPhoto(pixels, Truth(defects, masks, device, int(facts["device"]), int(facts["view"])))


def _encode(image: Pixels, kind: str) -> bytes:
    is_done, body = cv2.imencode(kind, image, _OPTIONS[kind])
    if not is_done:
        raise ValueError(f"OpenCV could not encode a {image.shape} image as {kind}")
    return body.tobytes()


def _decode(body: bytes, mode: int) -> Pixels:
    return np.asarray(cv2.imdecode(np.frombuffer(body, np.uint8), mode), np.uint8)
