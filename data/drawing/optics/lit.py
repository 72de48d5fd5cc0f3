"""Define a face with light on it, and carry it into the photo."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from data.drawing.surface import raster
from data.drawing.surface.canvas import unit
from data.drawing.surface.raster import Mask, Plane, Points
from data.drawing.surface.shape import rectangle
from data.homography import carry


@dataclass(frozen=True)
class Lit:
    """A face as it is lit: light (H, W, 3), its cover and the masks of its defects (H, W).

    `mm_to_px` is the homography from the face's millimetres to its pixels, centres at integers.
    """

    light: Plane
    alpha: Mask
    masks: list[Mask]
    mm_to_px: Points

    def squeezed(self, across: float, down: float) -> "Lit":
        """Return the face with columns and rows averaged down to these shares, as it is seen at a slant."""
        rows, columns = self.alpha.shape
        size = max(4, round(columns * min(1.0, across))), max(4, round(rows * min(1.0, down)))
        if size == (columns, rows):
            return self
        x, y = size[0] / columns, size[1] / rows
        shrink = np.array([[x, 0, 0.5 * x - 0.5], [0, y, 0.5 * y - 0.5], [0, 0, 1.0]])
        return Lit(
            raster.average(self.light, *size),
            raster.average(self.alpha, *size),
            [raster.average(mask, *size) for mask in self.masks],
            shrink @ self.mm_to_px,
        )

    def place(self, picture: Plane, device: Mask, mm_to_photo: Points) -> list[Mask]:
        """Blend the face into the photo, add it to the device's mask, and return its masks in the photo."""
        height, width = device.shape
        rows, columns = self.alpha.shape
        to_photo = mm_to_photo @ np.linalg.inv(self.mm_to_px)
        seen = carry(rectangle(0, 0, columns, rows), to_photo)
        low = np.clip(np.floor(seen.min(axis=0)).astype(int), 0, (width, height))
        high = np.clip(np.ceil(seen.max(axis=0)).astype(int) + 1, 0, (width, height))
        size = cast(tuple[int, int], tuple(int(v) for v in high - low))
        placed = [np.zeros((height, width), np.uint8) for _ in self.masks]
        if min(size) < 1:
            return placed
        shift = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1.0]]) @ to_photo
        cover = raster.warp_mask(self.alpha, shift, *size)
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        part = picture[window]
        part += (raster.warp(self.light, shift, *size) - part) * unit(cover)[..., None]
        device[window] = np.maximum(device[window], cover)
        for target, mask in zip(placed, self.masks, strict=True):
            target[window] = np.minimum(raster.warp_mask(mask, shift, *size), np.where(cover > 100, 255, 0))
        return placed
