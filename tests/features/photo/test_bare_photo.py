"""What is kept of a photo reads as the photo did, and holds nothing of what was noted beside it."""

import io
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from features.photo.bare.bare_photo import bare_photo
from features.photo.photo import PhotoError, read_photo
from tests.fuzz.costly_photos import png_chunk
from tests.fuzz.heic_file import ALPHA, DEPTH, box, grid_heic, rotations
from tests.fuzz.mutants import mutants, whole_photos

ORIENTATION, MAKE, SERIAL, ARTIST, GPS = 0x0112, 0x010F, 0xA431, 0x013B, 0x8825
SECRETS = (b"SN-771-XK", b"Jo Doe", b"52.5200N", b"Shelf camera 4")
HALF_RED = (Path(__file__).parent / "half-red.heic").read_bytes()
SECRET = b" ".join(SECRETS)
MUTANTS = 1_500


def picture(size=(64, 48)):
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, (size[1], size[0], 3), np.uint8))


def saved(image, form, **options):
    body = io.BytesIO()
    image.save(body, form, **options)
    return body.getvalue()


def telling_exif(turned=6):
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE], exif[ARTIST] = turned, "Shelf camera 4", "Jo Doe"
    exif.get_ifd(0x8769)[SERIAL] = "SN-771-XK"
    exif.get_ifd(GPS)[29] = "52.5200N"
    return exif.tobytes()


def segment(marker, text):
    return bytes([0xFF, marker]) + (len(text) + 2).to_bytes(2) + text


def telling_jpeg(**options):
    small = bytes([2, 2]) + SECRET[:12]
    segments = (
        segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1" + small)
        + segment(0xE0, b"JFXX\0\x10" + SECRET)
        + segment(0xE1, telling_exif())
        + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + SECRET)
        + segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + SECRET)
        + segment(0xE2, b"ICC_PROFILE\0\1\1" + SECRET)
        + segment(0xE2, b"MPF\0" + SECRET)
        + segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0" + SECRET)
        + segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + SECRET)
        + segment(0xFE, SECRET)
    )
    body = saved(picture(), "JPEG", quality=90, **options)
    start = 4 + int.from_bytes(body[4:6])
    return body[:2] + segments + body[start:] + telling_second() + SECRET


def telling_second():
    return saved(picture().rotate(90), "JPEG", exif=telling_exif())


def telling_png(image=None, **options):
    texts = PngImagePlugin.PngInfo()
    for secret in SECRETS:
        texts.add_text("Comment", secret.decode())
        texts.add_itxt("XML:com.adobe.xmp", secret.decode())
        texts.add_text("Packed", secret.decode(), zip=True)
    body = saved(image or picture(), "PNG", pnginfo=texts, exif=telling_exif(), icc_profile=SECRET, **options)
    return body[:33] + png_chunk(b"prVt", SECRET) + body[33:] + SECRET


def telling_webp(**options):
    body = saved(picture(), "WEBP", exif=telling_exif(), xmp=SECRET, icc_profile=SECRET, **options)
    body += b"NOTE" + len(SECRET).to_bytes(4, "little") + SECRET + bytes(len(SECRET) % 2)
    return body[:4] + (len(body) - 8).to_bytes(4, "little") + body[8:] + SECRET


def telling_heic(**options):
    noted = grid_heic(2, 1, notes=2, note=b"\0\0\0\6" + telling_exif() + SECRET, **options)
    return noted + box(b"uuid", bytes(16), SECRET) + box(b"free", SECRET)


PHOTOS = {
    "JPEG": telling_jpeg,
    "progressive JPEG": lambda: telling_jpeg(progressive=True),
    "JPEG with restarts": lambda: telling_jpeg(restart_marker_rows=1),
    "JPEG with a hole": lambda: telling_jpeg().replace(
        b"\xff\xd9", b"\xff\xfe\0\2" + SECRET + b"\xff\xd9", 1
    ),
    "MPO": lambda: saved(picture(), "MPO", save_all=True, append_images=[picture()], exif=telling_exif()),
    "grey JPEG": lambda: saved(picture().convert("L"), "JPEG", exif=telling_exif(), comment=SECRET),
    "JPEG of four inks": lambda: saved(picture().convert("CMYK"), "JPEG", exif=telling_exif()),
    "PNG": telling_png,
    "palette PNG": lambda: telling_png(picture().quantize(16), transparency=3),
    "deep PNG": lambda: telling_png(Image.fromarray(np.arange(3072, dtype=np.uint16).reshape(48, 64) * 20)),
    "animated PNG": lambda: telling_png(save_all=True, append_images=[picture().rotate(90)]),
    "PNG with EXIF as a text": lambda: saved(picture(), "PNG", pnginfo=exif_as_text()),
    "WebP": telling_webp,
    "lossless WebP": lambda: telling_webp(lossless=True),
    "animated WebP": lambda: telling_webp(save_all=True, append_images=[picture().rotate(90)]),
    "HEIC": lambda: telling_heic(kind=b"Exif"),
    "HEIC with XMP": lambda: telling_heic(kind=b"mime"),
    "turned HEIC": lambda: telling_heic(turns=rotations(1)),
    "transparent HEIC": lambda: telling_heic(layers=[(b"auxl", ALPHA)]),
    "HEIC with depth": lambda: telling_heic(layers=[(b"auxl", DEPTH), (b"thmb", SECRET)]),
}


