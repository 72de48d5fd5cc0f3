"""Photos as cameras, editors and networks leave them: turned, wrongly tagged, of other brands, in pieces."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from features.photo.photo import UnreadablePhoto, read_photo
from tests.fuzz.children import read_in_child
from tests.fuzz.costly_photos import png_chunk
from tests.fuzz.heic_file import ALPHA, DEPTH, grid_heic, rotations

HALF_RED = Path(__file__).parent / "half-red.heic"
ORIENTATION, MAKE, RESOLUTION = 0x0112, 0x010F, 0x011A
SHORT, LONG, ASCII, RATIONAL = 3, 4, 2, 5
SIZE = (48, 32)


def corners():
    """A picture that no turn leaves as it is: grey, with a red corner and a green one."""
    pixels = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    pixels[:16, :16] = (230, 20, 20)
    pixels[16:, 32:] = (20, 230, 20)
    return Image.fromarray(pixels)


def saved(image, form="JPEG", **options):
    body = io.BytesIO()
    image.save(body, form, **options)
    return body.getvalue()


def exif_of(*entries, order="<"):
    """Write tags as (tag, type, count, four bytes of value), whether they make sense or not."""
    head = b"Exif\0\0" + (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(entries))
    return head + b"".join(struct.pack(f"{order}HHI", *entry[:3]) + entry[3] for entry in entries) + bytes(4)


def orientation(value, kind=SHORT, count=1, order="<"):
    number = struct.pack(f"{order}{'H' if kind == SHORT else 'I'}", value).ljust(4, b"\0")
    return exif_of((ORIENTATION, kind, count, number), order=order)


def stored_for(value):
    """The corners as a camera stores them that is held so that `value` turns them upright."""
    undo = {6: 8, 8: 6}.get(value, value)
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
    return corners().transpose(Image.Transpose(turns[undo])) if value in turns else corners()


def is_upright(photo):
    expected = np.asarray(corners()).astype(int)
    return photo.pixels.shape == expected.shape and np.abs(photo.pixels - expected).mean() < 12


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("value", range(1, 9))
def test_every_orientation_is_turned_upright(form, value):
    photo = read_photo(saved(stored_for(value), form, exif=orientation(value)))
    assert is_upright(photo)
    assert (photo.width_px, photo.height_px) == SIZE


@pytest.mark.parametrize(
    "exif", [orientation(6, order=">"), orientation(6, kind=LONG), b"Exif\0\0" + orientation(6)]
)
def test_an_orientation_is_read_however_it_is_written(exif):
    assert is_upright(read_photo(saved(stored_for(6), exif=exif)))


@pytest.mark.parametrize(
    "exif",
    [
        exif_of((RESOLUTION, ASCII, 1, b"72\0\0")),
        exif_of((MAKE, RATIONAL, 1, struct.pack("<I", 4_000_000_000))),
        exif_of(
            (MAKE, SHORT, 1, bytes(4)),
            (0x8769, LONG, 1, struct.pack("<I", 9)),
            (0xFFFF, 77, 2**32 - 1, bytes(4)),
        ),
        exif_of((ORIENTATION, ASCII, 1, b"6\0\0\0")),
        exif_of((ORIENTATION, SHORT, 2, b"\6\0\0\0")),
        orientation(9),
        orientation(0),
        orientation(6)[:-10],
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08",
        b"Exif\0\0neither order",
        b"Exif",
    ],
    ids=range(12),
)
def test_tags_that_make_no_sense_do_no_harm(exif):
    for form in ("JPEG", "PNG", "WEBP"):
        assert is_upright(read_photo(saved(corners(), form, exif=exif)))


def test_a_tag_that_makes_no_sense_hides_no_orientation_beside_it():
    exif = exif_of(
        (MAKE, RATIONAL, 1, b"\xff" * 4),
        (ORIENTATION, SHORT, 1, b"\6\0\0\0"),
        (RESOLUTION, ASCII, 9, b"\xff" * 4),
    )
    assert is_upright(read_photo(saved(stored_for(6), exif=exif)))


def test_the_orientation_of_xmp_counts_where_exif_has_none():
    xmp = b'<rdf:Description tiff:Orientation="6"/>'
    assert is_upright(read_photo(saved(stored_for(6), "WEBP", xmp=xmp)))
    assert is_upright(read_photo(saved(stored_for(6), xmp=xmp)))


@pytest.mark.parametrize("value", [1, 3, 6, 8])
def test_a_large_photo_is_turned_in_bands_as_it_would_be_as_a_whole(value):
    pixels = np.random.default_rng(5).integers(0, 256, (2_203, 3_301, 4), np.uint8)
    image = Image.fromarray(pixels, "RGBA")
    photo = read_photo(saved(image, "PNG", exif=orientation(value), compress_level=0))
    turned = {
        1: image,
        3: image.rotate(180),
        6: image.rotate(270, expand=True),
        8: image.rotate(90, expand=True),
    }
    whole = Image.alpha_composite(Image.new("RGBA", turned[value].size, "white"), turned[value]).convert(
        "RGB"
    )
    assert np.array_equal(photo.pixels, np.asarray(whole.reduce(2)))


def test_of_several_pictures_in_one_file_the_first_is_read():
    body = saved(corners(), "MPO", save_all=True, append_images=[corners().rotate(180)])
    assert is_upright(read_photo(body))
    assert not read_photo(body).is_damaged


def test_a_damaged_second_picture_does_not_matter():
    body = saved(corners(), "MPO", save_all=True, append_images=[corners().rotate(180)])
    second = body.rindex(b"\xff\xd8\xff")
    photo = read_photo(body[: second + 40] + bytes(len(body) - second - 40))
    assert is_upright(photo)
    assert not photo.is_damaged


@pytest.mark.parametrize("brand", [b"mif1", b"mif2", b"heif", b"heix", b"MiHE", b"1pic"])
def test_a_heic_of_another_major_brand_is_read_by_its_compatible_ones(brand):
    body = HALF_RED.read_bytes()
    assert np.array_equal(read_photo(body[:8] + brand + body[12:]).pixels, read_photo(body).pixels)


def test_a_heic_of_tiles_is_read_and_turned_once():
    assert read_photo(grid_heic(3, 2)).pixels.shape == (128, 192, 3)
    turned = read_photo(grid_heic(3, 2, turns=rotations(1), notes=1, note=b"\0\0\0\6" + orientation(6)))
    assert turned.pixels.shape == (192, 128, 3)
    assert (turned.width_px, turned.height_px) == (128, 192)


@pytest.mark.parametrize("kind", [b"Exif", b"\x95xif", b"E\xeeif", b"mime", b"\0\0\0\0"])
def test_no_note_of_a_heic_ends_the_process_that_reads_it(kind):
    [outcome] = read_in_child([("noted", grid_heic(1, 1, notes=2, note=bytes(60), kind=kind))])
    assert (outcome.outcome, outcome.said) == ("read", "64 x 64")


def test_a_heic_with_depth_and_thumbnail_is_read_as_without_them():
    layers = [(b"auxl", DEPTH), (b"thmb", b"small")]
    assert np.array_equal(
        read_photo(grid_heic(2, 1, layers=layers)).pixels, read_photo(grid_heic(2, 1)).pixels
    )


def test_a_transparent_heic_lies_on_white():
    transparent = read_photo(grid_heic(1, 1, layers=[(b"auxl", ALPHA)])).pixels
    assert transparent[60, 20].tolist() == [255, 255, 255]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("counts", [[0], [2**32 - 1], [3, 3]])
def test_a_png_that_says_wrongly_of_how_many_pictures_it_is_shows_its_first_one(counts):
    body = saved(corners(), "PNG")
    animation = b"".join(png_chunk(b"acTL", count.to_bytes(4) + bytes(4)) for count in counts)
    assert is_upright(read_photo(body[:33] + animation + body[33:]))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"\0\0\0\x1cftypavif" + bytes(4) + b"avifmif1miaf" + bytes(40), "lacks|no still picture|AVIF"),
        (grid_heic(2, 2, coding=b"av01"), "coded as AVIF, not as HEIC"),
        (b"\0\0\0\x14ftypavis" + bytes(4) + b"avis" + bytes(40), "an AVIF picture"),
        (b"\0\0\0\x18ftypmp42" + bytes(4) + b"isommp42" + bytes(40), "a film"),
        (b"\0\0\0\x18ftypcrx " + bytes(4) + b"crx isom" + bytes(40), "a raw file"),
        (b"\0\0\0\x14ftypzzzz" + bytes(4) + b"zzzz" + bytes(40), "the brand 'zzzz'"),
        (b"GIF89a" + bytes(40), "a GIF picture"),
        (b"II*\0" + bytes(40), "a TIFF picture or a camera's raw file"),
        (b"  <!doctype html><html>", "a web page"),
        ("\ufeff<?xml version='1.0'?>".encode(), "a web page or XML"),
        ("\ufeff<html>".encode("utf-16-le"), "a web page or XML"),
        (b"shelf 4\r\nbox 7", "are text"),
        (b"data:image/jpeg;base64,/9j/", "a data URL"),
        (b"/9j/4AAQSkZJRgABAQAAAQABAAD/", "in base64"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF".decode("latin-1").encode(), "written as text"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF".decode("utf-8", "replace").encode(), "read as text"),
        (b"\x89PNG\n\x1a\n", "line ends were changed"),
        (bytes(4096), "zeros"),
        (b"\x1f\x8b\x08" + bytes(20), "gzip"),
        (b"%PDF-1.7", "a PDF document"),
    ],
)
def test_other_files_are_refused_as_what_they_are(body, says):
    with pytest.raises(UnreadablePhoto, match=says):
        read_photo(body)


@pytest.mark.filterwarnings("error")
def test_more_pixels_than_pillow_warns_of_are_read_without_a_warning():
    body = saved(Image.new("L", (10_000, 9_000)), quality=50)
    assert read_photo(body).width_px == 10_000


def test_a_jpeg_far_longer_than_wide_is_read():
    assert read_photo(saved(Image.new("RGB", (3, 60_000)))).height_px == 60_000


@pytest.mark.parametrize(
    "error", [RuntimeError, IndexError, EOFError, TypeError, struct.error, AttributeError]
)
def test_whatever_a_decoder_raises_the_photo_is_unreadable(monkeypatch, error):
    def fail(*_args):
        raise error("deep inside")

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", fail)
    with pytest.raises(UnreadablePhoto, match=r"damaged or cut short \(deep inside\): take or send it again"):
        read_photo(saved(corners(), "PNG"))


@pytest.mark.parametrize(
    ("frame", "said"), [(b"\xff\xc1\0\x11\x0c", "12 bits"), (b"\xff\xc5\0\x11\x08", "differences between")]
)
def test_a_jpeg_of_a_coding_that_is_not_read_is_no_damaged_one(frame, said):
    body = saved(corners())
    with pytest.raises(UnreadablePhoto, match=said):
        read_photo(body.replace(b"\xff\xc0\0\x11\x08", frame))
