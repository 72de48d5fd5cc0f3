"""Photos sent twice are known again after re-encoding and resizing; other photos are not taken for them."""

import io
from functools import partial
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from data.device import DeviceClass, View
from data.drawing.photos import draw_photo
from features.photo.perceptual_hash import find_duplicates, hash_distance, take_imprint
from features.photo.photo import read_photo
from features.photo.quality import quality_limits

PHOTOS = 60


@pytest.fixture(scope="module")
def photos():
    """Drawn photos of phones seen from the front: as alike as different photos come."""
    draw_phone = partial(draw_photo, device_class=DeviceClass.PHONE, view=View.FRONT_OFF, long_side_px=400)
    return [Image.fromarray(draw_phone(np.random.default_rng([4, seed])).pixels) for seed in range(PHOTOS)]


def sent_again(image, *, scale, quality):
    size = (round(image.width * scale), round(image.height * scale))
    body = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(body, "JPEG", quality=quality)
    return read_photo(body.getvalue()).image


def repeated(photos):
    imprints = [take_imprint(photo) for photo in photos]
    return find_duplicates(imprints, ranked(photos), quality_limits().likeness)


def ranked(photos):
    return [(photo.width * photo.height, str(index)) for index, photo in enumerate(photos)]


def test_the_hash_is_64_bits_in_hexadecimal(photos):
    text = take_imprint(photos[0]).text
    assert len(text) * 4 == 64
    assert int(text, 16) >= 0


@pytest.mark.parametrize(("scale", "quality"), [(1.0, 60), (0.5, 80), (1.8, 90), (0.4, 45)])
def test_a_re_encoded_or_resized_photo_keeps_its_hash(photos, scale, quality):
    limit = quality_limits().duplicate_bits_max
    moved = [
        hash_distance(
            take_imprint(photo).text, take_imprint(sent_again(photo, scale=scale, quality=quality)).text
        )
        for photo in photos
    ]
    assert np.mean([distance > limit for distance in moved]) <= 0.02


def test_different_photos_rarely_share_a_hash(photos):
    limit = quality_limits().duplicate_bits_max
    hashes = [take_imprint(photo).text for photo in photos]
    pairs = [hash_distance(one, other) <= limit for one, other in combinations(hashes, 2)]
    assert len(pairs) == PHOTOS * (PHOTOS - 1) // 2
    assert np.mean(pairs) < 0.001


def test_only_the_smaller_copy_is_a_duplicate_in_any_order(photos):
    copy = sent_again(photos[0], scale=0.5, quality=70)
    for order in ([photos[0], copy, photos[1]], [copy, photos[1], photos[0]]):
        found = repeated(order)
        assert [order[index] is copy for index in found] == [True]


def test_no_drawn_photo_is_a_duplicate_of_another(photos):
    assert repeated(photos) == set()


def test_dark_screens_that_differ_by_a_reflection_are_not_one_picture():
    dark = np.full((300, 600, 3), 12, np.uint8)
    lit = dark.copy()
    lit[100:200, 300:500] += 60
    both = [Image.fromarray(pixels) for pixels in (dark, lit)]
    assert repeated(both) == set()
