"""Paste damage onto intact photos: hairlines on glass and worn coating, with exact masks.

Real photos of hairlines and of worn backs with a label are not to be had, so real intact devices are given
them. The same photos are shown undamaged as often, so that only the damage tells the two apart.
"""

from dataclasses import replace

import cv2
import numpy as np

from data.defect import DefectKind
from data.device import DeviceClass
from data.drawing.damage.hairline import draw_hairline
from data.drawing.damage.worn_coating import draw_worn_coating
from data.sizes import typical_dimensions
from features.photo.photo import Pixels
from training.condition.network import CLASSES, KINDS
from training.condition.samples.target import Truth

_SHARPENED_BELOW_PX = 900
# A border that was read by eye is unsure by a few percent of the device; a box leaves as much unsure as sure.
_UNSURE_SHARE_MAX = 0.3


def paste_damage(
    rng: np.random.Generator, pixels: Pixels, truth: Truth, kind: DefectKind
) -> tuple[Pixels, Truth]:
    """Return the photo with one more defect, `crack` (a hairline) or `coating_loss`, and its truth.

    The photo comes back as it was if it isn't known to be free of the kind, its device's outline isn't
    known, or the damage could not be seen on it.
    """
    if truth.defects[KINDS.index(kind)] != 0 or not _is_outlined(truth.device_mask):
        return pixels, truth
    pixels, truth = _enlarge(rng, pixels, truth)
    body = _largest(truth.device_mask)
    scale = mm_per_px(CLASSES[truth.device] if truth.device >= 0 else "none", body)
    if kind is DefectKind.CRACK:
        hairline = draw_hairline(rng, pixels, body, mm_per_px=scale)
        return (pixels, truth) if hairline is None else (hairline.pixels, _with(truth, kind, hairline.mask))
    worn = draw_worn_coating(rng, pixels, body, mm_per_px=scale)
    return (pixels, truth) if worn is None else (worn.pixels, _with(truth, kind, worn.mask))


def mm_per_px(device: str, body: Pixels) -> float:
    """Return the scale of a picture by the typical size of the device that `body` covers."""
    rows, columns = np.nonzero(body)
    corners = cv2.minAreaRect(np.column_stack([columns, rows]).astype(np.float32))
    known = DeviceClass(device) if device in set(DeviceClass) else DeviceClass.OTHER
    size = typical_dimensions(known)
    return max(size.height_mm, size.width_mm) / float(max(*corners[1], 1.0))


def _is_outlined(device_mask: Pixels | None) -> bool:
    """Return whether the mask follows the device's border: unsure (128) at most near it, as no box is."""
    if device_mask is None:
        return False
    sure, unsure = (int(np.count_nonzero(device_mask == value)) for value in (255, 128))
    return sure > 0 and unsure <= _UNSURE_SHARE_MAX * sure


def _enlarge(rng: np.random.Generator, pixels: Pixels, truth: Truth) -> tuple[Pixels, Truth]:
    """Enlarge a small photo by up to two, so that damage can be finer than the photo it is drawn on."""
    if max(pixels.shape) >= _SHARPENED_BELOW_PX:
        return pixels, truth
    factor = float(rng.uniform(1.0, 2.0))
    size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))

    def large(image: Pixels, how: int) -> Pixels:
        return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)

    masks = {kind: large(mask, cv2.INTER_NEAREST) for kind, mask in truth.masks.items()}
    device = None if truth.device_mask is None else large(truth.device_mask, cv2.INTER_NEAREST)
    return large(pixels, cv2.INTER_CUBIC), replace(truth, masks=masks, device_mask=device)


def _largest(mask: Pixels | None) -> Pixels:
    if mask is None:
        raise ValueError("a photo without a device mask has no outline to paste onto")
    contours, _ = cv2.findContours((mask > 128).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(contours, key=cv2.contourArea)
    return cv2.drawContours(np.zeros_like(mask), [largest], -1, 255, cv2.FILLED).astype(np.uint8)


def _with(truth: Truth, kind: DefectKind, mask: Pixels) -> Truth:
    defects = truth.defects.copy()
    defects[KINDS.index(kind)] = 1
    return replace(truth, defects=defects, masks={**truth.masks, kind: mask})
