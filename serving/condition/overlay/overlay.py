"""Draw what was found over the photos of one device: heat, numbered boxes, and captions for an operator.

Colours are those of Okabe and Ito, which colour-blind people tell apart; damage also has whole lines and dirt
broken ones. A number stands beside its box, where it covers the least heat; what it means is told below the
photo, so that no text lies over the device.
"""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from data.condition import Box, Condition, DefectFinding, PhotoFinding
from data.defect import DefectKind
from serving.condition.inference import Prediction
from serving.condition.model import Examination
from serving.condition.overlay.lettering import PAPER, Colour, Style, write_strip
from serving.condition.overlay.marks import Edges, Heat, number_boxes, outline
from serving.wording import photo_name, say_as_shown, say_probability

MAX_SHEET_PX = 2400
MAX_BYTES = 4_000_000

_DAMAGE: Colour = (230, 159, 0)
_DIRT: Colour = (86, 180, 233)
_HAZARD: Colour = (240, 228, 66)
_HEAT: Colour = (213, 94, 0)
_DEVICE: Colour = (255, 255, 255)
_INK: Colour = (20, 24, 32)
_QUIET: Colour = (88, 96, 108)

_SUFFIXES = (".png", ".jpg", ".jpeg")
_HEAT_FROM, _HEAT_COVER = 0.2, 0.5
_GAP_PX = 20
_CELL_PX = {1: 1600, 2: 1100, 3: 760, 4: 560}
_JPEG_QUALITIES = (88, 75, 60, 45)


class WrongPicture(ValueError):
    """A picture format that is not written."""


