"""Make returns to decide: each with its own numbers, some with drawn photos that nobody sent before."""

import io
import json
import random
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from stdnum import luhn

from serving.demo.returns import DemoReturn, shipped_returns

PHOTO_PIXELS = 480
# A square of noise that makes a photo another one, small enough to leave the device on it.
MARK_PIXELS = 24


@dataclass(frozen=True)
class ReturnToDecide:
    """One return that is asked for under one key, and the photos of it."""

    key: str
    case: dict[str, Any]
    photos: tuple[bytes, ...]

    @property
    def rma_id(self) -> str:
        return str(self.case["rma"]["rma_id"])


def new_return(random_: random.Random, *, photos: int) -> ReturnToDecide:
    """Return the intact phone of the demo as another device of another customer."""
    shipped = _shipped()
    case = _with_own_numbers(shipped.case, random_)
    bodies = tuple(_with_mark(photo.path, random_) for photo in shipped.photos[:photos])
    return ReturnToDecide(f"soak-{uuid.UUID(int=random_.getrandbits(128)).hex}", case, bodies)


def _with_own_numbers(case: dict[str, Any], random_: random.Random) -> dict[str, Any]:
    rma, scans = case["rma"], case["scans"]
    text = json.dumps(case)
    names = ("rma_id", "order_id", "customer_id", "address_id", "payment_id", "expected_serial")
    tracking = {scan["tracking_id"] for scan in scans if "tracking_id" in scan}
    for known in sorted({rma[name] for name in names} | tracking):
        text = text.replace(f'"{known}"', f'"{known[:3]}{random_.getrandbits(40):010X}"')
    digits = f"00499901{random_.randrange(10**6):06d}"
    own: dict[str, Any] = json.loads(
        text.replace(rma["expected_imei"], digits + luhn.calc_check_digit(digits))
    )
    return own


@cache
def _shipped() -> DemoReturn:
    return shipped_returns()[0]


@cache
def _small(photo: Path) -> Image.Image:
    with Image.open(photo) as picture:
        picture.thumbnail((PHOTO_PIXELS, PHOTO_PIXELS))
        return picture.convert("RGB")


def _with_mark(photo: Path, random_: random.Random) -> bytes:
    small = _small(photo).copy()
    noise = np.random.default_rng(random_.getrandbits(32)).integers(0, 256, (MARK_PIXELS, MARK_PIXELS, 3))
    small.paste(Image.fromarray(noise.astype(np.uint8)), (0, 0))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
