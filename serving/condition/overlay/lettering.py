"""Write text for a picture: letters as large as the picture needs, on strips of paper."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

Colour: TypeAlias = tuple[int, int, int]
Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

PAPER: Colour = (255, 255, 255)

_LETTER_SHARE = 0.026
_LETTER_MIN_PX = 13
# Holds two words together; the font that Pillow brings has no such letter, so it is drawn as a space.
_JOINT = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Style:
    """The sizes of one picture, from its long side, so that a small photo and a large one read alike."""

    line_px: int
    letter_px: int
    font: Font

    @classmethod
    def of(cls, long_side_px: int) -> "Style":
        """Return the sizes for a picture."""
        letter = max(_LETTER_MIN_PX, round(long_side_px * _LETTER_SHARE))
        return cls(max(2, round(long_side_px / 260)), letter, ImageFont.load_default(letter))


def write_strip(lines: Sequence[tuple[str, Colour]], style: Style, width_px: int) -> Image.Image:
    """Return a strip of paper with lines of text, broken where they would run out of it."""
    pad = style.letter_px // 2
    ruler = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    broken = [
        (part, colour)
        for text, colour in lines
        for part in _break_line(ruler, text, style.font, width_px - 2 * pad)
    ]
    pitch = round(style.letter_px * 1.35)
    strip = Image.new("RGB", (width_px, pitch * len(broken) + 2 * pad), PAPER)
    brush = ImageDraw.Draw(strip)
    for row, (text, colour) in enumerate(broken):
        brush.text((pad, pad + row * pitch), text.replace(_JOINT, " "), fill=colour, font=style.font)
    return strip


def _break_line(ruler: ImageDraw.ImageDraw, text: str, font: Font, room_px: float) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and ruler.textlength(longer, font) > room_px:
            yield line
            line = word
        else:
            line = longer
    yield line