def draw_overlay(examination: Examination) -> Image.Image:
    """Return one picture of all photos of a device with what was found on them, its sides <= MAX_SHEET_PX."""
    condition = examination.condition
    columns = _columns(len(condition.photos))
    side_px = _CELL_PX[columns]
    cells = [draw_photo_overlay(examination, index, side_px) for index in range(len(condition.photos))]
    rows = [_line_up(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    grid = _stack(rows)
    sheet = _stack([_headline(condition, max(grid.width, side_px)), grid])
    sheet.thumbnail((MAX_SHEET_PX, MAX_SHEET_PX), Image.Resampling.LANCZOS)
    return sheet


def draw_photo_overlay(examination: Examination, index: int, side_px: int) -> Image.Image:
    """Return one photo of a device with what was found on it and its caption, `side_px` long and as wide."""
    condition = examination.condition
    photo = examination.photos[index].image
    finding = condition.photos[index]
    return _draw_cell(photo, examination.predictions[index], finding, _on(condition, finding.index), side_px)


def mark_photo(photo: Image.Image, condition: Condition, index: int, side_px: int) -> Image.Image:
    """Return one upright photo, `side_px` long, with the boxes that a kept condition has on it.

    The boxes are numbered as in `condition.defects`, from 1; heat is not kept and not drawn.
    """
    picture = _resized(photo, side_px)
    no_heat = np.zeros((picture.height, picture.width), np.float32)
    return _marked(picture, no_heat, condition.photos[index], _on(condition, index), Style.of(side_px))


def require_picture_name(path: Path) -> None:
    """Raise WrongPicture unless a path ends in the name of a kind of picture that is written."""
    if path.suffix.lower() not in _SUFFIXES:
        raise WrongPicture(f"{path} names no picture that can be written: end it in {', '.join(_SUFFIXES)}")


def write_overlay(examination: Examination, path: Path) -> None:
    """Write the picture as the PNG or JPEG that the path's suffix names."""
    if path.suffix.lower() == ".png":
        draw_overlay(examination).save(path, "PNG")
    else:
        path.write_bytes(overlay_jpeg(examination))


def overlay_jpeg(examination: Examination) -> bytes:
    """Return the picture as a JPEG file of at most MAX_BYTES."""
    picture = draw_overlay(examination)
    return next(body for body in _jpegs(picture) if len(body) <= MAX_BYTES)


def heat_of(prediction: Prediction, width_px: int, height_px: int) -> Heat:
    """Return (height, width) of 0 to 1: how likely any defect is at each place of the whole photo.

    A place counts by its own probability times that of the defect anywhere in the photo, so that a kind that
    was not found leaves no heat.
    """
    weights = np.array(list(prediction.defects.values()), np.float32)
    cells = (prediction.map[:-1] * weights[:, None, None]).max(axis=0)
    frame = prediction.frame
    rows, columns = frame.pixels.shape[:2]
    # Image.transform wants, for each output pixel, where it lies in the map.
    scale_x = cells.shape[1] / (columns * frame.fraction_per_px_x)
    scale_y = cells.shape[0] / (rows * frame.fraction_per_px_y)
    across = (scale_x / width_px, 0.0, -frame.left * scale_x)
    down = (0.0, scale_y / height_px, -frame.top * scale_y)
    placed = Image.fromarray(cells.astype(np.float32)).transform(
        (width_px, height_px), Image.Transform.AFFINE, (*across, *down), Image.Resampling.BILINEAR
    )
    return np.asarray(placed, np.float32)


def _jpegs(picture: Image.Image) -> Iterator[bytes]:
    for quality in _JPEG_QUALITIES:
        body = io.BytesIO()
        picture.save(body, "JPEG", quality=quality)
        yield body.getvalue()
    yield from _jpegs(picture.resize((picture.width // 2, picture.height // 2)))


def _columns(count: int) -> int:
    return next(columns for columns in _CELL_PX if columns * columns >= count)


def _on(condition: Condition, index: int) -> list[tuple[int, DefectFinding]]:
    """Return the findings on one photo with their numbers, which count through the whole answer from 1."""
    return [(n, defect) for n, defect in enumerate(condition.defects, start=1) if defect.photo == index]


def _draw_cell(
    photo: Image.Image,
    prediction: Prediction,
    finding: PhotoFinding,
    defects: Sequence[tuple[int, DefectFinding]],
    side_px: int,
) -> Image.Image:
    style = Style.of(side_px)
    picture = _resized(photo, side_px)
    heat = heat_of(prediction, *picture.size)
    marked = _marked(_warm(picture, heat), heat, finding, defects, style)
    return _stack([marked, _caption(finding, defects, style, max(picture.width, side_px // 2))])


def _resized(photo: Image.Image, side_px: int) -> Image.Image:
    scale = side_px / max(photo.size)
    size = (max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
    return photo.resize(size, Image.Resampling.LANCZOS)


def _marked(
    picture: Image.Image,
    heat: Heat,
    finding: PhotoFinding,
    defects: Sequence[tuple[int, DefectFinding]],
    style: Style,
) -> Image.Image:
    brush = ImageDraw.Draw(picture)
    if finding.box:
        outline(brush, _edges(finding.box, picture.size), _DEVICE, max(1, style.line_px // 2), dash_px=0)
    for _, defect in defects:
        dash_px = 4 * style.line_px if defect.kind.is_dirt else 0
        outline(brush, _edges(defect.box, picture.size), _colour(defect), style.line_px, dash_px=dash_px)
    marks = [(str(number), _edges(defect.box, picture.size), _colour(defect)) for number, defect in defects]
    number_boxes(brush, heat, marks, style)
    return picture


def _warm(picture: Image.Image, heat: Heat) -> Image.Image:
    cover = np.clip((heat - _HEAT_FROM) / (1.0 - _HEAT_FROM), 0.0, 1.0) ** 0.7 * _HEAT_COVER
    mask = Image.fromarray((cover * 255.0).astype(np.uint8))
    return Image.composite(Image.new("RGB", picture.size, _HEAT), picture, mask)


def _edges(box: Box, size: tuple[int, int]) -> Edges:
    width, height = size
    left, top = box.left * width, box.top * height
    return left, top, left + box.width * width, top + box.height * height


def _colour(defect: DefectFinding) -> Colour:
    if defect.kind.is_hazard:
        return _HAZARD
    return _DIRT if defect.kind.is_dirt else _DAMAGE


def _caption(
    finding: PhotoFinding, defects: Sequence[tuple[int, DefectFinding]], style: Style, width_px: int
) -> Image.Image:
    seen = f"{photo_name(finding.index)}: {finding.device_class or 'no device'}, {finding.view}"
    lines = [(seen.replace("_", " "), _QUIET)]
    lines += [(text, _INK) for text in _describe(defects)]
    if not defects and finding.quality.ok:
        lines.append(("nothing found", _INK))
    lines += [(f"! {text}", _HEAT) for text in finding.quality.instructions]
    return write_strip(lines, style, width_px)


def _describe(defects: Sequence[tuple[int, DefectFinding]]) -> Iterator[str]:
    """Yield a line a kind: its probability, then the number and length of each place."""
    for kind in DefectKind:
        found = [(number, defect) for number, defect in defects if defect.kind is kind]
        if found:
            places = ", ".join(_place(number, defect) for number, defect in found)
            most = say_probability(max(defect.probability for _, defect in found))
            yield f"{kind.replace('_', ' ')} {most}: {places}"


def _place(number: int, defect: DefectFinding) -> str:
    length = "" if defect.length_mm is None else f" ({defect.length_mm:.1f} mm)"
    return f"{number}{length}".replace(" ", "\N{NO-BREAK SPACE}")


def _headline(condition: Condition, width_px: int) -> Image.Image:
    style = Style.of(min(width_px, 1600))
    if condition.grade is None:
        seen = condition.decides_as_seen
        shown = f"{say_as_shown(seen.grade)} ({say_probability(seen.probability)})" if seen else "No grade"
        lines = [(shown, _INK), *((reason, _HEAT) for reason in condition.abstain_reasons)]
    else:
        chance = condition.grade_probabilities[condition.grade]
        lines = [
            (f"Grade {condition.grade} ({say_probability(chance)})", _INK),
            (condition.deciding_limit, _QUIET),
        ]
    lines.append((f"model {condition.model.version}, {condition.model.sha256[:12]}", _QUIET))
    return write_strip(lines, style, width_px)


def _stack(parts: Sequence[Image.Image]) -> Image.Image:
    sheet = Image.new("RGB", (max(part.width for part in parts), sum(part.height for part in parts)), PAPER)
    y = 0
    for part in parts:
        sheet.paste(part, (0, y))
        y += part.height
    return sheet


def _line_up(row: Sequence[Image.Image]) -> Image.Image:
    width = sum(cell.width for cell in row) + _GAP_PX * (len(row) - 1)
    strip = Image.new("RGB", (width, max(cell.height for cell in row)), PAPER)
    x = 0
    for cell in row:
        strip.paste(cell, (x, 0))
        x += cell.width + _GAP_PX
    return strip
