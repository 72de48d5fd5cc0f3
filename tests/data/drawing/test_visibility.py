"""Truth is what a person could see: by contrast, size and noise; the rest is named faint or left out."""

from dataclasses import replace

import numpy as np
import pytest

from data.defect import DefectKind, Severity
from data.device import DeviceClass, View
from data.drawing.photos import Light, draw_photo, draw_scene, draw_shot, render
from data.drawing.scene.visibility import (
    Visibility,
    clutter_of,
    visibility_of,
    visibility_of_move,
    visible_change,
)


def square(side: int, *, of: int = 64) -> np.ndarray:
    mask = np.zeros((of, of), np.uint8)
    mask[:side, :side] = 255
    return mask


def even(contrast: float) -> np.ndarray:
    return np.full((64, 64), contrast, np.float32)


@pytest.mark.parametrize(
    ("contrast", "side", "noise", "expected"),
    [
        (0.2, 30, 0.01, Visibility.SEEN),
        (0.06, 30, 0.01, Visibility.SEEN),
        (0.06, 2, 0.01, Visibility.FAINT),
        (0.3, 2, 0.01, Visibility.SEEN),
        (0.06, 30, 0.04, Visibility.FAINT),
        (0.03, 30, 0.01, Visibility.FAINT),
        (0.005, 30, 0.0, Visibility.HIDDEN),
        (0.9, 0, 0.0, Visibility.HIDDEN),
    ],
)
def test_visibility_asks_for_more_contrast_of_small_spots_and_noisy_photos(contrast, side, noise, expected):
    assert visibility_of(even(contrast), square(side), px=2, noise=noise) is expected


def test_a_line_is_seen_at_a_contrast_that_hides_a_spot():
    line = np.zeros((64, 64), np.uint8)
    line[10, 4:60] = 255

    assert visibility_of(even(0.05), line, px=2, is_line=True) is Visibility.SEEN
    assert visibility_of(even(0.05), square(5), px=2) is Visibility.FAINT


def test_what_has_no_border_is_lost_in_a_busy_picture_and_seen_on_a_plain_one():
    rng = np.random.default_rng(4)
    plain, busy = np.full((64, 64, 3), 0.3, np.float32), rng.uniform(0, 1, (64, 64, 3)).astype(np.float32)
    patch = square(30)

    assert clutter_of(plain, patch) == pytest.approx(0, abs=1e-5)
    assert clutter_of(busy, np.zeros((64, 64), np.uint8)) == 0
    assert clutter_of(busy, patch) == pytest.approx(np.sqrt(busy[:30, :30]).std(), rel=0.05)
    assert visibility_of(even(0.1), patch, px=2, clutter=clutter_of(plain, patch)) is Visibility.SEEN
    assert visibility_of(even(0.1), patch, px=2, clutter=clutter_of(busy, patch)) is Visibility.FAINT


@pytest.mark.parametrize(
    ("move_px", "length_px", "expected"),
    [
        (3.0, 200, Visibility.SEEN),
        (1.0, 200, Visibility.FAINT),
        (0.2, 200, Visibility.HIDDEN),
        (3.0, 1000, Visibility.FAINT),
        (12.0, 1000, Visibility.SEEN),
    ],
)
def test_an_outline_is_seen_to_move_by_pixels_and_by_its_length(move_px, length_px, expected):
    assert visibility_of_move(even(move_px), square(20), length_px=length_px) is expected


def test_a_change_counts_as_the_display_shows_it():
    before, after = np.zeros((1, 1, 3), np.float32), np.full((1, 1, 3), 0.25, np.float32)

    assert visible_change(before, after)[0, 0] == pytest.approx(0.5)
    assert visible_change(after, after)[0, 0] == 0
    assert visible_change(after, after + 9)[0, 0] == pytest.approx(0.5)


@pytest.mark.parametrize("kind", DefectKind)
def test_what_is_listed_changes_the_photo_where_its_mask_says(kind):
    # A bent body shows at its outline, which is a small part of what moved.
    share = 99 if kind is DefectKind.BENT else 90
    rng = np.random.default_rng(21)
    seen = 0
    for _ in range(12):
        if seen >= 3:
            break
        scene, view = draw_scene(rng, kinds=(kind,))
        shot = draw_shot(rng, scene.device, view, long_side_px=640)
        with_it, without = render(scene, shot), render(replace(scene, defects=()), shot)
        change = np.abs(with_it.pixels.astype(int) - without.pixels.astype(int)).max(axis=2)
        for defect in with_it.defects:
            seen += 1
            assert np.percentile(change[defect.mask > 0], share) >= 8
    assert seen >= 3


def test_what_is_too_small_for_the_photo_is_not_listed():
    rng = np.random.default_rng(3)
    scene, view = draw_scene(rng, device_class=DeviceClass.LAPTOP, view=View.BACK, kinds=())
    scene = scene.with_defect(rng, DefectKind.DENT, surface=view.surface, severity=Severity.MICRO)
    shot = draw_shot(rng, scene.device, view, light=Light.DIFFUSE, long_side_px=120)

    assert render(scene, shot).defects == ()


def test_noise_turns_a_seen_defect_into_a_faint_one_and_never_into_none():
    rng = np.random.default_rng(8)
    scene, view = draw_scene(rng, device_class=DeviceClass.PHONE, view=View.BACK, kinds=())
    scene = scene.with_defect(rng, DefectKind.STAIN, surface=view.surface, severity=Severity.VISIBLE)
    shot = replace(draw_shot(rng, scene.device, view, light=Light.DIFFUSE, long_side_px=640), hand=None)
    quiet = render(scene, replace(shot, camera=replace(shot.camera, noise=0.0)))
    loud = render(scene, replace(shot, camera=replace(shot.camera, noise=0.5)))

    assert [defect.kind for defect in quiet.defects] == [DefectKind.STAIN]
    assert quiet.faint == frozenset()
    assert loud.defects == ()
    assert loud.faint == {DefectKind.STAIN}
    assert quiet.labels[DefectKind.STAIN] is True
    assert DefectKind.STAIN not in loud.labels


def test_no_kind_is_both_listed_and_faint():
    for seed in range(30):
        photo = draw_photo(np.random.default_rng(seed), long_side_px=320)
        assert not photo.faint & {defect.kind for defect in photo.defects}
