"""Decoding photos: upright, bounded, and clear about what it can't read."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from features.photo.photo import (
    MAX_PIXELS,
    PADDING_GREY,
    WHOLE,
    WORKING_SIDE_PX,
    PhotoTooLarge,
    Region,
    UnreadablePhoto,
    cut_frame,
    read_photo,
)


def encode(pixels, form="JPEG", **options):
    body = io.BytesIO()
    Image.fromarray(pixels).save(body, form, **options)
    return body.getvalue()


def half_red(height=60, width=40):
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, :, 0] = 250
    return pixels


def huge_png(width, height):
    """A PNG whose header promises far more pixels than its few bytes hold."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_photo_is_decoded_to_rgb(form):
    photo = read_photo(encode(half_red(), form))
    assert photo.pixels.shape == (60, 40, 3)
    assert photo.pixels[5, 20, 0] > 200 > 60 > photo.pixels[55, 20, 0]


def test_heic_is_decoded():
    photo = read_photo((Path(__file__).parent / "half-red.heic").read_bytes())
    assert photo.pixels.shape == (64, 48, 3)
    assert photo.pixels[5, 20, 0] > 200 > 60 > photo.pixels[60, 20, 0]


def test_photo_is_turned_upright_by_its_orientation():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 270 degrees to view
    photo = read_photo(encode(half_red(), exif=exif))
    assert photo.pixels.shape == (40, 60, 3)
    assert (photo.width_px, photo.height_px) == (60, 40)
    assert photo.pixels[20, 55, 0] > 200 > 60 > photo.pixels[20, 5, 0]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"not an image", "not an image"),
        (b"\x00\x00\x00\x18ftypheic" + b"\0" * 40, "not an image"),
        (encode(half_red(400, 400))[:2000], "cut short"),
        (encode(half_red(400, 400), "PNG")[:-200], "cut short"),
    ],
)
def test_unreadable_bytes_are_refused_with_what_to_do(body, says):
    with pytest.raises(UnreadablePhoto, match=says):
        read_photo(body)


@pytest.mark.parametrize("size", [(15_000, 10_000), (60_000, 60_000)])
def test_photo_with_too_many_pixels_is_refused_before_decoding(size):
    with pytest.raises(PhotoTooLarge, match="at most 108 megapixels"):
        read_photo(huge_png(*size))


def test_a_fifty_megapixel_phone_jpeg_is_welcome_and_decoded_small():
    body = encode(np.full((6144, 8192, 3), 90, np.uint8), quality=50)
    photo = read_photo(body)
    assert (photo.width_px, photo.height_px) == (8192, 6144)
    assert WORKING_SIDE_PX <= max(photo.pixels.shape) < 2 * WORKING_SIDE_PX
    assert photo.width_px * photo.height_px < MAX_PIXELS


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1", "I;16"])
def test_every_pixel_format_becomes_rgb(mode):
    if mode == "I;16":
        image = Image.fromarray(np.full((30, 30), 32_768, np.uint16))
    else:
        image = Image.fromarray(np.full((30, 30, 3), 128, np.uint8)).convert(mode)
    body = io.BytesIO()
    image.save(body, "JPEG" if mode == "CMYK" else "PNG")
    pixels = read_photo(body.getvalue()).pixels
    assert pixels.shape == (30, 30, 3)
    if mode != "1":
        assert abs(float(pixels.mean()) - 128) < 6


def test_frame_keeps_proportions_and_maps_back_onto_the_photo():
    pixels = np.zeros((200, 480, 3), np.uint8)
    pixels[100:120, 360:384] = 255
    frame = cut_frame(Image.fromarray(pixels), WHOLE, 240)
    rows, columns = np.nonzero(frame.pixels[..., 0] > 200)
    assert frame.pixels.shape == (128, 256, 3)
    assert frame.pixels[0, 0, 0] == PADDING_GREY
    left = frame.left + columns.min() * frame.fraction_per_px_x
    top = frame.top + rows.min() * frame.fraction_per_px_y
    assert left == pytest.approx(300 / 400, abs=0.01)
    assert top == pytest.approx(100 / 200, abs=0.02)


def test_frame_of_a_region_shows_only_that_region():
    pixels = np.zeros((100, 100, 3), np.uint8)
    pixels[:, 50:] = 255
    frame = cut_frame(Image.fromarray(pixels), Region(0.5, 0.0, 1.0, 0.5), 96)
    assert frame.pixels.min() == 255


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 300), (400, 3), (96, 96), (1000, 999)])
def test_every_frame_has_sides_that_the_network_takes(height, width):
    frame = cut_frame(Image.fromarray(np.zeros((height, width, 3), np.uint8)), WHOLE, 448)
    assert all(side % 32 == 0 and 96 <= side <= 448 for side in frame.pixels.shape[:2])


def test_a_small_region_is_enlarged_no_more_than_twice():
    frame = cut_frame(Image.fromarray(np.full((100, 200, 3), 255, np.uint8)), WHOLE, 1280)
    assert np.count_nonzero(frame.pixels[..., 0] == 255) == 200 * 400


def test_a_single_bright_line_survives_strong_shrinking():
    pixels = np.zeros((1600, 1600, 3), np.uint8)
    pixels[:, 801] = 255
    frame = cut_frame(Image.fromarray(pixels), WHOLE, 160)
    assert frame.pixels[80].max() >= 12
