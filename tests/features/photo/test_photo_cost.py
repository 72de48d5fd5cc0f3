"""What a photo may cost is bounded whatever it is, and the rest is refused by its headers alone."""

import io
import time

import pytest
from PIL import Image

from features.photo.formats.cost import WatchedBytes, photo_cost
from features.photo.photo import PhotoError, PhotoTooLarge, UnreadablePhoto, open_photo, read_photo
from tests.fuzz.bounds import measure_bounds
from tests.fuzz.children import read_in_child
from tests.fuzz.costly_photos import COSTLY, png
from tests.fuzz.heic_file import coded_tile, grid_heic, many_pictures, rotations, tile_settings

# What a loaded machine may add to the time of one photo beside another.
DOUBT = 1.3
REFUSED = (
    "progressive JPEG of 100 megapixels, last scan 1,000 times",
    "JPEG that begins with 20 MB of fill",
    "JPEG with two million empty segments",
    "PNG 1 x 100,000,000",
    "PNG of 100 megapixels, 16 bits, transparent",
    "WebP of 106 megapixels",
    "HEIC of 80 x 80 tiles",
    "HEIC of 30 x 30 tiles, turned 90 times",
    "HEIC with 500 times the same 10 MB of EXIF",
    "HEIC of 4,000 pictures a tile",
    "HEIC with 10 MB of padding in a tile",
)
READ = (
    "JPEG with 20 MB of fill before a marker",
    "JPEG with 90 MB of EXIF",
    "JPEG with 90 MB of image resources",
    "JPEG with 4,000 empty segments",
    "PNG in pieces of one byte",
    "PNG with 30,000 packed texts",
    "MPO of 300 pictures",
)


def saved(image, form, **options):
    body = io.BytesIO()
    image.save(body, form, **options)
    return body.getvalue()


@pytest.mark.slow
def test_no_photo_costs_more_than_three_answers_about_a_phones_photo():
    bounds = measure_bounds()
    photos = ((name, make()) for name, make in COSTLY.items())
    over = [
        outcome
        for outcome in read_in_child(photos, grade=True)
        if not bounds.hold_for_answer(outcome, doubt=DOUBT)
    ]
    assert over == []


@pytest.mark.parametrize("name", REFUSED)
def test_a_costly_photo_is_refused_before_it_is_decoded(name):
    body = COSTLY[name]()
    began = time.process_time()
    with pytest.raises(PhotoError, match="send a"):
        open_photo(body)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("name", READ)
def test_what_stands_beside_a_picture_neither_costs_nor_refuses_it(name):
    body = COSTLY[name]()
    began = time.process_time()
    assert not read_photo(body).is_damaged
    assert time.process_time() - began < 1


def test_a_refusal_says_how_much_is_too_much_and_what_to_send():
    with pytest.raises(PhotoTooLarge, match=r"take 4\.\d times the memory .* as a WebP .* or a plain JPEG"):
        read_photo(COSTLY["WebP of 106 megapixels"]())
    with pytest.raises(PhotoTooLarge, match="1 x 100000000 pixels; at most 65,535 a side are allowed"):
        read_photo(COSTLY["PNG 1 x 100,000,000"]())


def test_reading_that_takes_too_long_ends_in_the_midst():
    file = WatchedBytes(b"x" * 100, most_s=0.01)
    assert file.read(10) == b"x" * 10
    until = time.thread_time() + 0.02
    while time.thread_time() < until:
        pass
    with pytest.raises(PhotoTooLarge, match="far more work"):
        file.read(10)


@pytest.mark.parametrize(
    ("form", "options"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {"compress_level": 1}), ("WEBP", {"method": 0})],
)
def test_every_photo_of_a_phone_can_be_afforded(form, options):
    twelve_megapixels = Image.radial_gradient("L").resize((4032, 3024)).convert("RGB")
    cost = open_photo(saved(twelve_megapixels, form, **options)).cost
    assert cost.work_ms < photo_cost().work_most_ms / 1.5
    assert cost.memory_bytes < photo_cost().memory_most_bytes / 1.5


def golomb(number):
    bits = f"{number + 1:b}"
    return "0" * (len(bits) - 1) + bits


def settings_of(width, height, colours=1, depth=8):
    """Write another size into the settings of the coded picture, over what follows it there."""
    settings = tile_settings()
    at = settings.index(bytes.fromhex("a0208105"))
    bits = "1" + golomb(colours) + "0" * (colours == 3) + golomb(width) + golomb(height)
    bits += "0" + golomb(depth - 8) * 2
    text = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
    return settings[:at] + text + settings[at + len(text) :]


def test_a_heic_is_measured_by_its_coded_pictures_and_not_by_what_it_says_of_them():
    body, per_px = grid_heic(1, 1), photo_cost().heif.bytes_per_px
    assert settings_of(64, 64)[:60] == tile_settings()[:60]
    assert open_photo(body).cost.memory_bytes == 64 * 64 * per_px
    larger = body.replace(tile_settings(), settings_of(5_000, 4_000))
    assert open_photo(larger).cost.memory_bytes == 5_000 * 4_000 * per_px
    with pytest.raises(PhotoTooLarge, match=r"times the work .* as a HEIC"):
        open_photo(body.replace(tile_settings(), settings_of(16_000, 12_000)))


def test_a_size_that_is_said_twice_or_otherwise_is_not_believed():
    second = png((9_000, 9_000), 16, 6, b"")[8:33]
    with pytest.raises(UnreadablePhoto, match="the PNG says twice how large it is"):
        open_photo(png((10, 10), 8, 2, b"", before=second))
    jpeg = saved(Image.new("RGB", (64, 64)), "JPEG")
    frame = jpeg[jpeg.index(b"\xff\xc0") : jpeg.index(b"\xff\xc4")]
    larger = frame[:5] + b"\xf0\0\xf0\0" + frame[9:]
    with pytest.raises(UnreadablePhoto, match="the JPEG says twice how large it is"):
        open_photo(jpeg.replace(frame, larger + frame))
    one_tile = bytes([0, 1, 0, 0]) + (64).to_bytes(4) * 2
    with pytest.raises(PhotoTooLarge, match="as a HEIC"):
        open_photo(grid_heic(1, 1).replace(one_tile, one_tile[:4] + (12_000).to_bytes(4) * 2))


@pytest.mark.parametrize(
    "body",
    [
        grid_heic(2, 2, tile=many_pictures(2)),
        grid_heic(2, 2, turns=rotations(5)),
        grid_heic(2, 2, notes=3, note=bytes(100_000)),
        grid_heic(2, 2, tile=coded_tile()[:3])[:500],
    ],
    ids=["two pictures in one", "turned five times", "notes that overlap", "cut short"],
)
def test_a_heic_that_is_made_to_cost_is_refused(body):
    with pytest.raises(UnreadablePhoto, match="not an image"):
        open_photo(body)


@pytest.mark.parametrize(("colours", "bits", "times"), [(1, 8, 1.0), (1, 10, 1.6), (3, 8, 2.0), (3, 12, 3.2)])
def test_a_heic_of_more_bits_or_colours_is_measured_dearer(colours, bits, times):
    plain = open_photo(grid_heic(1, 1)).cost.memory_bytes
    rich = grid_heic(1, 1).replace(tile_settings(), settings_of(64, 64, colours, bits))
    assert open_photo(rich).cost.memory_bytes == pytest.approx(plain * times)
