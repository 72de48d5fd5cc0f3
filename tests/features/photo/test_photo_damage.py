"""A JPEG with a hole is told from a whole one, however it was coded."""

import io
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from features.photo.photo import PhotoError, read_photo
from tests.fuzz.costly_photos import png, png_chunk
from tests.fuzz.heic_file import grid_heic

HOLE_BYTES = 4096
CODINGS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "optimised": {"optimize": True},
    "progressive": {"progressive": True},
    "with restarts": {"restart_marker_rows": 1},
    "all colours": {"subsampling": 0},
}


def scene(seed=0):
    random = np.random.default_rng(seed)
    noise = Image.fromarray(random.integers(0, 256, (60, 80, 3), np.uint8)).resize(
        (800, 600), Image.Resampling.BICUBIC
    )
    return Image.blend(noise, Image.radial_gradient("L").resize((800, 600)).convert("RGB"), 0.5)


def jpeg(image, **coding):
    body = io.BytesIO()
    image.save(body, "JPEG", quality=90, **coding)
    return body.getvalue()


def data_of(body):
    return body.index(b"\xff\xda") + 14


def blanked(body, at):
    return body[:at] + bytes(HOLE_BYTES) + body[at + HOLE_BYTES :]


def missing(body, at):
    return body[:at] + body[at + HOLE_BYTES :]


def ended(body, at):
    return body[:at] + b"\xff\xd9"


def cut(body, at):
    return body[:at]


def is_told(body):
    try:
        return read_photo(body).is_damaged
    except PhotoError:
        return True


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("damage", [blanked, missing, ended, cut])
def test_a_hole_anywhere_is_told(coding, damage):
    body = jpeg(scene(), **CODINGS[coding])
    places = range(data_of(body) + 50, len(body) - HOLE_BYTES - 50, 2_000)
    told = [is_told(damage(body, at)) for at in places]
    assert len(told) > 20
    assert all(told)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("colour", ["black", "white", (128, 128, 128), None])
def test_a_whole_file_is_not_taken_for_damaged(coding, colour):
    image = scene() if colour is None else Image.new("RGB", (800, 600), colour)
    assert not read_photo(jpeg(image, **CODINGS[coding])).is_damaged


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_holes_are_told_in_grey_and_four_inks_as_well(mode):
    body = jpeg(scene().convert(mode))
    assert not is_told(body)
    assert is_told(missing(body, data_of(body) + 9_000))


def test_a_few_bytes_that_a_camera_leaves_at_the_end_are_no_damage():
    body = jpeg(scene())
    assert not read_photo(body[:-2] + b"\0\0\0\0" + body[-2:]).is_damaged
    assert not read_photo(body + b"\0" * 3_000).is_damaged


def test_a_few_bytes_of_a_picture_that_are_left_over_are_damage():
    body = jpeg(scene())
    assert is_told(body[:-2] + body[-40:-15].replace(b"\xff", b"") + body[-2:])


@pytest.mark.parametrize(
    "damage",
    [
        lambda body, at: body[:at] + bytes(100) + body[at + 100 :],
        lambda body, at: body[:at] + b"\xff" * 100 + body[at + 100 :],
        lambda body, at: body[:at] + body[at + 100 :],
        cut,
    ],
    ids=["blanked", "erased", "missing", "cut"],
)
def test_a_heic_that_lost_some_of_its_tiles_is_not_taken_for_whole(damage):
    body = grid_heic(4, 3)
    places = range(body.index(b"mdat") + 12, len(body) - 100, 37)
    assert not is_told(body)
    assert all(is_told(damage(body, at)) for at in places)


def rows_of(image, rows):
    return b"".join(b"\0" + np.asarray(image)[row].tobytes() for row in range(rows))


def test_a_png_whose_checksum_does_not_hold_is_damaged():
    body = io.BytesIO()
    Image.new("L", (40, 30), 200).save(body, "PNG", compress_level=0)
    whole = body.getvalue()
    at = whole.index(b"IDAT") + 300
    assert not is_told(whole)
    assert is_told(whole[:at] + b"\x11" * 20 + whole[at + 20 :])


@pytest.mark.parametrize("rows", [1, 300, 599])
def test_a_png_of_too_few_rows_is_damaged(rows):
    assert is_told(png((800, 600), 8, 2, zlib.compress(rows_of(scene(), rows))))


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "1"])
def test_a_png_that_is_black_at_its_end_is_whole(mode):
    image = scene()
    image.paste((0, 0, 0), (0, 500, 800, 600))
    body = io.BytesIO()
    image.convert(mode).save(body, "PNG")
    assert not is_told(body.getvalue())


@pytest.mark.parametrize("text", [b"\nexif\n 4\nzz", b"\nexif\n 3\nabc", b"", b"\n\n\n\xff"])
def test_a_png_whose_exif_is_no_hexadecimal_is_read_all_the_same(text):
    note = png_chunk(b"tEXt", b"Raw profile type exif\0" + text)
    assert not is_told(png((800, 600), 8, 2, zlib.compress(rows_of(scene(), 600)), before=note))


def test_of_a_hole_the_rest_of_the_picture_is_still_seen():
    body = jpeg(scene())
    whole, holed = read_photo(body), read_photo(blanked(body, len(body) - 9_000))
    assert holed.is_damaged
    assert np.array_equal(whole.pixels[:300], holed.pixels[:300])
