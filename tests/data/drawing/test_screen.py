"""Every page lights the screen, and only the screen, the same each time."""

import numpy as np
import pytest

from data.defect import DefectKind, Severity
from data.device import Surface
from data.drawing.damage.drawable import paint_defect, plan_defect
from data.drawing.damage.planned_defect import UndrawableDefect
from data.drawing.device.design import draw_device, find_design
from data.drawing.device.slab import paint_back, paint_front
from data.drawing.optics.light import Light, draw_lighting
from data.drawing.screen import screen


def lit(page: int, seed: int, monkeypatch, *, scale: float = 3.0):
    shares = tuple(float(index == page) for index in range(len(screen._SHARES)))
    monkeypatch.setattr(screen, "_SHARES", shares)
    device = draw_device(np.random.default_rng(1), find_design("slab_notch"))
    face = paint_front(device, scale)
    screen.light_up(face, np.random.default_rng(seed))
    return face


@pytest.mark.parametrize("page", range(len(screen._SHARES)))
def test_a_page_shines_on_the_screen_only_and_again_from_its_seed(page, monkeypatch):
    face, again = lit(page, 3, monkeypatch), lit(page, 3, monkeypatch)
    outside = face.mask(face.screen) == 0

    assert np.array_equal(face.emission, again.emission)
    assert face.emission.max() > 0.1
    assert not face.emission[outside].any()


@pytest.mark.parametrize("page", range(len(screen._SHARES)))
def test_a_page_looks_alike_at_twice_the_detail(page, monkeypatch):
    coarse, fine = lit(page, 5, monkeypatch, scale=2.0), lit(page, 5, monkeypatch, scale=4.0)

    assert coarse.emission.mean() == pytest.approx(fine.emission.mean(), rel=0.15, abs=0.01)


def test_every_page_has_a_share_and_they_sum_to_one():
    assert len(screen._PAGES) == len(screen._SHARES)
    assert sum(screen._SHARES) == pytest.approx(1.0)


def test_a_display_fault_is_refused_on_a_face_without_a_display():
    rng = np.random.default_rng(2)
    device = draw_device(rng, find_design("slab_notch"))
    defect = plan_defect(rng, DefectKind.DISPLAY_FAULT, Surface.BACK, Severity.DEEP)

    with pytest.raises(UndrawableDefect, match="without a display"):
        paint_defect(paint_back(device, 2.0), device, draw_lighting(rng, Light.DIFFUSE), defect)
