"""Read JSON as it was sent: its encoding, and what parsers disagree about."""

import codecs
import json
import re
from collections import Counter
from typing import Any

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # Before UTF-16, whose little-endian mark begins this one.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How text begins that carries no mark: an ASCII character and zeros.
UNMARKED = (
    (re.compile(rb"[\t-\r -~]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[\t-\r -~]"), "utf-32-be"),
    (re.compile(rb"[\t-\r -~]\0[^\0]"), "utf-16-le"),
    (re.compile(rb"\0[\t-\r -~]\0"), "utf-16-be"),
)


class OddJson(ValueError):
    """JSON that one parser takes and another does not: a name twice, a number or nesting past all sense."""


def encoding_of(head: bytes) -> tuple[str, int]:
    """Return the encoding of a text and the length of its mark, by how it begins; UTF-8 unless it shows."""
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    return next((encoding for begins, encoding in UNMARKED if begins.match(head)), "utf-8"), 0


def as_utf8(body: bytes) -> bytes:
    """Return a text in UTF-8 without a byte order mark.

    Raises UnicodeDecodeError for UTF-16 and UTF-32 that are none; bytes that look like UTF-8 are not checked.
    """
    encoding, mark = encoding_of(body[:4])
    return body[mark:] if encoding == "utf-8" else body[mark:].decode(encoding).encode()


def parse_each_name_once(text: str | bytes) -> Any:
    """Parse JSON in which each name stands once in its object.

    Raises OddJson where parsers would disagree, and json.JSONDecodeError or UnicodeDecodeError for no JSON.
    """
    try:
        return json.loads(text, object_pairs_hook=_each_name_once)
    except RecursionError as error:
        raise OddJson("it is nested too deeply") from error
    except (json.JSONDecodeError, UnicodeDecodeError, OddJson):
        raise
    except ValueError as error:
        raise OddJson(f"a number is too long ({error})") from error


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise OddJson(f"{twice[:100]}: the name stands twice in one object; keep the one that is right")
    return found
