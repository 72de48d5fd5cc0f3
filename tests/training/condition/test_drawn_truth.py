"""A drawn defect too faint to judge teaches neither that it is there nor that it isn't."""

from dataclasses import replace

import numpy as np

from data.defect import DefectKind
from data.device import DeviceClass, View
from data.drawing.photos import draw_photo
from training.condition.network import KINDS, UNKNOWN
from training.condition.samples.target import drawn_truth


def test_a_faint_kind_is_unknown_and_has_no_mask():
    rng = np.random.default_rng(4)
    photo = draw_photo(rng, device_class=DeviceClass.PHONE, view=View.BACK, kinds=(), long_side_px=200)
    truth = drawn_truth(replace(photo, faint=frozenset({DefectKind.DENT})))

    assert truth.defects[KINDS.index(DefectKind.DENT)] == UNKNOWN
    assert DefectKind.DENT not in truth.masks
    assert truth.defects[KINDS.index(DefectKind.CHIP)] == 0
    assert not truth.masks[DefectKind.CHIP].any()
