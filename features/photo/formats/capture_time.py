"""Read from EXIF when a photo was taken; what can't be read says nothing.

The place of a photo stands in a directory of its own, which is never looked at.
"""

import re
from datetime import datetime

from features.photo.formats.exif import Exif

_NOTES = 0x8769
_TAKEN, _OFFSET = 0x9003, 0x9011
_LONGEST = 32
_TIME = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_ZONE = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d")


def read_capture_time(body: bytes) -> str | None:
    """Return the time in ISO 8601, with the offset from UTC where the camera noted one; None without."""
    exif = Exif.of(body)
    notes_at = exif.last_number(_NOTES) if exif else None
    if exif is None or notes_at is None or notes_at <= 0:
        return None
    texts = {
        entry.tag: exif.text(entry, _LONGEST)
        for entry in exif.entries(notes_at)
        if entry.tag in {_TAKEN, _OFFSET}
    }
    return _iso(texts.get(_TAKEN, ""), texts.get(_OFFSET, ""))


def _iso(written: str, offset: str) -> str | None:
    found = _TIME.match(written.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = found.groups()
    zone = offset.strip()
    taken = f"{year}-{month}-{day}T{hour}:{minute}:{second}{zone if _ZONE.fullmatch(zone) else ''}"
    return taken if _is_there(taken) else None


def _is_there(taken: str) -> bool:
    try:
        datetime.fromisoformat(taken)
    except ValueError:
        return False
    return True
