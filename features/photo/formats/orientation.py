"""Read how a camera was held from EXIF or XMP; what can't be read says upright."""

import re

from features.photo.formats.exif import Exif
from features.photo.formats.upright import UPRIGHT

_TAG = 0x0112
_XMP = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')


def read_orientation(exif: bytes, xmp: bytes = b"") -> int:
    """Return the EXIF orientation 1 to 8; that of XMP counts where EXIF holds none."""
    notes = Exif.of(exif)
    found = notes.last_number(_TAG) if notes else None
    if found is None and (written := _XMP.search(xmp)):
        found = int(written[1])
    return found if found and found in range(1, 9) else UPRIGHT
