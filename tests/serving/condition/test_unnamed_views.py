"""A photo that nobody named counts for a side only where the network is sure of it."""

from dataclasses import replace

import pytest

from data.condition import Condition
from data.device import DeviceClass, Surface, View
from serving.condition.given.given_photo import GivenPhoto
from serving.condition.model import ConditionModel
from serving.demo.returns import shipped_returns
from serving.release import open_release

FRONT, BACK = View.FRONT_OFF, View.BACK


@pytest.fixture(scope="module", params=["8", "9", "10"])
def model(request) -> ConditionModel:
    return ConditionModel.open(open_release("condition", version=request.param))


@pytest.fixture(scope="module")
def bodies() -> dict[View, bytes]:
    photos = shipped_returns()[0].photos
    return {photo.view: photo.path.read_bytes() for photo in photos if photo.view in {FRONT, BACK}}


def graded(model: ConditionModel, bodies: dict[View, bytes], *, chance: float, names=None) -> Condition:
    """Return the grade of a front and a back, the network as sure of each side as is said."""
    given = [GivenPhoto.of(bodies[view]) for view in (FRONT, BACK)]
    seen = model.examine(given, views=[FRONT, BACK]).predictions
    other = {FRONT: BACK, BACK: FRONT}
    told = [
        replace(photo, seen=replace(one, view=view, view_chances={view: chance, other[view]: 1.0 - chance}))
        for photo, one, view in zip(given, seen, (FRONT, BACK), strict=True)
    ]
    return model.grade(told, device_class=DeviceClass.PHONE, views=names)


def is_by_views(model: ConditionModel) -> bool:
    return model._rules.calibrated.is_by_views


def test_an_unsure_guess_gives_no_grade_by_what_is_stated_of_its_side(model, bodies) -> None:
    """Two backs, one taken for a front, were both faces: half of real backs are."""
    condition = graded(model, bodies, chance=0.6)

    assert [photo.view for photo in condition.photos] == [FRONT, BACK]
    assert condition.as_far_as_seen is not None
    if not is_by_views(model):
        assert condition.as_far_as_seen.views == (FRONT, BACK)
        return
    assert condition.as_far_as_seen.views == (View.UNKNOWN, View.UNKNOWN)
    assert condition.as_far_as_seen.needs_person
    assert condition.grade is None
    assert any("named or surely seen as front or back" in reason for reason in condition.abstain_reasons)
    assert condition.next_photo is not None
    assert condition.next_photo.view.surface in {Surface.FRONT, Surface.BACK}


@pytest.mark.parametrize(("chance", "names"), [(0.9, [FRONT, BACK]), (1.0, None)], ids=["named", "sure"])
def test_a_named_side_and_one_that_is_surely_seen_count(model, bodies, chance, names) -> None:
    condition = graded(model, bodies, chance=chance, names=names)

    assert condition.as_far_as_seen is not None
    assert condition.as_far_as_seen.views == (FRONT, BACK)
    assert condition.as_far_as_seen.needs_person is not is_by_views(model)
