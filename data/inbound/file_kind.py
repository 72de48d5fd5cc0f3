"""Detect the kind of a file by how it begins, and name kinds that are not read."""

import re
from enum import StrEnum

from data.inbound.json_cases import is_whole, is_wrapped

# An interchange begins with ISA; one cut at the front is still X12, and is refused as such.
X12_BEGINS = re.compile(rb"(ISA|GS|ST)[^A-Za-z0-9\s]")
EPCIS_WORD = re.compile(rb'EPCIS(Query)?Document"|"([\w.:/-]+[:/])?eventTime"|"@context"')
CASE_WORD = re.compile(rb'"rma"\s*:')
# What no text in UTF-8 begins with; in the midst of a picture a line may begin as a case does.
NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f\x80-\xbf\xf8-\xff]")
NAMING_BYTES = 2_000


class FileKind(StrEnum):
    """The kinds of file that are read."""

    JSON_LINES = "JSON lines"
    JSON = "JSON"
    PARQUET = "Parquet"
    X12 = "X12"
    EPCIS = "EPCIS"


# What comes in the place of these, and what to do about it.
FOREIGN = (
    (re.compile(rb"PK\x03\x04"), "a ZIP archive or a workbook", "unpack it, or save the table as JSON lines"),
    (re.compile(rb"BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|7z\xbc\xaf"), "compressed, and not with gzip", "unpack it"),
    (re.compile(rb"%PDF"), "a PDF", "ask the sender for the data itself"),
    (re.compile(rb"\xff\xd8\xff|\x89PNG|RIFF|GIF8"), "a picture", "photos go to grade and decide"),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "an Office file", "save the table as JSON lines"),
    (re.compile(rb"SQLite format 3"), "an SQLite database", "export its rows"),
    (re.compile(rb"UNA[^A-Za-z]|UNB\+|UNH\+"), "EDIFACT", "ask the sender for X12, or convert it"),
    (re.compile(rb"(?i)isa[^a-z0-9\s]"), "X12 in small letters", "ask the sender for capitals"),
    (re.compile(rb"STX="), "TRADACOMS", "ask the sender for X12, or convert it"),
    (re.compile(rb"(?i)<(!doctype )?html"), "a web page (HTML)", "download the file itself"),
    (re.compile(rb"(?s)<.*EPCIS"), "EPCIS in XML", "send the JSON binding of EPCIS 2.0"),
    (re.compile(rb"<"), "XML", "send JSON"),
    (re.compile(rb"---|%YAML|rma:"), "YAML", "send JSON"),
    (re.compile(rb"[^\n{\[]*?[\w\"'][,;\t|](?! )|\w+(, ?\w+){2,}\r?\n"), "CSV", "send each case as JSON"),
)
EBCDIC_BEGINNINGS = ("ISA", "GS", "UNA", "UNB", "{", "[", "<?xml")


def kind_of(head: bytes, is_all: bool) -> FileKind | None:
    """Return the kind of a file by its head in UTF-8, None for what is not read; is_all: nothing follows."""
    start = head.lstrip()
    if head.startswith(b"PAR1"):
        return FileKind.PARQUET
    if X12_BEGINS.match(start):
        return FileKind.X12
    if start[:1] in (b"{", b"[") and is_epcis(start):
        return FileKind.EPCIS
    if start[:1] == b"[" or is_wrapped(start):
        return FileKind.JSON
    if NO_TEXT.match(start):
        return None
    return _json_kind(start, is_all)


def is_epcis(text: bytes) -> bool:
    """Return whether JSON text is EPCIS rather than a case, by which word comes first."""
    event, case = EPCIS_WORD.search(text), CASE_WORD.search(text)
    return event is not None and (case is None or event.start() < case.start())


def foreign_name(head: bytes) -> tuple[str, str] | None:
    """Return what a file is that is not read, and what to do; None where that does not show."""
    start = head.lstrip()[:NAMING_BYTES]
    for pattern, name, advice in FOREIGN:
        if pattern.match(start):
            return name, advice
    if start.decode("cp037").lstrip().startswith(EBCDIC_BEGINNINGS):
        return "EBCDIC", "convert it to ASCII or UTF-8"
    return None


def _json_kind(start: bytes, is_all: bool) -> FileKind | None:
    """Tell a case a line from a case over many lines: by its first line, or by any line that is a case."""
    lines = start.splitlines()
    whole = lines if is_all else lines[:-1]
    if not any(line.startswith(b"{") for line in lines):
        return None
    if len(lines) > 1 and b"\n" not in start:
        # Lines that end with a carriage return alone are read at once.
        return FileKind.JSON
    if not start.startswith(b"{") or not whole or is_whole(whole[0]):
        return FileKind.JSON_LINES
    is_a_line = any(CASE_WORD.search(line) and is_whole(line) for line in whole if line.startswith(b"{"))
    return FileKind.JSON_LINES if is_a_line else FileKind.JSON
