"""Study what photos prove beside the condition: whom honest photos accuse, and how small a label may be."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import zxingcpp
from PIL import Image, ImageFilter

from data.case import parse_case
from data.labelled.photo_set import read_photo_set
from features.photo.photo import Photo, PhotoError, read_photo
from serving.demo.returns import shipped_returns
from serving.photo_proof.printed_codes import read_codes
from serving.photo_proof.prove import prove

SEED = 31
SOLD_IMEI, SOLD_SERIAL = "356938035643809", "R58M12ABCDE"
SYMBOLOGIES = ("Code128", "QRCode", "DataMatrix", "PDF417")
MODULES_PX = (1.0, 1.3, 1.6, 2.0, 2.5, 3.0)
DRAWN = 40
_DRAWN_PX = 8
_GROUND = (1600, 1200)
# A label that somebody photographs: a little turned, soft and noisy, as JPEG.
_TURNED_DEG, _BLUR_PX, _NOISE, _QUALITY = 10.0, 0.7, 4.0, 85


def study_photo_proof(photos: Path | None = None, drawn: int = DRAWN) -> Iterator[str]:
    """Yield a line for each thing that was asked.

    photos: a folder as data.labelled.photo_set says, of honest photos. drawn: labels of each kind and size.
    """
    if photos:
        yield from _accused(one.path for one in read_photo_set(photos))
    yield f"{drawn} drawn labels of each, turned by up to {_TURNED_DEG:.0f} degrees: share read, read wrongly"
    yield "px per module | " + " | ".join(SYMBOLOGIES)
    for module_px in MODULES_PX:
        shares = (_read_share(symbology, module_px, drawn) for symbology in SYMBOLOGIES)
        yield f"{module_px:.1f} | " + " | ".join(f"{read:.2f}, {wrong:.2f}" for read, wrong in shares)


def _accused(paths: Iterable[Path]) -> Iterator[str]:
    """Tell what honest photos would accuse, were each sent with a phone of known serial and IMEI."""
    case = parse_case(_case_values())
    counts: Counter[str] = Counter()
    reading_s = decoding_s = 0.0
    for path in paths:
        begun = time.perf_counter()
        try:
            photo = read_photo(path.read_bytes())
        except PhotoError:
            counts["unreadable"] += 1
            continue
        decoded = time.perf_counter()
        counts["photos"] += 1
        counts["codes"] += len(read_codes([photo]))
        reading_s, decoding_s = reading_s + time.perf_counter() - decoded, decoding_s + decoded - begun
        counts["told when taken"] += photo.taken_at is not None
        proof = prove(case, [photo])
        counts.update({each.kind.value for each in proof.suspicions} if proof else ())
    yield f"{counts.pop('photos'):,} honest photos: " + ", ".join(
        f"{name} {n:,}" for name, n in counts.items()
    )
    yield f"reading codes takes {reading_s / decoding_s:.2f} of the time of decoding"


def _case_values() -> dict[str, object]:
    values = shipped_returns()[0].case
    sold = {"expected_imei": SOLD_IMEI, "expected_imeis": None, "expected_serial": SOLD_SERIAL}
    return {**values, "rma": {**values["rma"], **sold}}


def _read_share(symbology: str, module_px: float, drawn: int) -> tuple[float, float]:
    """Return the share of drawn labels that is read as printed, and the share that is read otherwise."""
    rng = np.random.default_rng([SEED, SYMBOLOGIES.index(symbology), round(module_px * 10)])
    texts = [[code.text for code in read_codes([_draw(symbology, module_px, rng)])] for _ in range(drawn)]
    read = sum(SOLD_IMEI in found for found in texts) / drawn
    return read, sum(any(text != SOLD_IMEI for text in found) for found in texts) / drawn


def _draw(symbology: str, module_px: float, rng: np.random.Generator) -> Photo:
    code = zxingcpp.create_barcode(SOLD_IMEI, zxingcpp.barcode_format_from_str(symbology))
    large = Image.fromarray(np.array(code.to_image(scale=_DRAWN_PX, add_quiet_zones=True)))
    turned = large.rotate(
        rng.uniform(-_TURNED_DEG, _TURNED_DEG), Image.Resampling.BICUBIC, expand=True, fillcolor=255
    )
    size = tuple(max(1, round(side * module_px / _DRAWN_PX)) for side in turned.size)
    photo = Image.new("L", _GROUND, 205)
    photo.paste(turned.resize((size[0], size[1]), Image.Resampling.BOX), (300, 300))
    soft = np.asarray(photo.filter(ImageFilter.GaussianBlur(_BLUR_PX)), np.float64)
    noisy = np.clip(soft + rng.normal(0, _NOISE, soft.shape), 0, 255).astype(np.uint8)
    body = BytesIO()
    Image.fromarray(noisy).convert("RGB").save(body, "JPEG", quality=_QUALITY)
    return read_photo(body.getvalue())
