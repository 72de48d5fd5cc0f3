"""The photo gate's measures: each fault gets its code, a good photo none."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from data.condition import PhotoCode
from features.photo import read_photo
from features.quality import measure_quality, quality_codes, quality_limits


def scene(size=600):
    rng = np.random.default_rng(5)
    blocks = rng.integers(30, 226, (12, 12, 3), np.uint8)
    return Image.fromarray(blocks).resize((size, size), Image.Resampling.NEAREST)


def codes_of(image):
    body = io.BytesIO()
    image.convert("RGB").save(body, "PNG")
    return quality_codes(measure_quality(read_photo(body.getvalue())), quality_limits())


def test_a_sharp_well_lit_photo_has_no_code():
    assert codes_of(scene()) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda image: image.resize((150, 150)), PhotoCode.TOO_SMALL),
        (lambda image: image.point(lambda v: v * 0.05), PhotoCode.TOO_DARK),
        (lambda image: image.point(lambda v: 252 + v // 128), PhotoCode.TOO_BRIGHT),
        (lambda image: image.point(lambda v: 120 + v // 32), PhotoCode.LOW_CONTRAST),
        (lambda image: image.filter(ImageFilter.GaussianBlur(14)), PhotoCode.BLURRED),
    ],
)
def test_each_fault_gets_its_code(change, code):
    assert code in codes_of(change(scene()))


def test_every_code_has_an_instruction():
    assert all(len(code.instruction) > 20 for code in PhotoCode)
