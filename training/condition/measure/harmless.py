"""Measure how far changes of a photo that change nothing on the device move what is said of it."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance, ImageOps
from tqdm import tqdm

from data.condition import Condition
from data.defect import DefectKind, Grade
from features.photo.photo import read_photo
from serving.condition.model import ConditionModel
from training.metrics.figure import Share

Change = Callable[[Image.Image], bytes]
# Below this many pixels the short side is too small for a grade, and a halved photo is another case.
_LEAST_SHORT_PX = 700
_ORIENTATION, _CROPPED = 0x0112, 0.03


def _saved(image: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    body = io.BytesIO()
    image.save(body, kind, **how)
    return body.getvalue()


def _compressed(kind: str, quality: int) -> Change:
    return lambda image: _saved(image, kind, quality=quality)


def _turned(quarters: int) -> Change:
    return lambda image: _saved(image.rotate(90 * quarters, expand=True))


def _lit(share: float) -> Change:
    return lambda image: _saved(ImageEnhance.Brightness(image).enhance(share))


def _scaled(share: float) -> Change:
    def change(image: Image.Image) -> bytes:
        size = (round(image.width * share), round(image.height * share))
        return _saved(image.resize(size, Image.Resampling.LANCZOS))

    return change


def _noted(quarters: int) -> Change:
    """Turn the pixels and note the turn in the EXIF, as a camera does."""

    def change(image: Image.Image) -> bytes:
        exif = Image.Exif()
        exif[_ORIENTATION] = {1: 6, 2: 3, 3: 8}[quarters]
        return _saved(image.rotate(90 * quarters, expand=True), exif=exif)

    return change


def _cropped(image: Image.Image) -> bytes:
    dx, dy = round(_CROPPED * image.width / 2), round(_CROPPED * image.height / 2)
    return _saved(image.crop((dx, dy, image.width - dx, image.height - dy)))


def _mirrored(image: Image.Image) -> bytes:
    return _saved(ImageOps.mirror(image))


CHANGES: Mapping[str, Change] = {
    **{f"JPEG {quality}": _compressed("JPEG", quality) for quality in (95, 60, 40)},
    "WebP 90": _compressed("WEBP", 90),
    **{f"size {share}": _scaled(share) for share in (0.75, 0.5)},
    "brightness -20 %": _lit(0.8),
    "brightness +20 %": _lit(1.2),
    **{f"turn {90 * quarters}": _turned(quarters) for quarters in (1, 2, 3)},
    **{f"turn {90 * quarters} noted": _noted(quarters) for quarters in (1, 2, 3)},
    "3 % crop": _cropped,
    "mirror": _mirrored,
}


@dataclass(frozen=True)
class Moved:
    """How far one change moved the answer about one photo, against the photo as it was."""

    change: str
    apart: dict[DefectKind, float]
    crosses: bool
    grades: tuple[Grade | None, Grade | None]


def measure_changes(
    model: ConditionModel, bodies: Sequence[bytes], thresholds: Mapping[DefectKind, float]
) -> list[Moved]:
    """Ask about each photo as it is and after every change that leaves it large enough."""
    moved = []
    for body in tqdm(bodies, desc="changed photos", mininterval=5.0):
        image = read_photo(body).image
        before = model.grade([_saved(image)])
        for name, change in CHANGES.items():
            after = _asked(model, name, change, image)
            if after is not None:
                moved.append(_moved(name, before, after, thresholds))
    return moved


def summarise_changes(moved: Sequence[Moved]) -> dict[str, Any]:
    """Return for each change its mean move of each kind, and how many photos cross or change their grade."""
    return {name: _summary([one for one in moved if one.change == name]) for name in CHANGES}


def _asked(model: ConditionModel, name: str, change: Change, image: Image.Image) -> Condition | None:
    """Return the answer about a changed photo; None where it became too small to be compared."""
    share = float(name.removeprefix("size ")) if name.startswith("size ") else 1.0
    if share < 1.0 and share * min(image.size) < _LEAST_SHORT_PX:
        return None
    return model.grade([change(image)])


def _moved(name: str, before: Condition, after: Condition, thresholds: Mapping[DefectKind, float]) -> Moved:
    pairs = {kind: (before.probability(kind), after.probability(kind)) for kind in DefectKind}
    sides = {kind: [one >= thresholds[kind] for one in pair] for kind, pair in pairs.items()}
    return Moved(
        name,
        {kind: abs(one - other) for kind, (one, other) in pairs.items()},
        any(one != other for one, other in sides.values()),
        (_grade_of(before), _grade_of(after)),
    )


def _grade_of(condition: Condition) -> Grade | None:
    return condition.as_far_as_seen.grade if condition.as_far_as_seen else None


def _summary(moved: Sequence[Moved]) -> dict[str, Any]:
    both = [one for one in moved if None not in one.grades]
    return {
        "photos": len(moved),
        "mean_move": {
            kind: round(float(np.mean([one.apart[kind] for one in moved])), 4) if moved else None
            for kind in DefectKind
        },
        "crosses": Share(sum(one.crosses for one in moved), len(moved)).to_json(),
        "other_grade": Share(sum(one.grades[0] is not one.grades[1] for one in both), len(both)).to_json(),
        "given_or_not": Share(
            sum((one.grades[0] is None) != (one.grades[1] is None) for one in moved), len(moved)
        ).to_json(),
    }
