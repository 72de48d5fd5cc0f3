"""Draw marks on a photo: boxes that show on any ground, and numbers beside them that hide no damage."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import ImageDraw

from serving.condition.overlay.lettering import Colour, Style

Edges: TypeAlias = tuple[float, float, float, float]
Heat: TypeAlias = npt.NDArray[np.float32]
Point: TypeAlias = tuple[float, float]

_CASING: Colour = (0, 0, 0)
_CROSSED_COST, _COVERED_COST = 0.3, 10.0


def outline(brush: ImageDraw.ImageDraw, edges: Edges, colour: Colour, line_px: int, *, dash_px: int) -> None:
    """Draw a box as a coloured line between two dark ones, so that it shows on any ground."""
    left, top, right, bottom = edges
    sides = (
        ((left, top), (right, top)),
        ((right, top), (right, bottom)),
        ((right, bottom), (left, bottom)),
        ((left, bottom), (left, top)),
    )
    for ink, width in ((_CASING, line_px + 2), (colour, line_px)):
        for start, end in sides:
            for piece in _dashes(start, end, dash_px):
                brush.line(piece, fill=ink, width=width)


def _dashes(start: Point, end: Point, dash_px: int) -> Iterator[tuple[Point, Point]]:
    if not dash_px:
        yield start, end
        return
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    steps = max(1, round(length / (2 * dash_px)))
    for step in range(steps):
        low, high = (step + 0.2) / steps, (step + 0.8) / steps
        yield _between(start, end, low), _between(start, end, high)


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def number_boxes(
    brush: ImageDraw.ImageDraw, heat: Heat, marks: Sequence[tuple[str, Edges, Colour]], style: Style
) -> list[Edges]:
    """Write each mark's text beside its box and return where: over the least heat and no other mark."""
    size = (heat.shape[1], heat.shape[0])
    boxes = [box for _, box, _ in marks]
    placed: list[Edges] = []
    for text, box, colour in marks:
        width = brush.textlength(text, style.font) + style.letter_px * 0.7
        tags = list(_beside(box, width, style.letter_px * 1.35, style.line_px, size))
        tag = min(tags, key=lambda tag: _cost(tag, heat, boxes, placed))
        placed.append(tag)
        brush.rectangle(tag, fill=colour, outline=_CASING, width=max(1, style.line_px // 2))
        middle = ((tag[0] + tag[2]) / 2, (tag[1] + tag[3]) / 2)
        brush.text(middle, text, fill=_CASING, font=style.font, anchor="mm")
    return placed


def _beside(box: Edges, width: float, height: float, gap: float, size: tuple[int, int]) -> Iterator[Edges]:
    """Yield places for a tag around a box, all inside the picture."""
    left, top, right, bottom = box
    middle = (top + bottom - height) / 2
    farther = gap + 1.3 * height
    corners = [
        (left, top - height - gap),
        (right - width, top - height - gap),
        (left, bottom + gap),
        (right - width, bottom + gap),
        (left - width - gap, top),
        (right + gap, top),
        (left - width - gap, middle),
        (right + gap, middle),
        (left, top - height - farther),
        (right - width, top - height - farther),
        (left, bottom + farther),
        (right - width, bottom + farther),
        (left - width - farther, middle),
        (right + farther, middle),
        (left + gap, top + gap),
        (right - width - gap, bottom - height - gap),
    ]
    for x, y in corners:
        x, y = min(max(0.0, x), size[0] - width - 1), min(max(0.0, y), size[1] - height - 1)
        yield x, y, x + width, y + height


def _cost(tag: Edges, heat: Heat, boxes: Sequence[Edges], placed: Sequence[Edges]) -> float:
    left, top, right, bottom = (round(edge) for edge in tag)
    hidden = float(heat[max(0, top) : bottom + 1, max(0, left) : right + 1].sum())
    crossed = sum(_overlap(tag, box) for box in boxes)
    return hidden + _CROSSED_COST * crossed + _COVERED_COST * sum(_overlap(tag, other) for other in placed)


def _overlap(one: Edges, other: Edges) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)