def exif_as_text():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Raw profile type exif", f"\nexif\n{len(telling_exif())}\n{telling_exif().hex()}\n")
    return texts


@pytest.mark.parametrize("name", PHOTOS)
def test_a_kept_photo_reads_as_the_one_that_was_sent(name):
    sent = PHOTOS[name]()
    read = read_photo(sent)

    kept = bare_photo(sent, read)

    again = read_photo(kept.body)
    assert not kept.is_rewritten
    assert np.array_equal(again.pixels, read.pixels)
    assert (again.width_px, again.height_px, again.is_damaged, again.orientation) == (
        *(read.width_px, read.height_px, read.is_damaged, read.orientation),
    )


@pytest.mark.parametrize("name", PHOTOS)
def test_nothing_that_was_noted_beside_the_picture_is_kept(name):
    sent = PHOTOS[name]()
    assert any(secret in text for secret in SECRETS for text in (sent, unpacked(sent)))

    kept = bare_photo(sent, read_photo(sent)).body

    assert [secret for secret in SECRETS if secret in kept or secret in unpacked(kept)] == []


def unpacked(body):
    """The texts of a PNG that are packed or written in hexadecimal, so that a secret can be looked for."""
    image = Image.open(io.BytesIO(body)) if body.startswith(b"\x89PNG") else None
    texts = getattr(image, "text", {}) if image else {}
    raw = texts.get("Raw profile type exif", "").split("\n")[3:]
    profile = (image.info.get("icc_profile") or b"") if image else b""
    return " ".join(texts.values()).encode("utf-8", "replace") + bytes.fromhex("".join(raw)) + profile


@pytest.mark.parametrize("name", PHOTOS)
def test_what_is_kept_once_is_kept_as_it_is(name):
    kept = bare_photo(PHOTOS[name](), read_photo(PHOTOS[name]())).body

    assert bare_photo(kept, read_photo(kept)).body == kept


# A HEIC is turned by its own structure, which every reader goes by.
@pytest.mark.parametrize("name", [name for name in PHOTOS if "HEIC" not in name])
def test_every_other_program_shows_a_kept_photo_upright(name):
    sent = PHOTOS[name]()
    read = read_photo(sent)
    kept = bare_photo(sent, read)

    with Image.open(io.BytesIO(kept.body)) as image:
        assert image.getexif().get(ORIENTATION, 1) == read.orientation
        assert dict(image.getexif()).keys() <= {ORIENTATION}


@pytest.mark.parametrize(
    ("name", "data"),
    [("JPEG", (b"\xff\xda", b"\xff\xd9")), ("PNG", (b"IDAT", b"IEND")), ("WebP", (b"VP8 ", b"EXIF"))],
)
def test_the_compressed_picture_is_kept_byte_for_byte(name, data):
    sent = PHOTOS[name]()
    kept = bare_photo(sent, read_photo(sent)).body
    first, last = data

    start = sent.index(first, sent.index(b"\xff\xdb") if name == "JPEG" else 0)
    coded = sent[start : sent.index(last, start)]
    assert len(coded) > 1_000
    assert coded in kept


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WebP", "image/webp"), ("HEIC", "image/heic")],
)
def test_a_kept_photo_stays_of_its_kind(name, media_type):
    assert bare_photo(PHOTOS[name](), read_photo(PHOTOS[name]())).media_type == media_type


def test_a_picture_that_shares_its_bytes_with_a_note_is_kept_as_a_png_of_its_pixels():
    sent = grid_heic(1, 1, notes=1, note=b"note")
    # The note is made to lie where the tile does.
    tile = sent.index(b"mdat") + 4 + 12
    at = sent.index(b"iloc") + 8 + 4 + 2 * 14
    shared = sent[: at + 6] + tile.to_bytes(4) + (40).to_bytes(4) + sent[at + 14 :]
    read = read_photo(shared)

    kept = bare_photo(shared, read)

    assert (kept.media_type, kept.is_rewritten) == ("image/png", True)
    assert np.array_equal(read_photo(kept.body).pixels, read.pixels)


def test_photos_changed_at_random_are_kept_as_they_were_read():
    different, kept_count = [], 0
    for mutant in islice(mutants(16), MUTANTS):
        try:
            read = read_photo(mutant.body)
        except PhotoError:
            continue
        kept = bare_photo(mutant.body, read)
        again = read_photo(kept.body)
        kept_count += 1
        is_same_picture = np.array_equal(again.pixels, read.pixels)
        if not is_same_picture or (again.is_damaged != read.is_damaged and not kept.is_rewritten):
            different.append(mutant.name)

    assert different == []
    assert kept_count > MUTANTS / 10


def test_every_kind_of_photo_that_is_read_is_tried_here_without_a_rewrite():
    whole = whole_photos()
    rewritten = [name for name, body in whole.items() if bare_photo(body, read_photo(body)).is_rewritten]

    assert rewritten == []
