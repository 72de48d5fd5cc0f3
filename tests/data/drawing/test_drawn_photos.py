"""A drawn photo is the same for the same seed, and what it says of its defects is true."""

import numpy as np
import pytest

from data.defect import DefectKind, Severity
from data.device import DeviceClass, View
from data.drawing.damage.drawable import drawable
from data.drawing.damage.planned_defect import UndrawableDefect
from data.drawing.device.design import DESIGNS, UnknownDesign, find_design
from data.drawing.photos import (
    HELD_OUT_DESIGNS,
    HELD_OUT_LIGHT,
    DrawnPhoto,
    Light,
    draw_photo,
    draw_scene,
    is_held_out,
)

CLASSES = [name for name in DeviceClass if name is not DeviceClass.OTHER]
VIEWS = [view for view in View if view is not View.UNKNOWN]


def photo(seed: int = 1, **asked) -> DrawnPhoto:
    return draw_photo(np.random.default_rng(seed), **{"long_side_px": 320, **asked})


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_one_seed_draws_the_same_photo_twice(seed):
    first, second = photo(seed), photo(seed)

    assert np.array_equal(first.pixels, second.pixels)
    assert [d.length_mm for d in first.defects] == [d.length_mm for d in second.defects]


def test_two_seeds_draw_different_photos():
    assert not np.array_equal(photo(3, view=View.BACK).pixels, photo(4, view=View.BACK).pixels)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("device_class", CLASSES)
def test_every_class_draws_in_every_view(device_class, view):
    drawn = photo(5, device_class=device_class, view=view)

    assert drawn.device_class is device_class
    assert drawn.view is view or view is View.EDGE
    assert drawn.pixels.dtype == np.uint8
    assert max(drawn.pixels.shape) == 320
    assert drawn.device_mask.shape == drawn.pixels.shape[:2]
    assert (drawn.device_mask > 0).mean() > 0.01
    assert drawn.pixels.std() > 4


@pytest.mark.parametrize("design", [design.name for design in DESIGNS])
def test_every_design_draws_under_its_own_name(design):
    assert photo(6, design=design, kinds=()).design == design


@pytest.mark.parametrize("light", Light)
def test_every_light_draws(light):
    assert photo(7, light=light).light is light


def test_no_kinds_draws_an_intact_device():
    for seed in range(8):
        assert photo(seed, kinds=()).defects == ()


@pytest.mark.parametrize("kind", DefectKind)
def test_a_kind_that_is_asked_for_shows(kind):
    for seed in range(4):
        drawn = photo(seed, kinds=(kind,), long_side_px=640)

        assert {defect.kind for defect in drawn.defects} == {kind}
        assert drawn.mask(kind).any()


@pytest.mark.parametrize("seed", range(12))
def test_masks_lie_on_the_device_and_boxes_around_them(seed):
    drawn = photo(seed, kinds=(DefectKind.SCRATCH, DefectKind.CRACK))

    for defect in drawn.defects:
        assert not ((defect.mask > 0) & (drawn.device_mask == 0)).any()
        height, width = defect.mask.shape
        rows, columns = np.nonzero(defect.mask)
        assert defect.box.left * width <= columns.min() + 1e-6
        assert columns.max() < (defect.box.left + defect.box.width) * width + 1e-6
        assert defect.box.top * height <= rows.min() + 1e-6
        assert rows.max() < (defect.box.top + defect.box.height) * height + 1e-6


def test_masks_hold_only_0_and_255():
    drawn = photo(2, kinds=(DefectKind.CRACK,))

    assert set(np.unique(drawn.device_mask)) == {0, 255}
    assert set(np.unique(drawn.mask(DefectKind.CRACK))) <= {0, 255}


def test_the_union_of_a_kind_leaves_other_kinds_out():
    drawn = photo(8, kinds=(DefectKind.STAIN, DefectKind.DISCOLOURATION), view=View.BACK)
    stains = [defect.mask for defect in drawn.defects if defect.kind is DefectKind.STAIN]

    assert np.array_equal(drawn.mask(DefectKind.STAIN), np.maximum.reduce(stains))
    assert not drawn.mask(DefectKind.SWELLING).any()


def test_a_raking_front_is_lit_from_the_side_by_default():
    assert photo(9, view=View.FRONT_RAKING).light is Light.RAKING


def test_a_display_fault_shows_on_a_lit_screen_only():
    assert photo(10, kinds=(DefectKind.DISPLAY_FAULT,)).view is View.FRONT_ON
    assert DefectKind.DISPLAY_FAULT not in drawable(DeviceClass.PHONE, View.FRONT_OFF)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"device_class": DeviceClass.ROUTER, "kinds": (DefectKind.DISPLAY_FAULT,)}, "display_fault"),
        ({"view": View.BACK, "kinds": (DefectKind.DISPLAY_FAULT,)}, "display_fault"),
        ({"device_class": DeviceClass.OTHER}, "other"),
        ({"view": View.UNKNOWN}, "unknown"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(asked, says):
    with pytest.raises(UndrawableDefect, match=says):
        photo(**asked)


def test_an_unknown_design_is_refused_with_the_known_ones():
    with pytest.raises(UnknownDesign, match="tablet_thin"):
        photo(device_class=DeviceClass.TABLET, design="slab_punch")


def test_what_is_held_out_is_never_drawn_at_random():
    drawn = [photo(seed, long_side_px=96) for seed in range(80)]

    assert not any(is_held_out(one) for one in drawn)
    assert {one.light for one in drawn} == set(Light) - {HELD_OUT_LIGHT}


def test_a_held_out_photo_shows_a_held_out_design_or_the_held_out_light():
    drawn = [photo(seed, long_side_px=96, held_out=True) for seed in range(40)]

    assert all(is_held_out(one) for one in drawn)
    assert {one.design for one in drawn} > set(HELD_OUT_DESIGNS)
    assert {one.light for one in drawn} > {HELD_OUT_LIGHT}


@pytest.mark.parametrize("view", [View.BACK, View.FRONT_RAKING, View.EDGE])
def test_a_held_out_photo_keeps_to_the_class_view_and_kind_asked(view):
    drawn = photo(1, device_class=DeviceClass.PHONE, view=view, kinds=(DefectKind.CHIP,), held_out=True)

    assert is_held_out(drawn)
    assert drawn.device_class is DeviceClass.PHONE


@pytest.mark.parametrize("design", HELD_OUT_DESIGNS)
def test_a_held_out_design_is_drawn_when_asked_for_by_name(design):
    assert is_held_out(photo(1, design=design, kinds=()))


def test_the_held_out_designs_are_of_three_classes():
    assert len({find_design(name).device_class for name in HELD_OUT_DESIGNS}) == 3


def test_a_class_without_any_design_left_is_refused():
    names = [design.name for design in DESIGNS if design.device_class is DeviceClass.MODEM]
    with pytest.raises(UnknownDesign, match="modem"):
        draw_scene(np.random.default_rng(1), device_class=DeviceClass.MODEM, without_designs=names)


def test_severities_of_one_kind_differ_in_size():
    sizes: dict[Severity, list[float]] = {severity: [] for severity in Severity}
    for seed in range(24):
        for defect in photo(
            seed,
            kinds=(DefectKind.DENT,),
            device_class=DeviceClass.TABLET,
            view=View.BACK,
            long_side_px=640,
        ).defects:
            sizes[defect.severity].append(defect.length_mm)

    means = [np.mean(sizes[severity]) for severity in (Severity.MICRO, Severity.VISIBLE, Severity.DEEP)]
    assert means[0] < means[1] < means[2]
