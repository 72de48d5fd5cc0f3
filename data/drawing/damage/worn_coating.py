"""Draw worn coating onto a picture of a device: bare material along edges and corners, scuffs beside it.

Coating goes first where the device rests, rubs and is held: on the edge itself, most at corners. What shows
is lighter metal, or plastic of another tone, with a ragged border; around it lie short scuffs in bundles.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from data.drawing.surface.raster import Mask, Pixels, Plane

DEPTH_MM = (0.5, 4.0)
SEEN_LEVELS = 10.0
"""Worn coating counts as visible if half of it changes the picture by this many 8-bit levels."""

SMALLEST_MM2 = 6.0
_ATTEMPTS = 6


@dataclass(frozen=True)
class Worn:
    """The picture with worn coating, and the mask of what is worn: (H, W) uint8 0/255."""

    pixels: Pixels
    mask: Mask


def draw_worn_coating(
    rng: np.random.Generator, pixels: Pixels, body: Mask, *, mm_per_px: float
) -> Worn | None:
    """Draw worn coating along the border of the device, whose (H, W) `body` is over 127.

    Returns None if none of several tries can be seen on this picture.
    """
    inside = (body > 127).astype(np.uint8)
    framed = cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    depth_px = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1]
    depth_mm = depth_px.astype(np.float32) * np.float32(mm_per_px)
    for _ in range(_ATTEMPTS):
        bare = _bare(rng, inside, depth_mm, mm_per_px)
        drawn = _uncover(rng, pixels, bare, _scuffs(rng, bare, depth_mm, mm_per_px))
        if _is_seen(pixels, drawn, mm_per_px):
            return drawn
    return None


def _bare(rng: np.random.Generator, inside: Mask, depth_mm: Plane, mm_per_px: float) -> Plane:
    """Return (H, W) 0 to 1, how much coating is gone: deep where a slow noise is high, its border ragged."""
    reach_mm = float(np.exp(rng.uniform(*np.log(DEPTH_MM))))
    along = _noise(rng, inside.shape, float(rng.uniform(8, 40)) / mm_per_px)
    share = float(rng.uniform(0.08, 0.5))
    edge = (depth_mm > 0) & (depth_mm < 1.5)
    level = float(np.quantile(along[edge], 1 - share)) if edge.any() else 1.0
    reach = np.clip((along - level) * np.float32(2.5), 0, 1) * np.float32(reach_mm)
    reach = np.maximum(reach, _corner(rng, inside, mm_per_px) * np.float32(reach_mm))
    ragged = _noise(rng, inside.shape, float(rng.uniform(0.4, 1.5)) / mm_per_px)
    gone = np.clip((reach * (1 + np.float32(0.8) * ragged) - depth_mm) / np.float32(0.25), 0, 1)
    return np.asarray(gone * inside, np.float32)


def _corner(rng: np.random.Generator, inside: Mask, mm_per_px: float) -> Plane:
    """Return (H, W) 0 to 1 around some corners of the body, where it fell or rubs."""
    found = np.zeros(inside.shape, np.float32)
    contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return found
    corners = cv2.boxPoints(cv2.minAreaRect(max(contours, key=cv2.contourArea)))
    rows, columns = np.indices(inside.shape, np.float32)
    for corner in corners:
        if rng.random() < 0.4:
            radius = float(rng.uniform(4, 14)) / mm_per_px
            away = np.hypot(columns - corner[0], rows - corner[1]) / np.float32(radius)
            found = np.maximum(found, np.clip(1.4 - away, 0, 1))
    return found


def _scuffs(rng: np.random.Generator, bare: Plane, depth_mm: Plane, mm_per_px: float) -> Plane:
    """Return (H, W) 0 to 1 of short lines in bundles near what is bare."""
    lines = np.zeros(bare.shape, np.uint8)
    near = np.argwhere((depth_mm > 0) & (depth_mm < 8) & (cv2.blur(bare, (15, 15)) > 0.02))
    for _ in range(int(rng.integers(0, 30)) if len(near) else 0):
        row, column = near[int(rng.integers(len(near)))]
        angle, length = rng.uniform(0, np.pi), float(rng.uniform(1, 6)) / mm_per_px
        for _ in range(int(rng.integers(2, 6))):
            x, y = rng.normal((column, row), 1.0 / mm_per_px)
            turn = angle + rng.normal(0, 0.15)
            end = (round(x + length * np.cos(turn)), round(y + length * np.sin(turn)))
            cv2.line(lines, (round(x), round(y)), end, int(rng.integers(30, 140)), 1, cv2.LINE_AA)
    return np.asarray(lines, np.float32) / np.float32(255) * (depth_mm > 0)


def _uncover(rng: np.random.Generator, pixels: Pixels, bare: Plane, scuffs: Plane) -> Worn:
    """Show another material where the coating is gone, shaded as the surface was."""
    before = pixels.astype(np.float32)
    tone = float(rng.choice((rng.uniform(140, 235), rng.uniform(20, 90)), p=(0.8, 0.2)))
    material = np.asarray(tone * rng.uniform(0.9, 1.08, 3), np.float32)
    shading = cv2.GaussianBlur(before.mean(axis=2), (0, 0), 6)[..., None] / 128
    grain = (rng.normal(0, 8, bare.shape)[..., None]).astype(np.float32)
    shown = material * (np.float32(0.65) + np.float32(0.35) * np.clip(shading, 0.3, 1.6)) + grain
    strength = float(rng.uniform(0.45, 1.0))
    cover = cv2.GaussianBlur(bare, (0, 0), 0.6)[..., None] * np.float32(strength)
    after = before + cover * (shown - before)
    after = after + scuffs[..., None] * np.float32(rng.uniform(0.3, 0.9)) * (np.float32(225) - after)
    changed = np.clip(after + np.float32(0.5), 0, 255).astype(np.uint8)
    return Worn(changed, np.where((bare > 0.4) | (scuffs > 0.15), 255, 0).astype(np.uint8))


def _is_seen(before: Pixels, drawn: Worn, mm_per_px: float) -> bool:
    on_it = drawn.mask > 0
    if np.count_nonzero(on_it) * mm_per_px**2 < SMALLEST_MM2 or np.count_nonzero(on_it) < 12:
        return False
    change = np.abs(drawn.pixels[on_it].astype(np.int16) - before[on_it]).max(axis=1)
    return float(np.median(change)) >= SEEN_LEVELS


def _noise(rng: np.random.Generator, shape: tuple[int, ...], wave_px: float) -> Plane:
    """Return (H, W) smooth noise around 0 whose features are `wave_px` wide."""
    rows, columns = (max(2, int(side / max(wave_px, 1.0)) + 2) for side in shape)
    coarse = rng.normal(0, 0.6, (rows, columns)).astype(np.float32)
    fine = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(fine, np.float32)
