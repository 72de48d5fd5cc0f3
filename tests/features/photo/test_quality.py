"""The photo gate's measures: each fault over the device gets its code, a good photo none."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from data.condition import PhotoCode
from features.photo.edge_width import edge_width
from features.photo.photo import read_photo
from features.photo.quality import measure_quality, quality_codes, quality_limits
from features.photo.window import grown, least_over, mean_over, most_over, shrunk

SIZE = 600
DEVICE = np.zeros((60, 60), bool)
DEVICE[12:48, 18:42] = True


def scene(*, ground=200, body=60):
    """Draw a device with marks on it in the middle of a plain ground."""
    rng = np.random.default_rng(5)
    pixels = np.full((SIZE, SIZE, 3), ground, np.uint8)
    pixels[120:480, 180:420] = body
    marks = rng.integers(0, 80, (18, 12, 1), np.uint8)
    pixels[120:480, 180:420] += np.repeat(np.repeat(marks, 20, axis=0), 20, axis=1)
    return Image.fromarray(pixels)


def codes_of(image, *, device=DEVICE, is_lit=False):
    body = io.BytesIO()
    image.convert("RGB").save(body, "PNG")
    quality = measure_quality(read_photo(body.getvalue()), device)
    return quality_codes(quality, quality_limits(), is_lit=is_lit)


def lamp(image, radius_px, *, at=(300, 300), softness=0.3):
    """Add a reflection whose burnt-out core has this radius."""
    light = (np.asarray(image, np.float64) / 255.0) ** 2
    y, x = np.mgrid[: light.shape[0], : light.shape[1]]
    far = np.hypot(x - at[0], y - at[1]) / radius_px
    glow = 1.1 * np.exp(-((np.maximum(far - 1.0, 0.0) / softness) ** 2))
    return Image.fromarray((np.sqrt(np.minimum(light + glow[..., None], 1.0)) * 255).astype(np.uint8))


def white_page(image):
    pixels = np.array(image)
    pixels[200:400, 220:380] = 255
    return Image.fromarray(pixels)


def test_a_sharp_well_lit_photo_has_no_code():
    assert codes_of(scene()) == ()


def test_a_black_screen_in_good_light_is_usable():
    assert codes_of(scene(ground=150, body=8)) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda image: image.resize((150, 150)), PhotoCode.TOO_SMALL),
        (lambda image: image.point(lambda v: v * 0.05), PhotoCode.TOO_DARK),
        (lambda image: image.point(lambda v: 252 + v // 128), PhotoCode.TOO_BRIGHT),
        (lambda image: image.point(lambda v: 120 + v // 32), PhotoCode.LOW_CONTRAST),
        (lambda image: image.filter(ImageFilter.GaussianBlur(8)), PhotoCode.BLURRED),
        (lambda image: lamp(image, 60), PhotoCode.GLARE),
    ],
)
def test_each_fault_gets_its_code(change, code):
    assert code in codes_of(change(scene()))


def test_a_sharp_background_does_not_hide_a_blurred_device():
    photo = scene()
    soft = photo.filter(ImageFilter.GaussianBlur(8))
    stripes = np.zeros((SIZE, SIZE), np.uint8)
    stripes[:, ::6] = stripes[:, 1::6] = stripes[:, 2::6] = 255
    around = Image.fromarray(np.repeat(stripes[..., None], 3, axis=2))
    around.paste(soft.crop((140, 80, 460, 520)), (140, 80))
    assert PhotoCode.BLURRED in codes_of(around)
    assert PhotoCode.BLURRED not in codes_of(around, device=None)


def test_a_blown_out_background_does_not_count_against_the_device():
    assert codes_of(scene(ground=255)) == ()


def test_a_dark_device_before_a_window_is_too_dark():
    photo = np.full((SIZE, SIZE, 3), 255, np.uint8)
    photo[120:480, 180:420] = 2
    assert PhotoCode.TOO_DARK in codes_of(Image.fromarray(photo))


def test_glare_beside_the_device_is_no_fault():
    assert PhotoCode.GLARE not in codes_of(lamp(scene(), 60, at=(80, 80)))


def test_a_white_page_ends_at_once_and_is_no_glare():
    assert PhotoCode.GLARE not in codes_of(white_page(scene()))


def test_a_lit_white_screen_may_be_white():
    pixels = np.array(scene())
    pixels[150:450, 195:405] = 255
    white = Image.fromarray(pixels)
    assert PhotoCode.TOO_BRIGHT in codes_of(white)
    assert PhotoCode.TOO_BRIGHT not in codes_of(white, is_lit=True)


@pytest.mark.parametrize("sigma_px", [2.0, 4.0, 6.0])
def test_the_width_of_an_edge_is_that_of_the_blur(sigma_px):
    step = np.zeros((300, 400), np.float32)
    step[:, 200:] = 1.0
    soft = Image.fromarray((step * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(sigma_px))
    grey = np.asarray(soft, np.float32) / 255.0
    width = edge_width(grey, np.ones_like(grey, bool)) * 400
    assert width == pytest.approx(sigma_px, rel=0.25)


def test_noise_does_not_make_a_blurred_photo_sharp():
    rng = np.random.default_rng(1)
    photo = np.asarray(scene().filter(ImageFilter.GaussianBlur(8)), np.float64)
    noisy = np.clip(photo + rng.normal(0, 6, photo.shape), 0, 255).astype(np.uint8)
    assert PhotoCode.BLURRED in codes_of(Image.fromarray(noisy))


def test_an_empty_picture_has_no_edge():
    assert edge_width(np.zeros((40, 40), np.float32), np.ones((40, 40), bool)) == 1.0


@pytest.mark.parametrize("reach_px", [1, 3, 6])
def test_windows_agree_with_looking_at_every_neighbour(reach_px):
    values = np.random.default_rng(2).random((12, 17)).astype(np.float32)
    padded = np.pad(values, reach_px, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * reach_px + 1,) * 2)
    assert np.array_equal(most_over(values, reach_px), windows.max(axis=(2, 3)))
    assert np.array_equal(least_over(values, reach_px), windows.min(axis=(2, 3)))
    assert np.allclose(mean_over(values, reach_px), windows.mean(axis=(2, 3)), atol=1e-6)


def test_a_place_grown_and_shrunk_keeps_its_middle():
    place = np.zeros((30, 30), bool)
    place[10:20, 10:20] = True
    assert grown(place, 2).sum() == 14 * 14
    assert shrunk(place, 2).sum() == 6 * 6
    assert shrunk(np.ones((8, 8), bool), 3).all()


def test_every_code_has_an_instruction_of_one_line():
    assert all(20 < len(code.instruction) < 90 and "\n" not in code.instruction for code in PhotoCode)


def test_every_limit_is_of_a_stated_unit_and_version():
    limits = quality_limits()
    assert limits.version
    assert "regrade evaluate condition" in limits.source
    assert limits.units
