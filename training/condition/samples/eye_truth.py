"""Turn what was seen on a real photo by eye into what a run may learn from it."""

import cv2
import numpy as np

from data.device import View
from data.drawing.surface.raster import Mask
from training.condition.labels.eye_labels import EyeLabel, Outline
from training.condition.network import CLASSES, UNKNOWN, VIEWS

# Corners are read by eye to about two percent of a side.
_UNSURE_SHARE = 0.015


def view_index(label: EyeLabel) -> int:
    """Return which view the photo is, UNKNOWN where the looks do not settle it."""
    return side_index(label.side, is_lit=label.is_lit)


def side_index(side: str | None, *, is_lit: bool | None = None) -> int:
    """Return which view a side named by eye is, UNKNOWN of others and of a front not known to be lit."""
    named = {
        "front": None if is_lit is None else View.FRONT_ON if is_lit else View.FRONT_OFF,
        "back": View.BACK,
        "edge": View.EDGE,
    }.get(side or "")
    return VIEWS.index(named) if named else UNKNOWN


def class_index(label: EyeLabel) -> int:
    """Return which class the main device is of, UNKNOWN where the looks do not settle it."""
    return CLASSES.index(label.device_class) if label.device_class else UNKNOWN


def outline_mask(label: EyeLabel, shape: tuple[int, ...]) -> Mask | None:
    """Return (H, W) uint8 of the main device: 255, 128 near its border, 0 beside it.

    None where no outline was drawn, and of several sides beside each other, of which one was picked.
    """
    if label.outline is None or (label.side == "other" and not label.is_alone):
        return None
    height, width = shape[:2]
    corners = np.round(label.outline * (width, height)).astype(np.int32)
    body = cv2.fillConvexPoly(np.zeros((height, width), np.uint8), corners, 255)
    return _unsure_at_the_border(body.astype(np.uint8), label.outline * (width, height))


def _unsure_at_the_border(body: Mask, corners: Outline) -> Mask:
    reach = max(1, round(_UNSURE_SHARE * float(np.ptp(corners, axis=0).max())))
    window = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    # Beyond the photo the device may go on: its rim is no border of the device.
    inner = cv2.erode(body, window, borderType=cv2.BORDER_CONSTANT, borderValue=255)
    outer = cv2.dilate(body, window)
    return np.where(inner == 255, 255, np.where(outer > 0, 128, 0)).astype(np.uint8)
