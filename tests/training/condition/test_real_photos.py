"""What is said of real photos is counted against what was seen on them, and harmless changes are harmless."""

import io
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from data.condition import AsFarAsSeen, Condition, ModelIdentity, PhotoFinding, PhotoQuality
from data.defect import DefectKind, Grade
from data.device import DeviceClass, Surface, View
from features.photo.photo import read_photo
from serving.demo.returns import shipped_returns
from training.condition.labels.eye_labels import EyeLabel
from training.condition.measure.harmless import CHANGES, measure_changes, summarise_changes
from training.condition.measure.real_photos import SeenPhoto, by_source, figures_of

DAMAGE = [kind for kind in DefectKind if not kind.is_dirt]
THRESHOLDS = dict.fromkeys(DefectKind, 0.5)


def seen(grade: Grade | None = Grade.B, *, source="one", needs_person=True, view=View.FRONT_OFF, **kinds):
    told = {
        **dict.fromkeys(DAMAGE, False),
        **{DefectKind(kind): is_there for kind, is_there in kinds.items()},
    }
    label = EyeLabel(DeviceClass.PHONE, "front", "hand", False, True, None, told)
    quality = PhotoQuality(True, (), ())
    chances = {kind: 0.9 if kind is DefectKind.SCRATCH else 0.1 for kind in DefectKind}
    photo = PhotoFinding(0, quality, True, DeviceClass.TABLET, view, None, chances, "0" * 16)
    as_seen = AsFarAsSeen(grade, 0.9, needs_person, (view,)) if grade else None
    model = ModelIdentity("condition", "test", "0" * 64)
    condition = Condition(None, {}, {}, (), "", (), (photo,), model, as_far_as_seen=as_seen)
    return SeenPhoto(source, "g", label, condition)


def hits(share):
    return share["hits"], share["n"]


def test_grades_of_clean_and_of_broken_devices_are_counted_apart() -> None:
    photos = [
        seen(Grade.A, needs_person=False),
        seen(Grade.C),
        seen(Grade.E),
        seen(None),
        seen(Grade.B, crack=True),
        seen(Grade.D, crack=True),
        seen(Grade.A, scratch=True),
    ]

    found = figures_of(photos, THRESHOLDS)

    assert found["photos"] == 7
    assert hits(found["clean"]["b_or_better"]) == (1, 4)
    assert hits(found["clean"]["without_a_person"]) == (1, 4)
    assert hits(found["clean"]["d_or_e"]) == (1, 4)
    assert hits(found["clean"]["not_graded"]) == (1, 4)
    assert hits(found["broken"]["graded_too_well"]) == (1, 2)


def test_alarms_views_and_classes_are_counted_over_what_was_seen() -> None:
    found = figures_of([seen(), seen(scratch=True), seen(view=View.BACK)], THRESHOLDS)

    assert hits(found["alarms"][DefectKind.SCRATCH]) == (2, 2)
    assert hits(found["found"][DefectKind.SCRATCH]) == (1, 1)
    assert hits(found["alarms"][DefectKind.CRACK]) == (0, 3)
    # Nobody said whether there is dust.
    assert hits(found["alarms"][DefectKind.DUST]) == (0, 0)
    assert hits(found["views"][Surface.FRONT]) == (2, 3)
    assert hits(found["classes"][DeviceClass.PHONE]) == (0, 3)


def test_sources_are_told_apart() -> None:
    photos = [seen(source="b"), seen(source="a"), seen(source="b")]

    assert {name: len(part) for name, part in by_source(photos).items()} == {"a": 1, "b": 2}


@pytest.fixture(scope="module")
def image() -> Image.Image:
    return read_photo(shipped_returns()[0].photos[0].path.read_bytes()).image


@pytest.mark.parametrize("name", CHANGES)
def test_a_harmless_change_leaves_the_device_as_it_is(image: Image.Image, name: str) -> None:
    changed = read_photo(CHANGES[name](image)).image

    small = [
        np.asarray(each.convert("L").resize((8, 8), Image.Resampling.BOX), float) for each in (image, changed)
    ]
    turns = [np.rot90(small[0], quarters) for quarters in range(4)]
    alike = [*turns, np.fliplr(small[0])]
    nearest = min(float(np.abs(each - small[1]).mean()) for each in alike)
    assert nearest < (30.0 if name.startswith("brightness") else 12.0)


def test_a_turn_that_is_noted_is_undone_by_whoever_reads_it(image: Image.Image) -> None:
    for quarters in (1, 2, 3):
        changed = read_photo(CHANGES[f"turn {90 * quarters} noted"](image)).image
        assert changed.size == image.size
        np.testing.assert_array_equal(np.asarray(changed), np.asarray(image))


class FakeModel:
    """Says C of what is dark, and B of the rest."""

    def grade(self, photos):
        grey = np.asarray(read_photo(photos[0]).image.convert("L"), float).mean()
        answer = seen(Grade.C if grey < 90 else Grade.B).condition
        chances = {**answer.photos[0].defect_probabilities, DefectKind.CRACK: 0.7 if grey < 90 else 0.1}
        return replace(answer, photos=(replace(answer.photos[0], defect_probabilities=chances),))


def test_what_a_change_moves_is_told() -> None:
    body = io.BytesIO()
    Image.new("RGB", (900, 800), (100, 100, 100)).save(body, "PNG")

    told = summarise_changes(measure_changes(cast(Any, FakeModel()), [body.getvalue()], THRESHOLDS))

    darker = told["brightness -20 %"]
    assert darker["mean_move"][DefectKind.CRACK] == pytest.approx(0.6)
    assert hits(darker["crosses"]) == hits(darker["other_grade"]) == (1, 1)
    assert hits(darker["given_or_not"]) == (0, 1)
    assert hits(told["mirror"]["crosses"]) == (0, 1)
    # Half as large it would be too small to be judged at all.
    assert told["size 0.5"]["photos"] == told["size 0.75"]["photos"] == 0
    assert told["JPEG 40"]["photos"] == 1
