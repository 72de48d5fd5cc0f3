"""A copy of a photo is known again, and the photo of another unit is not taken for one."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from data.device import DeviceClass, View
from data.drawing.photos import Scene, Shot, draw_scene, draw_shot, render
from features.photo.likeness.likeness import Likeness, agreement, is_one_picture, take_likeness

SIDE_PX = 1280


@pytest.fixture(scope="module")
def station() -> tuple[Scene, Shot]:
    """A phone with a dark screen on the place where a station photographs every one."""
    rng = np.random.default_rng(6)
    scene, view = draw_scene(rng, device_class=DeviceClass.PHONE, view=View.FRONT_OFF, kinds=())
    return scene, draw_shot(rng, scene.device, view, long_side_px=SIDE_PX)


def photo_of(station: tuple[Scene, Shot], unit: int) -> Image.Image:
    """Photograph one unit of the model, set down by hand where the others lay."""
    scene, shot = station
    rng = np.random.default_rng([9, unit])
    pose = replace(
        shot.pose,
        roll_rad=shot.pose.roll_rad + float(rng.normal(0, 0.004)),
        centre_x=shot.pose.centre_x + float(rng.normal(0, 0.01)),
        centre_y=shot.pose.centre_y + float(rng.normal(0, 0.01)),
    )
    device = replace(scene.device, seed=unit)
    again = replace(shot, pose=pose, camera=replace(shot.camera, seed=unit))
    return Image.fromarray(render(Scene(device), again).pixels)


def encoded(image: Image.Image, *, quality: int, scale: float = 1.0) -> Image.Image:
    body = io.BytesIO()
    size = (round(image.width * scale), round(image.height * scale))
    image.resize(size, Image.Resampling.LANCZOS).save(body, "JPEG", quality=quality)
    return Image.open(io.BytesIO(body.getvalue())).convert("RGB")


@pytest.mark.parametrize(("quality", "scale"), [(95, 1.0), (90, 1.0), (80, 1.0), (90, 0.8)])
def test_a_copy_is_one_picture_with_its_photo_and_filed_beside_it(
    station: tuple[Scene, Shot], quality: int, scale: float
) -> None:
    photo = photo_of(station, 1)
    kept, copy = take_likeness(photo), take_likeness(encoded(photo, quality=quality, scale=scale))

    assert is_one_picture(agreement(kept, copy))
    assert set(kept.marks) & set(copy.marks)


def test_units_of_one_model_with_a_dark_screen_are_not_one_picture(station: tuple[Scene, Shot]) -> None:
    likenesses = [take_likeness(photo_of(station, unit)) for unit in range(8)]
    pairs = [(one, other) for at, one in enumerate(likenesses) for other in likenesses[:at]]

    assert len(pairs) == 28
    assert [agreement(one, other) for one, other in pairs if is_one_picture(agreement(one, other))] == []


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_without_detail_is_never_told_to_be_one_with_another(level: int) -> None:
    flat = take_likeness(Image.new("RGB", (800, 600), (level, level, level)))

    assert agreement(flat, flat) == 0.0
    assert flat.marks == ()


def test_photos_that_are_burnt_out_alike_are_compared_by_the_rest(station: tuple[Scene, Shot]) -> None:
    """On a white ground, as in a catalogue, most of two photos is the same."""
    photos = [np.array(photo_of(station, unit)) for unit in (1, 2)]
    for pixels in photos:
        pixels[: SIDE_PX // 2] = 255

    one, other = (take_likeness(Image.fromarray(pixels)) for pixels in photos)

    assert not is_one_picture(agreement(one, other))
    assert is_one_picture(agreement(one, one))


def test_a_likeness_is_read_as_it_was_written(station: tuple[Scene, Shot]) -> None:
    kept = take_likeness(photo_of(station, 1))
    read = Likeness.of_text(kept.scheme, kept.text)

    assert agreement(kept, read) == 1.0
    assert read.text == kept.text


def test_likenesses_of_other_measures_have_nothing_in_common(station: tuple[Scene, Shot]) -> None:
    kept = take_likeness(photo_of(station, 1))

    assert agreement(kept, replace(kept, scheme="0")) == 0.0


def test_a_tiny_picture_has_a_likeness_too() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (3, 4, 3), dtype=np.uint8)

    assert take_likeness(Image.fromarray(pixels)).signs.shape == (1024,)
