"""Make a case and drawn photos of a phone, for tests of the station page."""

import random
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw


def case_for(rma_id: str) -> dict[str, Any]:
    """Return a case that the service accepts, with findings of the bench."""
    return {
        "rma": {
            "rma_id": rma_id,
            "channel": "ecommerce_consumer",
            "reason": "not_as_expected",
            "requested_at": "2026-02-01T09:00:00Z",
            "device_class": "phone",
            "sku": "PX-9-128-BLK",
            "expected_serial": "F2LX91KQ",
            "expected_imei": "490154203237518",
            "value": {"amount": 649.0, "currency": "CAD"},
        },
        "verification": {
            "verified_at": "2026-02-05T10:00:00Z",
            "outcome": "match",
            "observed_serial": "F2LX91KQ",
            "lock": "off",
            "list_status": "clean",
            "sanitisation": "purge",
            "battery_signs": ["none_seen"],
        },
        "as_of": "2026-02-05T10:30:00Z",
    }


def write_photos(folder: Path) -> list[Path]:
    """Draw a cracked front, a back and a photo whose name tells no view; return their paths."""
    paths = [folder / name for name in ("front_off.jpg", "back.jpg", "IMG_0042.jpg")]
    for seed, path in enumerate(paths):
        draw_phone(random.Random(seed), is_cracked=seed == 0).save(path, quality=90)
    return paths


def draw_phone(chance: random.Random, *, is_cracked: bool) -> Image.Image:
    picture = Image.new("RGB", (900, 1200), (150 + chance.randint(-30, 30), 140, 120))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((225, 90, 675, 1110), 50, fill=(24, 26, 30) if is_cracked else (200, 205, 210))
    for _ in range(14 if is_cracked else 0):
        point = (460, 330)
        for _ in range(10):
            following = (point[0] + chance.randint(-35, 35), point[1] + chance.randint(-35, 35))
            pen.line((*point, *following), fill=(228, 232, 236), width=3)
            point = following
    return picture
