"""Draw the drawn photos that a model got most wrong: defects it missed, and ones it imagined."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from data.condition import Box
from data.defect import DefectKind
from serving.condition.model import ConditionModel
from serving.condition.overlay.lettering import PAPER, Style, write_strip
from serving.condition.overlay.overlay import draw_photo_overlay
from training.condition.measure.graded_photos import GradedPhoto

_SIDE_PX = 430
_GAP_PX = 12
_TRUE = (204, 121, 167)
_INK = (20, 24, 32)


def worst_misses(scored: Sequence[GradedPhoto], count: int) -> list[tuple[GradedPhoto, DefectKind]]:
    """Return the drawn photos and kinds whose probability is farthest from the truth, one a photo.

    Half are defects that were not seen, half are ones that are not there.
    """
    drawn = [row for row in scored if row.body]
    missed = [
        (row.probabilities[kind], row, kind) for row in drawn for kind, is_in in row.labels.items() if is_in
    ]
    imagined = [
        (1.0 - row.probabilities[kind], row, kind)
        for row in drawn
        for kind, is_in in row.labels.items()
        if not is_in
    ]
    return [*_worst(missed, count - count // 2), *_worst(imagined, count // 2)]


def draw_misses(
    model: ConditionModel, misses: Sequence[tuple[GradedPhoto, DefectKind]]
) -> Image.Image | None:
    """Draw each photo with its true boxes beside serving's findings; return None where nothing was missed."""
    cells = [_draw_miss(model, row, kind) for row, kind in misses]
    if not cells:
        return None
    rows = [cells[start : start + 2] for start in range(0, len(cells), 2)]
    heights = [max(cell.height for cell in row) for row in rows]
    width = max(cell.width for cell in cells)
    sheet = Image.new("RGB", (2 * width + _GAP_PX, sum(heights) + _GAP_PX * len(rows)), PAPER)
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for place, cell in enumerate(row):
            sheet.paste(cell, (place * (width + _GAP_PX), top))
        top += height + _GAP_PX
    return sheet


def _worst(
    items: list[tuple[float, GradedPhoto, DefectKind]], count: int
) -> list[tuple[GradedPhoto, DefectKind]]:
    chosen: dict[str, tuple[GradedPhoto, DefectKind]] = {}
    for _, row, kind in sorted(items, key=lambda item: (item[0], item[1].name)):
        chosen.setdefault(row.name, (row, kind))
    return list(chosen.values())[:count]


def _draw_miss(model: ConditionModel, row: GradedPhoto, kind: DefectKind) -> Image.Image:
    examination = model.examine([row.body])
    truth = examination.photos[0].image.copy()
    truth.thumbnail((_SIDE_PX, _SIDE_PX), Image.Resampling.LANCZOS)
    brush = ImageDraw.Draw(truth)
    for box in row.boxes.get(kind, ()):
        brush.rectangle(_corners(box, truth.size), outline=_TRUE, width=3)
    seen = draw_photo_overlay(examination, 0, _SIDE_PX)
    what = "there" if row.labels[kind] else "not there"
    text = f"{row.name}: {kind.replace('_', ' ')} is {what}, said {100 * row.probabilities[kind]:.0f} %"
    caption = write_strip([(text, _INK)], Style.of(500), truth.width + seen.width + _GAP_PX)
    cell = Image.new("RGB", (caption.width, max(truth.height, seen.height) + caption.height), PAPER)
    cell.paste(truth, (0, 0))
    cell.paste(seen, (truth.width + _GAP_PX, 0))
    cell.paste(caption, (0, max(truth.height, seen.height)))
    return cell


def _corners(box: Box, size: tuple[int, int]) -> tuple[float, float, float, float]:
    left, top = box.left * size[0], box.top * size[1]
    return left, top, left + box.width * size[0], top + box.height * size[1]
