"""Write the one note that a kept photo needs: how it is turned upright."""

import struct

EXIF_NAME = b"Exif\0\0"

_TAG, _SHORT, _ONE = 0x0112, 3, 1
_FIRST_DIRECTORY = 8


def orientation_note(orientation: int) -> bytes:
    """Return EXIF (a TIFF header and one directory) that holds an orientation and nothing else."""
    head = b"II*\0" + struct.pack("<IH", _FIRST_DIRECTORY, _ONE)
    return head + struct.pack("<HHIHHI", _TAG, _SHORT, _ONE, orientation, 0, 0)
