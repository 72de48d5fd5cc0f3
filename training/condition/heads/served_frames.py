"""Show photos as serving shows them to the heads: the device cut out of its photo, turned as it comes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from features.photo.photo import Pixels, Region, cut_frame
from training.condition.network import UNKNOWN
from training.condition.samples.augment import device_box, vary_camera
from training.condition.samples.sample import Epochs, RealExample
from training.condition.samples.target import Truth
from training.condition.settings import ConditionSettings, HeadSettings

_REAL, _DRAWN = 0, 1
# How far the box that serving finds may be off the device on each side, in shares of its size.
_BOX_OFF = (-0.02, 0.14)


@dataclass(frozen=True)
class ServedFrame:
    """One (H, W, 3) uint8 frame, and the indices of its class and view or UNKNOWN."""

    pixels: Pixels
    device: int
    view: int


def served_frames(
    epochs: Epochs, examples: Sequence[RealExample], settings: ConditionSettings, heads: HeadSettings
) -> Iterator[ServedFrame]:
    """Yield what the heads learn from: real photos, rare classes and sides more often, and drawn ones.

    A photo is shown whole and in its device's box, turned by quarters, mirrored and taken by another camera.
    """
    for number, shows in enumerate(_shows(examples, heads)):
        for show in range(shows):
            rng = np.random.default_rng((settings.seed, _REAL, number, show))
            yield _frame(rng, *epochs.scene(rng, number), settings.device_px)
    for number in range(heads.drawn):
        rng = np.random.default_rng((settings.seed, _DRAWN, number, 0))
        yield _frame(rng, *epochs.scene(rng, -1 - number), settings.device_px)


def _shows(examples: Sequence[RealExample], heads: HeadSettings) -> list[int]:
    """Return how often each photo is shown: not at all where neither its class nor its side is known."""
    kinds = [(example.truth.device, example.truth.view) for example in examples]
    count = Counter(kinds)
    return [
        0
        if kind == (UNKNOWN, UNKNOWN)
        else min(max(round(heads.shows_each / count[kind]), heads.shows_least), heads.shows_most)
        for kind in kinds
    ]


def _frame(rng: np.random.Generator, pixels: Pixels, truth: Truth, long_px: int) -> ServedFrame:
    pixels, truth = _turned(rng, pixels, truth)
    region = _box(rng, truth, pixels.shape)
    frame = cut_frame(Image.fromarray(pixels), region, long_px).pixels
    return ServedFrame(vary_camera(rng, frame), truth.device, truth.view)


def _turned(rng: np.random.Generator, pixels: Pixels, truth: Truth) -> tuple[Pixels, Truth]:
    """Return a photo turned by quarters and perhaps mirrored, with its device."""
    quarters, step = int(rng.integers(4)), 1 if rng.random() < 0.5 else -1

    def turn(image: Pixels) -> Pixels:
        return np.ascontiguousarray(np.rot90(image, quarters)[:, ::step])

    mask = truth.device_mask
    return turn(pixels), replace(truth, masks={}, device_mask=None if mask is None else turn(mask))


def _box(rng: np.random.Generator, truth: Truth, shape: tuple[int, ...]) -> Region:
    """Return the device's box about as serving finds it, the whole photo where nobody knows its place."""
    left, top, right, bottom = device_box(truth, shape) / np.tile([shape[1], shape[0]], 2)
    off = rng.uniform(*_BOX_OFF, 4) * np.tile([right - left, bottom - top], 2)
    edges = np.array([left - off[0], top - off[1], right + off[2], bottom + off[3]])
    return Region(*np.clip(edges, 0.0, 1.0).tolist())
