"""Take the numbers of devices out of the text of a code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from data.identity.imei import is_imei, read_number
from data.proof.proof import NumberKind
from serving.photo_proof.printed_codes import Code

# Application identifiers of the GS1 General Specifications, as a reader writes them out.
_OF_GS1 = {"21": NumberKind.SERIAL, "8002": NumberKind.IMEI}
_GS1 = re.compile(r"\((\d{2,4})\)([!-'*-~]{6,20})(?=\(|$)")
_LABELLED = re.compile(
    r"(?:^|[\s,;|])(IMEI|MEID|S/?N|SERIAL(?: ?(?:NO|NUMBER))?)\.? ?[0-9]?[:=#] *([0-9A-Z][0-9A-Z./_-]{5,29})"
    r"(?=$|[\s,;|])",
    re.IGNORECASE,
)
# What may stand between two numbers: separators of ISO 15434, of lists, of JSON and of addresses.
_BETWEEN = re.compile(r"[\x00-\x20,;|:\"'{}()\[\]<>=&?]+")
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z./_-]{3,29}")
# Who may give out IMEIs today (reporting body identifiers, GSMA TS.06). A number of 15 digits whose last one
# fits by chance is no IMEI by that alone: one in ten of a carrier's tracking numbers is such a one.
_GIVEN_OUT_AS = ("01", "35", "86", "91", "98", "99")


@dataclass(frozen=True)
class Printed:
    """A number in a code: its text, and its kind, None where nothing says what it is."""

    text: str
    kind: NumberKind | None


def printed_in(code: Code) -> tuple[Printed, ...]:
    """Return the numbers of one code, those first whose kind is told, each text once."""
    found: dict[str, Printed] = {}
    for one in (*_told(code), *_bare(code.text)):
        found.setdefault(one.text, one)
    return tuple(found.values())


def _told(code: Code) -> Iterator[Printed]:
    for identifier, number in _GS1.findall(code.text) if code.is_gs1 else ():
        if kind := _OF_GS1.get(identifier):
            yield from _checked(number, kind)
    for label, number in _LABELLED.findall(code.text):
        is_imei_label = label.upper() in {"IMEI", "MEID"}
        yield from _checked(number, NumberKind.IMEI if is_imei_label else NumberKind.SERIAL)


def _checked(number: str, kind: NumberKind) -> Iterator[Printed]:
    if kind is NumberKind.SERIAL or read_number(number):
        yield Printed(number, kind)


def _bare(text: str) -> Iterator[Printed]:
    for token in dict.fromkeys(_BETWEEN.split(text)):
        if token.isdigit() and is_imei(token) and token.startswith(_GIVEN_OUT_AS):
            yield Printed(token, NumberKind.IMEI)
        elif _NUMBER.fullmatch(token):
            yield Printed(token, None)
