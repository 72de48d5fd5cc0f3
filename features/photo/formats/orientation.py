"""Read how a camera was held from EXIF or XMP; what can't be read says upright."""

import re

from features.photo.formats.exif import Exif
from features.photo.formats.upright import UPRIGHT

_TAG = 0x0112
_XMP = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')


def read_orientation(exif: bytes, xmp: bytes = b"") -> int:
    """Return the EXIF orientation 1 to 8; that of XMP counts where EXIF holds none."""
    found = _in_exif(exif)
    if found is None and (written := _XMP.search(xmp)):
        found = int(written[1])
    return found if found and found in range(1, 9) else UPRIGHT


def _in_exif(body: bytes) -> int | None:
    """Return the number in the orientation tag, None where there is no such tag, 0 where it is no number."""
    exif = Exif.of(body)
    if exif is None:
        return None
    values = [exif.number(entry) for entry in exif.entries(exif.first) if entry.tag == _TAG]
    return values[-1] if values else None
