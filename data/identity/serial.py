"""Take a serial number out of what labels, scanners and codes write around it."""

import re
from collections.abc import Iterator
from functools import lru_cache

# A shorter serial says too little: one character more may well be another unit's.
SURE_LENGTH = 6

_LABEL = re.compile(
    r"^(?:\][A-Z][0-9])?\s*(?:S\s*[/.\\]\s*N(?:O(?=[\s:.#=_-]))?|S?SNO?(?=[\s:.#=_-])|N\s*/\s*S(?=[\s:.#=_-])"
    r"|SER(?:IAL)?[\s._-]*(?:NUMBER|NUM|NO|NR|\#)(?=[\s:.#=_-]|[0-9]|$)|SER(?:IAL)?(?=[\s:.#=_-])"
    r"|SERIEN[\s._-]*(?:NUMMER|NR)(?=[\s:.#=_-])|NO(?=[.:]\s))?[\s:.#=_-]*"
)
# One field among others, as QR codes, addresses and printed plates have it, up to where the next one begins.
_FIELD = re.compile(
    r"(?:^|[\s,;|&?{(\"])(?:S[/.]?N|SERIAL(?:[\s_-]?(?:NUMBER|NO))?)(?:\"?\s*[:=]\s*\"?|\s+)"
    r"(?P<serial>[A-Z0-9][A-Z0-9 ._-]*?)"
    r"(?=\s*$|[,;|&\"}]|\s+[A-Z][A-Z0-9/]{0,9}[:=]|\s+[PM][/.]?N\s)"
)
# What a GS1 code says as its identifier 21, in brackets or as a web address, or an EPC at its end.
_GS1_SERIAL = re.compile(r"\(21\)([^(]+)|/21/([^/?#]+)|^URN:EPC:(?:ID|TAG):[A-Z0-9-]+:.*\.([^.]+)$")
# Data identifiers that a scanner leaves in front, unmarked: S, 1S and 30S of ANSI MH10.8.2, 21 of GS1.
_PREFIXES = ("S", "1S", "30S", "21", "21S", "SN")
_ELEMENTS = re.compile(r"01[0-9]{14}21")


@lru_cache(maxsize=4_096)
def bare_serial(text: str) -> str:
    """Return the capitals and digits of a serial, without its label and what else a code says beside it."""
    if text.isalnum() and text.isascii():
        return text.upper()
    upper = text.upper()
    if found := _GS1_SERIAL.search(upper):
        upper = next(filter(None, found.groups()))
    elif field := _FIELD.search(upper):
        upper = field["serial"]
    return re.sub(r"[^A-Z0-9]", "", _LABEL.sub("", upper))


def without_additions(capitals: str) -> Iterator[str]:
    """Yield a serial without each data identifier that may stand in front, and once where it stands twice."""
    if found := _ELEMENTS.match(capitals):
        yield capitals[found.end() :]
    for prefix in _PREFIXES:
        if capitals.startswith(prefix) and len(capitals) - len(prefix) >= SURE_LENGTH:
            yield capitals[len(prefix) :]
    half = len(capitals) // 2
    if half >= SURE_LENGTH and capitals == capitals[:half] * 2:
        yield capitals[:half]
