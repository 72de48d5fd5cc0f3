"""Damage pasted onto photos: exact masks, truth that follows, and nothing claimed that can't be seen."""

import numpy as np
import pytest

from data.defect import DefectKind
from data.device import DeviceClass
from training.condition.network import CLASSES, KINDS, UNKNOWN
from training.condition.samples.paste_damage import mm_per_px, paste_damage
from training.condition.samples.target import Truth

CRACK = KINDS.index(DefectKind.CRACK)


def phone(*, edge=255, label=0):
    """A dark phone of 150 x 75 mm at 4 px a mm on grey, its outline known (or only boxed: 128)."""
    pixels = np.full((760, 500, 3), 120, np.uint8)
    mask = np.zeros((760, 500), np.uint8)
    mask[80:680, 100:400] = edge
    pixels[80:680, 100:400] = 35
    defects = np.full(len(KINDS), label, np.int8)
    masks = {kind: np.zeros_like(mask) for kind in KINDS} if label == 0 else {}
    return pixels, Truth(defects, masks, mask, CLASSES.index(DeviceClass.PHONE), UNKNOWN)


@pytest.mark.parametrize("kind", [DefectKind.CRACK, DefectKind.COATING_LOSS])
def test_pasted_damage_is_seen_inside_its_mask_on_the_device(kind):
    pixels, truth = phone()
    done = 0
    for seed in range(12):
        drawn, after = paste_damage(np.random.default_rng(seed), pixels, truth, kind)
        if after is truth:
            continue
        done += 1
        assert after.defects[KINDS.index(kind)] == 1
        assert after.masks[kind].any()
        assert after.device_mask is not None
        assert (after.device_mask[after.masks[kind] > 0] > 0).mean() > 0.95
        assert drawn.shape[:2] == after.masks[kind].shape == after.device_mask.shape
    assert done >= 10


def test_a_hairline_is_at_least_ten_millimetres_long():
    pixels, truth = phone()
    scale = mm_per_px("phone", truth.device_mask)
    assert scale == pytest.approx(0.25, rel=0.02)
    for seed in range(8):
        drawn, after = paste_damage(np.random.default_rng(seed), pixels, truth, DefectKind.CRACK)
        larger = drawn.shape[0] / pixels.shape[0]
        rows, columns = np.nonzero(after.masks[DefectKind.CRACK])
        reach_mm = np.hypot(np.ptp(rows), np.ptp(columns)) * scale / larger
        assert reach_mm > 7


@pytest.mark.parametrize("state", [{"label": 1}, {"label": UNKNOWN}, {"edge": 128}])
def test_nothing_is_pasted_where_the_photo_is_not_known_to_be_free_of_it_or_has_no_outline(state):
    pixels, truth = phone(**state)
    drawn, after = paste_damage(np.random.default_rng(0), pixels, truth, DefectKind.CRACK)
    assert drawn is pixels
    assert after is truth


def test_the_same_seed_pastes_the_same_pixels():
    pixels, truth = phone()
    first, second = (
        paste_damage(np.random.default_rng(3), pixels, truth, DefectKind.COATING_LOSS)[0] for _ in range(2)
    )
    assert np.array_equal(first, second)
