"""Paste damage onto real photos that no run learnt from, to measure what labelled photos can't.

Hairlines of 10 mm and more, 1 to 2 px wide on a photo of 12 megapixels, on the phones of the validation part
that stand on white: anywhere on what stands there, and on the glass over a lit screen alone. Each is graded
at that size and as it comes out 600 px wide, and so is the same photo without it. Worn coating likewise.
Half drawn, and always called so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from data.defect import DefectKind
from data.drawing.damage.hairline import Hairline, draw_hairline, is_hairline_seen
from data.drawing.damage.worn_coating import draw_worn_coating
from data.labelled.photo_set import LabelledPhoto
from features.photo.photo import Pixels, read_photo
from serving.condition.model import ConditionModel
from training.condition.labels.glass import glass_mask
from training.condition.measure.graded_photos import GradedPhoto, to_jpeg
from training.condition.measure.slices import Slice, measure_slice
from training.condition.samples.paste_damage import mm_per_px
from training.condition.samples.standing import white_background_mask
from training.condition.settings import ConditionSettings

PASTED = "pasted"
WORN = "worn coating"


class _Names(NamedTuple):
    """The names of the photos of one way to draw hairlines."""

    large: str
    small: str
    seen: str

    @classmethod
    def of(cls, hairline: str) -> "_Names":
        small = f"{hairline}, 600 px wide"
        return cls(f"{hairline}, 12 megapixels", small, f"{small}, where it shows there")


_ANYWHERE, _ON_GLASS = _Names.of("hairline"), _Names.of("hairline on a lit screen")
_KINDS = {
    **dict.fromkeys((*_ON_GLASS, *_ANYWHERE), DefectKind.CRACK),
    WORN: DefectKind.COATING_LOSS,
}
_LARGE_PX = 4032
_DEVICE_PX = 3200
_SMALL_WIDE_PX = 600
_WORN_PX = 1600
_TIMES = 4
_LINE_PX = (1.0, 2.0)
# Of a pixel of the small photo, so much must have been hairline to count as on it, of 255.
_ON_LINE = 40


@dataclass(frozen=True)
class _Phone:
    """A real intact phone on white, enlarged, with its scale and where damage may lie on it."""

    photo: LabelledPhoto
    pixels: Pixels
    body: Pixels
    mm_per_px: float


def score_pasted(
    model: ConditionModel,
    photos: Sequence[LabelledPhoto],
    settings: ConditionSettings,
    *,
    times: int = _TIMES,
) -> list[GradedPhoto]:
    """Grade validation photos of intact phones with and without damage put on them, `times` each."""
    usable = [photo for photo in photos if photo.labels.get(DefectKind.CRACK) is False]
    scored: list[GradedPhoto] = []
    for number, photo in enumerate(tqdm(usable, desc="pasted photos", mininterval=5.0)):
        rule = settings.rule(photo.folder, photo.source)
        if rule is None or not rule.pasted:
            continue
        rng = settings.validation_rng(2, number, 0x9A57)
        if (phone := _enlarged(photo, _DEVICE_PX, _LARGE_PX)) is not None:
            scored += _score_hairlines(model, rng, phone, _ANYWHERE, times)
            glass_rng = settings.validation_rng(2, number, 0x61A5)
            if (glass := _glass_of(phone)) is not None:
                scored += _score_hairlines(model, glass_rng, glass, _ON_GLASS, times)
        scored += _score_worn(model, rng, photo, times)
    return scored


def pasted_slices(pasted: Sequence[GradedPhoto], thresholds: Mapping[str, float]) -> list[Slice]:
    """Return how well each kind of pasted damage is told from the same photos without it."""
    return [
        measure_slice(f"pasted: {source}", kind, rows, (_all, _all), thresholds)
        for source, kind in _KINDS.items()
        if (rows := [row for row in pasted if row.source == source])
    ]


def _all(_row: GradedPhoto) -> bool:
    return True


def _score_hairlines(
    model: ConditionModel, rng: np.random.Generator, phone: _Phone, names: _Names, times: int
) -> Iterator[GradedPhoto]:
    widths = tuple(px * phone.mm_per_px for px in _LINE_PX)
    intact = _small(phone.pixels)
    yield from _both_sizes(model, phone, None, intact, names, number=0)
    for number in range(1, times + 1):
        drawn = draw_hairline(
            rng, phone.pixels, phone.body, mm_per_px=phone.mm_per_px, width_mm=(widths[0], widths[1])
        )
        if drawn is not None:
            yield from _both_sizes(model, phone, drawn, intact, names, number=number)


def _both_sizes(
    model: ConditionModel,
    phone: _Phone,
    hairline: Hairline | None,
    intact: Pixels,
    names: _Names,
    *,
    number: int,
) -> Iterator[GradedPhoto]:
    """Grade a phone with or without a hairline at both sizes, and name what shows on the small one.

    intact: the small photo without a hairline.
    """
    labels = {DefectKind.CRACK: hairline is not None}
    pixels = phone.pixels if hairline is None else hairline.pixels
    yield _score(model, phone, pixels, names.large, labels, number)
    small = intact if hairline is None else _small(hairline.pixels)
    scored = _score(model, phone, small, names.small, labels, number)
    yield scored
    if hairline is None or is_hairline_seen(intact, small, _small(hairline.mask) > _ON_LINE):
        yield replace(scored, source=names.seen)


def _small(pixels: Pixels) -> Pixels:
    height = round(pixels.shape[0] * _SMALL_WIDE_PX / pixels.shape[1])
    image = Image.fromarray(pixels)
    return np.asarray(image.resize((_SMALL_WIDE_PX, height), Image.Resampling.LANCZOS))


def _glass_of(phone: _Phone) -> _Phone | None:
    """Return the phone with the glass over its lit screen as all that may be damaged; None if not marked."""
    glass = glass_mask(phone.photo.path.stem, phone.pixels.shape[:2])
    if glass is None:
        return None
    return replace(phone, body=glass, mm_per_px=mm_per_px(phone.photo.device, glass))


def _score_worn(
    model: ConditionModel, rng: np.random.Generator, photo: LabelledPhoto, times: int
) -> Iterator[GradedPhoto]:
    phone = _enlarged(photo, _WORN_PX * _DEVICE_PX / _LARGE_PX, _WORN_PX)
    if phone is None:
        return
    yield _score(model, phone, phone.pixels, WORN, {DefectKind.COATING_LOSS: False}, 0)
    for number in range(1, times + 1):
        drawn = draw_worn_coating(rng, phone.pixels, phone.body, mm_per_px=phone.mm_per_px)
        if drawn is not None:
            yield _score(model, phone, drawn.pixels, WORN, {DefectKind.COATING_LOSS: True}, number)


def _enlarged(photo: LabelledPhoto, device_px: float, long_px: int) -> _Phone | None:
    """Return the photo with its phone `device_px` long, the photo `long_px` at most; None if not on white."""
    pixels = read_photo(photo.path.read_bytes()).pixels
    body = white_background_mask(pixels)
    if body is None:
        return None
    rows, columns = np.nonzero(body)
    factor = min(device_px / max(np.ptp(rows) + 1, np.ptp(columns) + 1), long_px / max(body.shape))
    size = (round(body.shape[1] * factor), round(body.shape[0] * factor))
    large = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    large_body = np.asarray(cv2.resize(body, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    return _Phone(photo, large, large_body, mm_per_px(photo.device, large_body))


def _score(
    model: ConditionModel,
    phone: _Phone,
    pixels: Pixels,
    source: str,
    labels: dict[DefectKind, bool],
    number: int,
) -> GradedPhoto:
    return GradedPhoto(
        name=f"{phone.photo.path.stem}-{source}-{number}",
        folder=PASTED,
        source=source,
        group=phone.photo.group,
        labels=labels,
        device_class=None,
        view=None,
        condition=model.grade([to_jpeg(pixels)]),
    )
