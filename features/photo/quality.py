"""Measure whether a photo can be judged: its size, and light, sharpness and glare over the device alone.

What lies around the device counts only where it must: a black screen in good light is dark, but its rim is
not. All measures are taken on a grey crop around the device; measures-1.yaml says how.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from data.condition import PhotoCode
from data.versioned_file import HashedFile, read_versioned
from features.photo.edge_width import edge_width
from features.photo.glare import NO_GLARE, Glare, find_glare
from features.photo.measures import CropMeasures, photo_measures
from features.photo.perceptual_hash import LikenessLimits
from features.photo.photo import Photo
from features.photo.window import BoolMask, grown, mean_over, shrunk

Grey = npt.NDArray[np.float32]

PHOTO_QUALITY = Path(__file__).parent / "quality.json"


@dataclass(frozen=True)
class Quality:
    """The measures of a photo; luminances are shares of the display's range, 0 to 1.

    `device_light` and `rim_light` are the brightest parts of the device and of it with its rim, and
    `middle_light` is the device's median; `burnt_share` is the share of the device without any detail left in
    white; `detail_contrast` is how far fine detail departs from its surroundings; `edge_width` is the blur
    (sigma) of the sharpest edges in shares of the crop's long side.
    """

    short_side_px: int
    device_light: float
    rim_light: float
    middle_light: float
    burnt_share: float
    detail_contrast: float
    edge_width: float
    glare: Glare = NO_GLARE


class QualityLimits(HashedFile):
    """The limits of quality.json, in the units of Quality and of serving.condition.framing."""

    version: str
    sha256: str
    source: str
    units: dict[str, str]
    short_side_min_px: int
    device_light_min: float
    rim_light_min: float
    burnt_share_max: float
    burnt_share_of_lit_screen_max: float
    detail_contrast_min: float
    edge_width_max: float
    glare_share_max: float
    glare_share_of_lit_screen_max: float
    glare_middle_light_max: float
    glare_light_near_min: float
    glare_light_far_min: float
    device_length_min: float
    border_contact_max: float
    border_probability_min: float
    outline_fill_min: float
    foreshortening_min: float
    keystone_max: float
    head_accuracy_min: float
    duplicate_bits_max: int
    duplicate_grey_step_max: float

    @property
    def name(self) -> str:
        """Return the name of these limits among the files that decide."""
        return "photo quality"

    @property
    def likeness(self) -> LikenessLimits:
        """Return the limits within which two photos are one picture sent twice."""
        return LikenessLimits(self.duplicate_bits_max, self.duplicate_grey_step_max)


@cache
def quality_limits() -> QualityLimits:
    """Return the limits that travel with this code."""
    return read_versioned(PHOTO_QUALITY, QualityLimits)


def measure_quality(photo: Photo, device: BoolMask | None = None) -> Quality:
    """Measure a photo; `device` is (h, w) of any size over the whole photo, None where it is not known."""
    measures = photo_measures().crop
    grey, place = _crop(photo, device, measures)
    inside = _enough(shrunk(place, measures.inset_px), place, measures)
    near = grown(place, measures.rim_px)
    detail = np.abs(grey - mean_over(grey, measures.detail_px))
    return Quality(
        short_side_px=min(photo.width_px, photo.height_px),
        device_light=float(np.quantile(grey[inside], measures.bright_quantile)),
        rim_light=float(np.quantile(grey[near], measures.bright_quantile)),
        middle_light=float(np.median(grey[inside])),
        burnt_share=float((grey[inside] >= measures.burnt_from).mean()),
        detail_contrast=float(np.quantile(detail[near], measures.detail_quantile)),
        edge_width=edge_width(grey, near),
        glare=find_glare(grey, place),
    )


def quality_codes(quality: Quality, limits: QualityLimits, *, is_lit: bool = False) -> tuple[PhotoCode, ...]:
    """Return every limit the photo breaks, in the order in which an operator should correct them.

    `is_lit` tells that a screen is on, which may be white and still be judged.
    """
    burnt_max = limits.burnt_share_of_lit_screen_max if is_lit else limits.burnt_share_max
    is_dark = quality.rim_light < limits.rim_light_min or quality.device_light < limits.device_light_min
    is_flat = quality.detail_contrast < limits.detail_contrast_min
    broken = {
        PhotoCode.TOO_SMALL: quality.short_side_px < limits.short_side_min_px,
        PhotoCode.TOO_DARK: is_dark,
        PhotoCode.TOO_BRIGHT: quality.burnt_share > burnt_max,
        PhotoCode.LOW_CONTRAST: is_flat,
        PhotoCode.BLURRED: quality.edge_width > limits.edge_width_max,
        PhotoCode.GLARE: _is_glaring(quality, limits, is_lit=is_lit),
    }
    return tuple(code for code, is_broken in broken.items() if is_broken)


def _is_glaring(quality: Quality, limits: QualityLimits, *, is_lit: bool) -> bool:
    """Return whether bright light falls off around its core, as that of a reflection does.

    The light of a white page or a sticker ends at once. On a device that is white itself nothing tells the
    two apart.
    """
    glare = quality.glare
    share_max = limits.glare_share_of_lit_screen_max if is_lit else limits.glare_share_max
    falls_off = (
        glare.light_near >= limits.glare_light_near_min and glare.light_far >= limits.glare_light_far_min
    )
    return glare.share > share_max and falls_off and quality.middle_light <= limits.glare_middle_light_max


def _crop(photo: Photo, device: BoolMask | None, measures: CropMeasures) -> tuple[Grey, BoolMask]:
    """Return the grey crop around the device and where the device is in it."""
    width, height = photo.image.size
    known = device if device is not None and device.any() else np.ones((1, 1), bool)
    in_rows, in_columns = (np.flatnonzero(known.any(axis=axis)) for axis in (1, 0))
    top, bottom = _bounds(in_rows, known.shape[0], height, measures.margin)
    left, right = _bounds(in_columns, known.shape[1], width, measures.margin)
    image = photo.image.crop((left, top, right, bottom)).convert("L")
    size_px = (measures.long_side_px, measures.long_side_px)
    image.thumbnail(size_px, Image.Resampling.BILINEAR, reducing_gap=3.0)
    rows = _nearest(top, bottom, image.height, known.shape[0] / height)
    columns = _nearest(left, right, image.width, known.shape[1] / width)
    place = known[rows][:, columns]
    return np.asarray(image, np.float32) / 255.0, _enough(place, np.ones_like(place), measures)


def _bounds(cells: npt.NDArray[np.intp], count: int, length_px: int, share: float) -> tuple[int, int]:
    """Return from which to which pixel cells of a side of `count` reach, with a margin of a share of that."""
    low, high = float(cells[0] / count), float(cells[-1] / count) + 1.0 / count
    margin = share * (high - low)
    start = max(0, int((low - margin) * length_px))
    return start, max(start + 1, min(length_px, int(np.ceil((high + margin) * length_px))))


def _nearest(start: int, stop: int, count: int, scale: float) -> npt.NDArray[np.intp]:
    return ((start + (np.arange(count) + 0.5) / count * (stop - start)) * scale).astype(np.intp)


def _enough(place: BoolMask, otherwise: BoolMask, measures: CropMeasures) -> BoolMask:
    return place if np.count_nonzero(place) >= measures.least_place_px else otherwise
