"""Damage on real photos that validate: half drawn, at two sizes, a hairline in glass on the glass alone."""

import io
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PIL import Image

from data.defect import DefectKind
from data.labelled.photo_set import LabelledPhoto
from serving.condition.model import ConditionModel
from training.condition.labels import glass
from training.condition.measure.pasted_damage import score_pasted
from training.condition.settings import read_settings

SETTINGS = read_settings(Path("training/condition/settings.yaml"))
GLASS = [[40, 30], [60, 30], [60, 70], [40, 70]]
LARGE, SMALL, SEEN = (
    f"hairline on a lit screen, {size}"
    for size in ("12 megapixels", "600 px wide", "600 px wide, where it shows there")
)


class Recorder:
    """Stands in for a model: keeps each photo it is given, as pixels."""

    def __init__(self):
        self.seen = []

    def grade(self, bodies):
        self.seen += [np.asarray(Image.open(io.BytesIO(body)).convert("RGB"), np.int16) for body in bodies]


@pytest.fixture
def photo(tmp_path):
    """A phone on white, 60 % of the picture's height, that its source calls intact."""
    pixels = np.full((600, 450, 3), 255, np.uint8)
    pixels[120:480, 130:320] = 30
    path = tmp_path / "phone.png"
    Image.fromarray(pixels).save(path)
    return LabelledPhoto(path, "intact", "samdev", "phone", "g1", {DefectKind.CRACK: False}, None)


def rows_of(scored, name):
    return [row for row in scored if row.source == name]


def test_a_hairline_in_glass_lies_on_the_marked_glass_alone(photo, monkeypatch):
    monkeypatch.setattr(glass, "_marked", lambda: {"phone": GLASS})
    model = Recorder()
    scored = score_pasted(cast(ConditionModel, model), [photo], SETTINGS, times=2)

    graded = [row.name for row in scored if not row.source.endswith("where it shows there")]
    shown = dict(zip(graded, model.seen, strict=True))
    large = rows_of(scored, LARGE)
    assert [row.labels[DefectKind.CRACK] for row in large] == [False, True, True]
    assert len(rows_of(scored, SMALL)) == 3
    assert 1 <= len(rows_of(scored, SEEN)) <= 3
    intact, *cracked = (shown[row.name] for row in large)
    assert intact.shape[0] == 4032
    marked = glass.glass_mask("phone", intact.shape[:2])
    assert marked is not None
    inside = marked > 0
    for pixels in cracked:
        change = np.abs(pixels - intact).max(axis=2)
        assert change[inside].max() > 20
        assert change[~inside].max() < 20


def test_a_photo_without_marked_glass_has_hairlines_anywhere_only(photo):
    names = {row.source for row in score_pasted(cast(ConditionModel, Recorder()), [photo], SETTINGS, times=1)}

    assert {"hairline, 12 megapixels", "hairline, 600 px wide", "worn coating"} <= names
    assert not {LARGE, SMALL, SEEN} & names


def test_every_glass_that_ships_is_a_polygon_within_its_photo():
    for name, corners in glass._marked().items():
        assert len(corners) >= 4, name
        assert 0 < np.min(corners) < np.max(corners) < 100, name
        mask = glass.glass_mask(name, (1000, 1000))
        assert mask is not None, name
        share = np.mean(mask > 0)
        assert 0.04 < share < 0.8, name


def test_glass_that_nobody_marked_is_not_known():
    assert glass.glass_mask("no-such-photo", (10, 10)) is None
