"""Set a certificate as a PDF on A4: the same certificate and photos always give the same bytes."""

import io
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from PIL import Image as Picture
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from serving.certificate.certificate import Certificate, CertifiedPhoto
from serving.certificate.statements import (
    assured,
    device_facts,
    measured_defects,
    photo_state,
    standings,
    versions,
)
from serving.certificate.typography import (
    FONT,
    GRADE,
    GRADE_NAME,
    GREY,
    HEADING,
    LINES,
    QUIET,
    SMALL,
    TEXT,
    TITLE,
    register_fonts,
    words,
)
from serving.wording import photo_name

TableCommand: TypeAlias = tuple[str, tuple[int, int], tuple[int, int], *tuple[Any, ...]]
MarkedPhotos: TypeAlias = Callable[[int], Picture.Image | None]
"""Return the photo at an index with its boxes drawn on it; None where it is not kept."""

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
FRAME_PADDING = 6  # what reportlab leaves free inside the margins
PHOTOS_A_ROW = 2
PHOTO_ROOM = (WIDTH / PHOTOS_A_ROW - 3 * mm, 88 * mm)
JPEG_QUALITY = 85
GRID: list[TableCommand] = [
    ("FONT", (0, 0), (-1, -1), FONT, 8),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINES),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 3),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
]
BARE: list[TableCommand] = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 1),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
]


def certificate_pdf(certificate: Certificate, photos: MarkedPhotos) -> bytes:
    """Return the certificate as a PDF file."""
    register_fonts()
    body = io.BytesIO()
    document = SimpleDocTemplate(
        body,
        pagesize=A4,
        leftMargin=MARGIN - FRAME_PADDING,
        rightMargin=MARGIN - FRAME_PADDING,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 4 * mm,
        title=f"Condition certificate {certificate.decision_id}",
        author="Regrade",
        lang="en",
        # Without this a PDF carries the moment it was made and a random identity.
        invariant=1,
    )
    foot = _foot_of(certificate)
    document.build(list(_parts(certificate, photos)), onFirstPage=foot, onLaterPages=foot)
    return body.getvalue()


def _parts(certificate: Certificate, photos: MarkedPhotos) -> Iterator[Flowable]:
    yield Paragraph("Condition certificate", TITLE)
    if certificate.superseded_by:
        later = words(certificate.superseded_by)
        yield Paragraph(f"<b>No longer valid:</b> decision {later} of the same return came later.", TEXT)
    yield Spacer(0, 3 * mm)
    yield _summary(certificate)
    yield from _findings(certificate)
    if certificate.standards:
        yield _section("On other scales", _table(standings(certificate), (0.25, 0.15, 0.45, 0.15)))
    yield Paragraph("Defects found", HEADING)
    yield _defects(certificate)
    yield from _photos(certificate, photos)
    yield _section("What made this certificate", _table(versions(certificate), (0.3, 0.7), SMALL))


def _summary(certificate: Certificate) -> Flowable:
    letter = Paragraph(certificate.grade or "\N{EN DASH}", GRADE)
    name = Paragraph("house grade, A to E" if certificate.grade else "no grade", GRADE_NAME)
    facts = [
        [Paragraph(words(name), QUIET), Paragraph(words(fact), TEXT)]
        for name, fact in device_facts(certificate)
    ]
    box = Table([[letter], [name]], colWidths=[34 * mm])
    box.setStyle([("BOX", (0, 0), (-1, -1), 1, GREY), ("BOTTOMPADDING", (0, -1), (-1, -1), 7)])
    device = Table(facts, colWidths=[36 * mm, WIDTH - 78 * mm])
    device.setStyle(BARE)
    both = Table([[box, device]], colWidths=[42 * mm, WIDTH - 42 * mm])
    both.setStyle(BARE)
    return both


def _findings(certificate: Certificate) -> Iterator[Flowable]:
    yield Spacer(0, 3 * mm)
    for reason in certificate.abstain_reasons:
        yield Paragraph(f"<b>No grade:</b> {words(reason)}", TEXT)
    if certificate.grade:
        yield Paragraph(f"<b>What decides:</b> {words(certificate.deciding_limit)}", TEXT)
        yield Paragraph(words(assured(certificate)), QUIET)


def _defects(certificate: Certificate) -> Flowable:
    if not certificate.defects:
        return Paragraph("None on the photos that could be judged.", TEXT)
    return _table(measured_defects(certificate), (0.06, 0.2, 0.14, 0.12, 0.12, 0.12, 0.12, 0.12))


def _photos(certificate: Certificate, photos: MarkedPhotos) -> Iterator[Flowable]:
    cells = [_cell(photo, photos(photo.index)) for photo in certificate.photos]
    rows = [cells[start : start + PHOTOS_A_ROW] for start in range(0, len(cells), PHOTOS_A_ROW)]
    for number, row in enumerate(rows):
        padded = [*row, *[""] * (PHOTOS_A_ROW - len(row))]
        grid = Table([padded], colWidths=[WIDTH / PHOTOS_A_ROW] * PHOTOS_A_ROW)
        grid.setStyle([*BARE, ("BOTTOMPADDING", (0, 0), (-1, -1), 8)])
        yield grid if number else _section("Photos, with the numbers of the defects", grid)


def _cell(photo: CertifiedPhoto, marked: Picture.Image | None) -> list[Flowable]:
    state = [
        Paragraph(words(f"{photo_name(photo.index).capitalize()}: {photo_state(photo)}"), QUIET),
        Paragraph(f"SHA-256 as sent {photo.sha256}", SMALL),
    ]
    if marked is None:
        return [Paragraph("This photo is not kept.", TEXT), *state]
    body = io.BytesIO()
    marked.save(body, "JPEG", quality=JPEG_QUALITY)
    return [Image(body, *PHOTO_ROOM, kind="proportional", hAlign="LEFT"), Spacer(0, mm), *state]


def _section(heading: str, content: Flowable) -> Flowable:
    """Hold a heading and what follows it on one page, where one page can."""
    return KeepTogether([Paragraph(heading, HEADING), content])


def _table(rows: list[tuple[str, ...]], shares: tuple[float, ...], style: ParagraphStyle = TEXT) -> Flowable:
    """Set rows in columns of given shares of the width; the first row names the columns."""
    head, *lines = rows
    quiet = SMALL if style is SMALL else QUIET
    cells = [[Paragraph(words(name), quiet) for name in head]]
    cells += [[Paragraph(words(value), style) for value in line] for line in lines]
    table = Table(cells, colWidths=[WIDTH * share for share in shares], repeatRows=1)
    table.setStyle(GRID)
    return table


def _foot_of(certificate: Certificate) -> Callable[[Canvas, SimpleDocTemplate], None]:
    text = f"Decision {certificate.decision_id}, certificate {certificate.sha256[:16]}"

    def draw(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.saveState()
        canvas.setFont(FONT, 7)
        canvas.setFillColor(GREY)
        canvas.drawString(MARGIN, MARGIN - 2 * mm, text)
        canvas.drawRightString(A4[0] - MARGIN, MARGIN - 2 * mm, f"page {document.page}")
        canvas.restoreState()

    return draw
