"""Define how a certificate is lettered: the font that its PDF carries and the styles of its texts."""

from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import reportlab
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont

# reportlab brings Bitstream Vera, which a document may carry: the letters of western Europe.
FONT, BOLD = "Vera", "VeraBd"

INK: Color = HexColor(0x141820)
GREY: Color = HexColor(0x58606C)
LINES: Color = HexColor(0xC8CCD2)

TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=20, leading=25, textColor=INK)
HEADING = ParagraphStyle(
    "heading", fontName=BOLD, fontSize=11, leading=14, textColor=INK, spaceBefore=14, spaceAfter=5
)
TEXT = ParagraphStyle("text", fontName=FONT, fontSize=9, leading=12.5, textColor=INK)
QUIET = ParagraphStyle("quiet", parent=TEXT, textColor=GREY)
SMALL = ParagraphStyle("small", parent=QUIET, fontSize=7, leading=9.5, wordWrap="CJK")
GRADE = ParagraphStyle("grade", parent=TEXT, fontName=BOLD, fontSize=44, leading=50, alignment=TA_CENTER)
GRADE_NAME = ParagraphStyle("grade name", parent=QUIET, fontSize=8, leading=10, alignment=TA_CENTER)


@cache
def register_fonts() -> None:
    """Make the fonts known to reportlab; once a process."""
    folder = Path(reportlab.__file__).parent / "fonts"
    for name in (FONT, BOLD):
        registerFont(TTFont(name, folder / f"{name}.ttf"))
    registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)


def words(text: str) -> str:
    """Return text as a paragraph takes it; a letter that the font lacks is written by its number."""
    letters = _letters()
    return escape("".join(letter if ord(letter) in letters else f"[U+{ord(letter):04X}]" for letter in text))


@cache
def _letters() -> frozenset[int]:
    folder = Path(reportlab.__file__).parent / "fonts"
    return frozenset(TTFont(FONT, folder / f"{FONT}.ttf").face.charToGlyph)
