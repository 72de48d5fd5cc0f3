"""Find what stands free of its surroundings on a catalogue picture, and put it into others."""

import io

import cv2
import numpy as np
from PIL import Image

from data.drawing.surface.raster import Mask
from features.photo.photo import Pixels

_WHITE = 246
_OPAQUE = 127
_SHADOW_MOST = 0.45
_MARGIN_MOST = 0.6


def transparent_cutout(body: bytes) -> tuple[Pixels, Mask] | None:
    """Return a picture with transparency over white, and (H, W) 0/255 of what it shows; else None."""
    with Image.open(io.BytesIO(body)) as image:
        if image.mode not in {"RGBA", "LA", "PA"} and "transparency" not in image.info:
            return None
        rgba = np.asarray(image.convert("RGBA"), np.uint8)
    alpha = rgba[..., 3:].astype(np.float32) / 255.0
    if float(alpha.min()) > _OPAQUE / 255.0:
        return None
    over_white = rgba[..., :3] * alpha + 255.0 * (1.0 - alpha)
    standing = np.where(rgba[..., 3] > _OPAQUE, 255, 0).astype(np.uint8)
    return np.ascontiguousarray(over_white.round().astype(np.uint8)), standing


def white_background_mask(pixels: Pixels) -> Mask | None:
    """Return (H, W) 0/255 of what stands on a pure white background, or None if the photo has another one."""
    white = (pixels.min(axis=2) >= _WHITE).astype(np.uint8)
    border = np.concatenate([white[0], white[-1], white[:, 0], white[:, -1]])
    if border.mean() < 0.9:
        return None
    thing = cv2.morphologyEx(1 - white, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(thing, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    large = [contour for contour in contours if cv2.contourArea(contour) > 0.02 * white.size]
    if not large:
        return None
    return cv2.drawContours(np.zeros(white.shape, np.uint8), large, -1, 255, cv2.FILLED).astype(np.uint8)


def draw_margins(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return how many pixels of surroundings a cutout gets above, below, left and right.

    Catalogues cut their pictures close to the device; a photo of one leaves room around it.
    """
    rows, columns = shape[0] * _MARGIN_MOST, shape[1] * _MARGIN_MOST
    above, below = rng.uniform(0.0, rows, 2)
    left, right = rng.uniform(0.0, columns, 2)
    return int(above), int(below), int(left), int(right)


def place_on(rng: np.random.Generator, pixels: Pixels, standing: Mask, background: Pixels) -> Pixels:
    """Put what stands free onto another photo, with its shadow, so that white tells nothing of damage."""
    height, width = standing.shape
    scene = cv2.resize(background, (width, height), interpolation=cv2.INTER_LINEAR)
    scene = cv2.GaussianBlur(scene, (0, 0), float(rng.uniform(0.5, 6.0)))
    alpha = cv2.GaussianBlur(cv2.erode(standing, np.ones((3, 3), np.uint8)), (0, 0), 0.8)[..., None] / 255.0
    lit = scene * (1.0 - _shadow(rng, standing))
    return np.asarray(alpha * pixels + (1.0 - alpha) * lit, np.uint8)


def _shadow(rng: np.random.Generator, standing: Mask) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return (H, W, 1) of how much darker the ground is, soft and a little aside."""
    reach = max(standing.shape) * float(rng.uniform(0.005, 0.04))
    aside = rng.uniform(-1.0, 1.0, 2) * reach
    moved = np.array([[1.0, 0.0, aside[0]], [0.0, 1.0, aside[1]]])
    fallen = cv2.warpAffine(standing, moved, standing.shape[::-1])
    soft = cv2.GaussianBlur(fallen, (0, 0), max(reach, 0.5)).astype(np.float32) / np.float32(255.0)
    return np.asarray(soft * np.float32(rng.uniform(0.0, _SHADOW_MOST)))[..., None]
