"""Change photos of every format at random, the same way for the same seed."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, PngImagePlugin

from tests.fuzz.heic_file import ALPHA, DEPTH, SEED, grid_heic, rotations

DEMO = Path(__file__).parents[2] / "data/demo"
ORIENTATION, MAKE, RESOLUTION = 0x0112, 0x010F, 0x011A
HEAD_SHARE = 0.5
LONGEST_PIECE = 4096


@dataclass(frozen=True)
class Mutant:
    """A changed photo, with a name that makes it again."""

    name: str
    body: bytes


def mutants(seed: int, start: int = 0) -> Iterator[Mutant]:
    """Yield changed photos without end, of each whole photo in turn."""
    whole = whole_photos()
    names = list(whole)
    number = start
    while True:
        name = names[number % len(names)]
        yield Mutant(f"{name} {seed}-{number}", mutate(whole[name], whole, Random(f"{seed}-{number}")))
        number += 1


def mutate(body: bytes, others: dict[str, bytes], random: Random) -> bytes:
    """Return the bytes after one to four changes, half of them near the beginning, where the headers are."""
    changed = bytearray(body)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        random.choice(CHANGES)(changed, others, random)
    return bytes(changed)


def _place(body: bytearray, random: Random) -> int:
    most = min(len(body), 600) if random.random() < HEAD_SHARE else len(body)
    return random.randrange(max(1, most))


def _flip(body, others, random):
    at = _place(body, random)
    body[at : at + 1] = bytes([body[at] ^ 1 << random.randrange(8)]) if body else b""


def _put(body, others, random):
    at, count = _place(body, random), random.choice((1, 1, 2, 4, 8))
    body[at : at + count] = random.choice((bytes(count), b"\xff" * count, random.randbytes(count)))


def _put_number(body, others, random):
    at, size = _place(body, random), random.choice((2, 4))
    numbers = (
        0,
        1,
        2,
        255,
        256,
        65_535,
        65_536,
        2**31 - 1,
        2**31,
        2**32 - 1,
        len(body),
        random.getrandbits(32),
    )
    order = random.choice(("big", "little"))
    body[at : at + size] = (random.choice(numbers) % 256**size).to_bytes(size, order)


def _lose(body, others, random):
    at = _place(body, random)
    del body[at : at + random.choice((1, 2, 16, 300, LONGEST_PIECE))]


def _blank(body, others, random):
    at, count = _place(body, random), random.choice((16, 300, LONGEST_PIECE))
    body[at : at + count] = bytes(len(body[at : at + count]))


def _repeat(body, others, random):
    at, count = _place(body, random), random.choice((1, 16, 300, LONGEST_PIECE))
    body[at:at] = body[at : at + count] * random.choice((1, 1, 2, 20))


def _cut(body, others, random):
    del body[_place(body, random) :]


def _splice(body, others, random):
    other = others[random.choice(list(others))]
    at, start = _place(body, random), random.randrange(len(other))
    body[at:at] = other[start : start + random.choice((4, 16, 300, LONGEST_PIECE))]


def _swap(body, others, random):
    at, to, count = _place(body, random), _place(body, random), random.choice((1, 2, 4, 64))
    one, two = body[at : at + count], body[to : to + count]
    if len(one) == len(two):
        body[at : at + count], body[to : to + count] = two, one


CHANGES = (_flip, _flip, _put, _put, _put_number, _put_number, _lose, _blank, _repeat, _cut, _splice, _swap)


def whole_photos() -> dict[str, bytes]:
    """Return a small whole photo of every kind that is read."""
    scene, exif = _scene(), _exif()
    return {
        "jpeg": _saved(scene, "JPEG", exif=exif, quality=85),
        "progressive jpeg": _saved(scene, "JPEG", exif=exif, progressive=True, icc_profile=bytes(600)),
        "jpeg with restarts": _saved(scene, "JPEG", restart_marker_rows=1, comment=b"shelf 4"),
        "grey jpeg": _saved(scene.convert("L"), "JPEG", optimize=True),
        "cmyk jpeg": _saved(scene.convert("CMYK"), "JPEG"),
        "demo jpeg": (DEMO / "honest-back.jpg").read_bytes(),
        "mpo": _saved(scene, "MPO", save_all=True, append_images=[scene.rotate(9)], exif=exif),
        "png": _saved(scene, "PNG", exif=exif),
        "palette png": _saved(scene.quantize(16), "PNG", transparency=3, pnginfo=_texts()),
        "rgba png": _saved(scene.convert("RGBA"), "PNG", pnginfo=_texts()),
        "deep png": _saved(Image.fromarray(_deep(scene)), "PNG"),
        "apng": _saved(scene, "PNG", save_all=True, append_images=[scene.rotate(5), scene.rotate(9)]),
        "webp": _saved(scene, "WEBP", exif=exif, xmp=XMP.encode()),
        "lossless webp": _saved(scene, "WEBP", lossless=True),
        "transparent webp": _saved(scene.convert("RGBA"), "WEBP", quality=60),
        "animated webp": _saved(scene, "WEBP", save_all=True, append_images=[scene.rotate(5)] * 3),
        "heic": SEED.read_bytes(),
        "heic of tiles": grid_heic(3, 2, notes=2, note=b"\0\0\0\x06Exif\0\0" + exif),
        "heic of layers": grid_heic(
            1,
            1,
            layers=[(b"auxl", ALPHA), (b"auxl", DEPTH), (b"thmb", b"x")],
            notes=1,
            note=XMP.encode(),
            kind=b"mime",
        ),
        "turned heic": grid_heic(1, 2, turns=rotations(1), brand=b"mif1"),
    }


XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def _scene() -> Image.Image:
    """Draw something with edges and slopes."""
    image = Image.radial_gradient("L").resize((131, 97)).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 20, 90, 80), fill=(60, 90, 140), outline=(240, 240, 230), width=3)
    draw.line((35, 75, 85, 25), fill=(250, 250, 250))
    return image


def _deep(scene: Image.Image):
    import numpy as np

    return np.asarray(scene.convert("L")).astype(np.uint16) * 257


def _exif() -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE], exif[RESOLUTION] = 6, "A camera", 72.0
    return exif.tobytes()


def _texts() -> PngImagePlugin.PngInfo:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "shelf 4")
    texts.add_itxt("XML:com.adobe.xmp", XMP)
    return texts


def _saved(image: Image.Image, form: str, **options) -> bytes:
    body = io.BytesIO()
    image.save(body, form, **options)
    return body.getvalue()
