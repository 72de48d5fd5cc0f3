"""Make training samples: real photos from a folder, drawn ones from a pool, damage pasted onto either."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from data.defect import DefectKind
from data.device import View
from data.drawing.damage.planned_defect import UndrawableDefect
from data.drawing.photos import DrawnPhoto, draw_photo
from data.drawing.surface.raster import Mask
from data.labelled.photo_set import LabelledPhoto
from features.photo.photo import WHOLE, Pixels, cut_frame, read_photo
from training.condition.labels.eye_labels import seen_by_eye
from training.condition.labels.picture_parts import picture_parts
from training.condition.network import KINDS, UNKNOWN
from training.condition.samples.augment import (
    FramePair,
    add_margins,
    choose_region,
    cut_picture,
    pooled_labels,
    to_map,
    vary_camera,
    warp_frame,
)
from training.condition.samples.eye_truth import class_index, side_index
from training.condition.samples.paste_damage import paste_damage
from training.condition.samples.pool import DrawnPool
from training.condition.samples.standing import (
    draw_margins,
    place_on,
    transparent_cutout,
    white_background_mask,
)
from training.condition.samples.target import Truth, real_truth
from training.condition.settings import ConditionSettings, SourceRule

CACHED_SIDE_PX = 1600
DRAWN_SIDES_PX = (500.0, 1500.0)
VALIDATION_SIDE_PX = 1024
EVEN_SHARE = 0.45
# How often a picture on plain ground stays there.
_AS_IT_STANDS = 0.3

Sample = dict[str, torch.Tensor]


@dataclass(frozen=True)
class RealExample:
    """A real photo, decoded once and kept at most CACHED_SIDE_PX large, with its truth.

    `standing` is (H, W) 0/255 of what stands free on white or transparent ground, None in other photos. A
    part is a single device cut out of a picture of several.
    """

    photo: LabelledPhoto
    pixels: Pixels
    truth: Truth
    standing: Mask | None = None
    is_part: bool = False


def load_example(photo: LabelledPhoto, rule: SourceRule) -> RealExample:
    """Decode a photo the way serving does and keep it small enough to hold a whole set in memory.

    What is transparent becomes white, and is known not to be the device.
    """
    body = photo.path.read_bytes()
    whole = read_photo(body)
    cutout = transparent_cutout(body)
    pixels = _small(cutout[0] if cutout else whole.pixels)
    standing = _small(cutout[1]) if cutout else white_background_mask(pixels)
    seen = seen_by_eye(body)
    scale = pixels.shape[1] / whole.width_px
    truth = real_truth(photo, rule, pixels.shape, scale, standing=standing, seen=seen)
    return RealExample(photo, pixels, truth, standing)


def load_parts(example: RealExample) -> Iterator[RealExample]:
    """Yield each device that a picture of several shows alone, on white; of its damage nothing is known."""
    body = example.photo.path.read_bytes()
    seen = seen_by_eye(body)
    for part in picture_parts().get(hashlib.sha256(body).hexdigest(), ()):
        window = part.window(example.pixels.shape)
        pixels = np.ascontiguousarray(example.pixels[window])
        standing = np.full(pixels.shape[:2], 255, np.uint8)
        if example.standing is not None:
            standing = np.ascontiguousarray(example.standing[window])
        truth = Truth(
            defects=np.full(len(KINDS), UNKNOWN, np.int8),
            masks={},
            device_mask=standing,
            device=class_index(seen) if seen else UNKNOWN,
            view=side_index(part.side),
        )
        yield RealExample(example.photo, pixels, truth, standing, is_part=True)


def _small(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    shrink = min(1.0, CACHED_SIDE_PX / max(height, width))
    size = (round(width * shrink), round(height * shrink))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


class Epochs(Dataset[Sample]):
    """All samples of all epochs in one sequence; sample i is the same whoever asks for it, and whenever.

    In pairs, samples 2k and 2k + 1 are one scene in one frame, turned, mirrored and taken otherwise.
    """

    def __init__(
        self,
        settings: ConditionSettings,
        examples: Sequence[RealExample],
        backgrounds: Sequence[Pixels],
        pool: DrawnPool,
    ) -> None:
        self._settings = settings
        self._examples = examples
        self._backgrounds = backgrounds
        self._pool = pool
        self._looks = FramePair(
            settings.side_px, settings.detail_px, settings.whole_share, settings.device_share
        )
        self._each = 2 if settings.in_pairs else 1
        self._plan = [number for epoch in range(settings.epochs) for number in self._epoch(epoch)]

    def __len__(self) -> int:
        return self._each * len(self._plan)

    def __getitem__(self, index: int) -> Sample:
        """Return one sample; its randomness depends on the run's seed and the index alone."""
        place = index // self._each
        rng = np.random.default_rng((self._settings.seed, place))
        pixels, truth = self.scene(rng, self._plan[place])
        region = None
        if self._settings.in_pairs:
            # What is shown is one; how it lies in the frame, and through which camera, is each one's own.
            region = choose_region(rng, truth, pixels.shape, self._looks)
            rng = np.random.default_rng((self._settings.seed, index, 0x9A12))
        frame, seen = warp_frame(rng, pixels, truth, self._looks, region)
        return to_sample(vary_camera(rng, frame), seen)

    def _epoch(self, epoch: int) -> list[int]:
        """Return the order of one epoch: example numbers, and -1 - k for photo k of the drawn pool."""
        rng = np.random.default_rng((self._settings.seed, epoch, 0x5EED))
        shows = [self._shows(rng, example) for example in self._examples]
        numbers = np.repeat(np.arange(len(self._examples)), shows)
        count = self._settings.drawn_per_epoch
        drawn = np.arange(epoch * count, (epoch + 1) * count) % max(len(self._pool), 1)
        whole = np.concatenate([numbers, -1 - drawn])
        return [int(number) for number in rng.permutation(whole)]

    def _shows(self, rng: np.random.Generator, example: RealExample) -> int:
        rule = self._settings.rule(example.photo.folder, example.photo.source)
        often = rule.shows_per_epoch if rule else 0.0
        often = self._settings.shows_of_parts if example.is_part else often
        return int(often) + int(rng.random() < often % 1.0)

    def scene(self, rng: np.random.Generator, number: int) -> tuple[Pixels, Truth]:
        """Return a photo as it is shown this time: damaged, elsewhere, cut through, or as it was.

        number: of an example, or -1 - k for photo k of the drawn pool.
        """
        if number < 0:
            drawn = self._pool[-1 - number]
            pixels, truth = _damaged(rng, drawn.pixels, drawn.truth, self._settings.drawn_pasted)
        else:
            pixels, truth = self._real_scene(rng, self._examples[number])
        return cut_picture(rng, pixels, truth) if rng.random() < self._settings.cut_share else (pixels, truth)

    def _real_scene(self, rng: np.random.Generator, example: RealExample) -> tuple[Pixels, Truth]:
        rule = self._settings.rule(example.photo.folder, example.photo.source)
        pixels, truth = _damaged(rng, example.pixels, example.truth, rule.pasted if rule else {})
        if example.standing is None or not self._backgrounds or rng.random() < _AS_IT_STANDS:
            return pixels, truth
        # Damage is pasted onto an enlarged copy.
        standing = cv2.resize(example.standing, pixels.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        background = self._backgrounds[int(rng.integers(len(self._backgrounds)))]
        if example.is_part or (rule and rule.is_cut_close):
            margins = draw_margins(rng, pixels.shape)
            pixels, truth = add_margins(pixels, truth, margins)
            standing = cv2.copyMakeBorder(standing, *margins, cv2.BORDER_CONSTANT, value=0)
        return place_on(rng, pixels, standing.astype(np.uint8), background), truth


def _damaged(
    rng: np.random.Generator,
    pixels: Pixels,
    truth: Truth,
    shares: Mapping[DefectKind, float],
) -> tuple[Pixels, Truth]:
    """Paste at most one kind, each with its share."""
    left = rng.random()
    for kind, share in shares.items():
        left -= share
        if left < 0:
            return paste_damage(rng, pixels, truth, kind)
    return pixels, truth


def drawn_pool(settings: ConditionSettings, folder: Path) -> DrawnPool:
    """Return the pool of drawn photos that a run learns from, kept in `folder`."""
    seed = settings.seed if settings.drawn_seed is None else settings.drawn_seed

    def draw(number: int) -> DrawnPhoto:
        rng = np.random.default_rng((seed, number, 0x9001))
        side_px = round(float(np.exp(rng.uniform(*np.log(DRAWN_SIDES_PX)))))
        return draw_lesson(rng, side_px, settings)

    return DrawnPool(folder, settings.drawn_pool, draw)


def draw_example(rng: np.random.Generator, long_side_px: int) -> DrawnPhoto:
    """Draw a photo as they come, or one that shows a defect picked evenly, so that no kind stays rare."""
    kinds = None
    if rng.random() < EVEN_SHARE:
        kinds = (KINDS[int(rng.integers(len(KINDS)))],)
    return draw_photo(rng, kinds=kinds, long_side_px=long_side_px)


def draw_lesson(rng: np.random.Generator, long_side_px: int, settings: ConditionSettings) -> DrawnPhoto:
    """Draw a photo to learn from: as they come, or with a kind picked by weight, often two at once.

    What can't show together, or not on an edge that was picked, is drawn with less asked for.
    """
    if rng.random() >= settings.drawn_even_share:
        return draw_photo(rng, long_side_px=long_side_px)
    odds = np.array([settings.drawn_weights.get(kind, 1.0) for kind in KINDS])
    picked = rng.choice(len(KINDS), size=2, replace=False, p=odds / odds.sum())
    kinds = [KINDS[int(number)] for number in picked[: int(rng.integers(1, 3))]]
    is_aside = settings.drawn_edge_share > 0 and rng.random() < settings.drawn_edge_share
    for view in (View.EDGE, None) if is_aside else (None,):
        with suppress(UndrawableDefect):
            return draw_photo(rng, view=view, kinds=kinds, long_side_px=long_side_px)
    return draw_photo(rng, kinds=kinds[:1], long_side_px=long_side_px)


def drawn_validation(settings: ConditionSettings) -> Iterator[DrawnPhoto]:
    """Draw the photos that calibrate, each when it is asked for: from seeds no training sample uses."""
    for index in range(settings.drawn_validation):
        yield draw_example(settings.validation_rng(1, index, 0xDA7A), VALIDATION_SIDE_PX)


def drawn_looks(settings: ConditionSettings, count: int, sides_px: Sequence[int] = ()) -> Iterator[Pixels]:
    """Yield (H, W, 3) frames of so many drawn validation photos, each at both scales serving looks at.

    sides_px: other scales to yield instead.
    """
    few = settings.model_copy(update={"drawn_validation": count})
    for photo in drawn_validation(few):
        image = Image.fromarray(photo.pixels)
        for side_px in sides_px or (settings.device_px, settings.detail_px):
            yield cut_frame(image, WHOLE, side_px).pixels


def to_sample(frame: Pixels, truth: Truth) -> Sample:
    """Return the tensors of one frame and its truth."""
    target, weight = to_map(truth, frame.shape[0])
    return {
        "photo": torch.from_numpy(np.ascontiguousarray(frame)),
        "defects": torch.from_numpy(pooled_labels(truth).astype(np.float32)),
        "map": torch.from_numpy(target),
        "map_weight": torch.from_numpy(weight),
        "device": torch.tensor(truth.device),
        "view": torch.tensor(truth.view),
    }
