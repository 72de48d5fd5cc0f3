"""Draw photos with labels on them, and photos that say when they were taken."""

from io import BytesIO

import numpy as np
import zxingcpp
from PIL import Image

TAKEN, OFFSET, EXIF_DIRECTORY, GPS_DIRECTORY = 0x9003, 0x9011, 0x8769, 0x8825


def label(text: str, symbology: str = "Code128", module_px: int = 3) -> Image.Image:
    """Draw one code, with the quiet zone around it."""
    code = zxingcpp.create_barcode(text, zxingcpp.barcode_format_from_str(symbology))
    return Image.fromarray(np.array(code.to_image(scale=module_px, add_quiet_zones=True))).convert("RGB")


def with_labels(*labels: Image.Image, size: tuple[int, int] = (1600, 1200)) -> Image.Image:
    """Draw a grey ground with labels one below the other."""
    photo, top = Image.new("RGB", size, (120, 110, 100)), 40
    for each in labels:
        photo.paste(each, (100, top))
        top += each.height + 40
    return photo


def jpeg(image: Image.Image, taken: str | None = None, offset: str | None = None) -> bytes:
    """Return a JPEG, with the time it was taken as a camera notes it, and with a place."""
    exif = Image.Exif()
    if taken:
        notes = exif.get_ifd(EXIF_DIRECTORY)
        notes[TAKEN] = taken
        if offset:
            notes[OFFSET] = offset
        exif.get_ifd(GPS_DIRECTORY)[29] = "2026:03:01"
    body = BytesIO()
    image.save(body, "JPEG", quality=85, exif=exif.tobytes() if taken else b"")
    return body.getvalue()
