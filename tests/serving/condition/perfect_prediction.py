"""See drawn photos without a mistake: what a perfect network would answer, from the exact masks."""

import numpy as np

from data.defect import DefectKind
from data.drawing.photos import DrawnPhoto
from features.photo.photo import Frame, Region
from serving.condition.inference import Prediction

CELL_PX = 8


def perfect_prediction(photo: DrawnPhoto, *, sure: float = 0.99) -> Prediction:
    """Return a prediction that is right in every cell, at the photo's own detail; its frame is not square."""
    height, width = (side // CELL_PX * CELL_PX for side in photo.device_mask.shape)
    kinds = {defect.kind for defect in photo.defects}
    maps = [_cells(photo.mask(kind)[:height, :width]).max(axis=(1, 3)) for kind in DefectKind]
    device = _cells(photo.device_mask[:height, :width]).mean(axis=(1, 3))
    box = photo.box
    return Prediction(
        defects={kind: sure if kind in kinds else 0.001 for kind in DefectKind},
        map=np.stack([*maps, device]).astype(np.float32),
        frame=Frame(
            photo.pixels[:height, :width],
            0.0,
            0.0,
            1.0 / photo.device_mask.shape[1],
            1.0 / photo.device_mask.shape[0],
        ),
        region=Region(box.left, box.top, box.left + box.width, box.top + box.height),
        device_class=photo.device_class,
        view=photo.view,
    )


def _cells(mask: np.ndarray) -> np.ndarray:
    height, width = mask.shape
    whole = (mask > 127).astype(np.float32)
    return whole.reshape(height // CELL_PX, CELL_PX, width // CELL_PX, CELL_PX)
