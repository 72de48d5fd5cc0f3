"""Measure whether a photo can be judged at all: size, light, contrast, sharpness."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from data.condition import PhotoCode
from features.perceptual_hash import Likeness
from features.photo import Photo

MEASURING_SIDE_PX = 512


@dataclass(frozen=True)
class Quality:
    """What was measured: luminance in 0 to 1, sharpness as the strongest edges relative to contrast."""

    short_side_px: int
    luminance_mean: float
    luminance_spread: float
    sharpness: float


@dataclass(frozen=True)
class QualityLimits:
    """The limits of quality.json, in the units of Quality; `device_area_min` is a fraction of the photo."""

    version: str
    source: str
    short_side_min_px: int
    luminance_mean_min: float
    luminance_mean_max: float
    luminance_spread_min: float
    sharpness_min: float
    device_area_min: float
    duplicate_bits_max: int
    duplicate_grey_step_max: float

    @property
    def likeness(self) -> Likeness:
        """Return how far two photos may differ and still be one picture sent twice."""
        return Likeness(self.duplicate_bits_max, self.duplicate_grey_step_max)


@cache
def quality_limits() -> QualityLimits:
    """Return the limits that travel with this code."""
    text = (Path(__file__).parent / "quality.json").read_text(encoding="utf-8")
    return QualityLimits(**json.loads(text))


def measure_quality(photo: Photo) -> Quality:
    """Measure a photo on its grey version at MEASURING_SIDE_PX."""
    grey = _grey(photo)
    low, high = np.percentile(grey, (2.0, 98.0))
    return Quality(
        short_side_px=min(photo.width_px, photo.height_px),
        luminance_mean=float(grey.mean()),
        luminance_spread=float(high - low),
        sharpness=_sharpness(grey),
    )


def quality_codes(quality: Quality, limits: QualityLimits) -> tuple[PhotoCode, ...]:
    """Return every limit the photo breaks, in the order in which an operator should mend them."""
    broken = {
        PhotoCode.TOO_SMALL: quality.short_side_px < limits.short_side_min_px,
        PhotoCode.TOO_DARK: quality.luminance_mean < limits.luminance_mean_min,
        PhotoCode.TOO_BRIGHT: quality.luminance_mean > limits.luminance_mean_max,
        PhotoCode.LOW_CONTRAST: quality.luminance_spread < limits.luminance_spread_min,
        PhotoCode.BLURRED: quality.sharpness < limits.sharpness_min,
    }
    return tuple(code for code, is_broken in broken.items() if is_broken)


def _grey(photo: Photo) -> npt.NDArray[np.float32]:
    image = Image.fromarray(photo.pixels).convert("L")
    image.thumbnail((MEASURING_SIDE_PX, MEASURING_SIDE_PX), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image, np.float32) / 255.0


def _sharpness(grey: npt.NDArray[np.float32]) -> float:
    if min(grey.shape) < 3:
        return 0.0
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4.0 * grey[1:-1, 1:-1]
    spread = float(np.percentile(grey, 99.0) - np.percentile(grey, 1.0))
    return float(np.percentile(np.abs(laplacian), 99.5)) / max(spread, 1e-3)
