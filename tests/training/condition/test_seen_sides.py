"""How far a grade as far as seen may be wrong: stated for each set of sides, and borne by real photos too."""

import json
from dataclasses import dataclass, field, replace

import pytest

import regrade
from data.defect import DefectKind, Grade
from data.device import DeviceClass, Surface, View
from serving.condition.criteria import read_pack
from serving.condition.model import ConditionModel
from serving.condition.rulebook import Calibrated, Rulebook
from training.condition.labels.eye_labels import EyeLabel
from training.condition.measure.coverage import Graded, read_risk
from training.condition.measure.drawn_devices import DrawnDevice, TrueDefect
from training.condition.measure.seen_sides import SeenSet, known_grade, read_seen_sides, states, true_grade
from training.studies import seen_study

PACK, SETTINGS = read_pack(), read_risk()
DAMAGE = [kind for kind in DefectKind if not kind.is_dirt]
FRONT = (View.FRONT_OFF,)


def label(**kinds: bool | None) -> EyeLabel:
    told = {
        **dict.fromkeys(DAMAGE, False),
        **{DefectKind(kind): is_there for kind, is_there in kinds.items()},
    }
    settled = {kind: is_there for kind, is_there in told.items() if is_there is not None}
    return EyeLabel(DeviceClass.PHONE, "front", "hand", False, True, None, settled)


@pytest.mark.parametrize(
    ("kinds", "grade"),
    [
        ({}, Grade.B),
        ({"oil": True}, Grade.B),
        ({"crack": True}, Grade.D),
        ({"crack": True, "scratch": None}, Grade.D),
        ({"scratch": True}, None),
        ({"scratch": None}, None),
        ({"crack": None}, None),
    ],
)
def test_of_a_real_photo_only_glass_and_nothing_at_all_tell_a_grade(kinds, grade) -> None:
    assert known_grade(label(**kinds)) is grade


def test_the_true_grade_is_of_what_lies_on_the_sides_that_are_shown() -> None:
    defects = (
        TrueDefect(DefectKind.CRACK, Surface.BACK, 20.0),
        TrueDefect(DefectKind.SCRATCH, Surface.FRONT, 4.0),
    )
    device = DrawnDevice((), (), DeviceClass.PHONE, defects)

    assert true_grade(PACK, device, FRONT) is Grade.C
    assert true_grade(PACK, device, (View.BACK,)) is Grade.D
    assert true_grade(PACK, device, (View.FRONT_OFF, View.BACK)) is Grade.D
    bent = replace(device, defects=(TrueDefect(DefectKind.BENT, Surface.BACK, 20.0),))
    assert true_grade(PACK, bent, FRONT) is Grade.E


def right(count: int, chance: float = 0.95) -> list[Graded]:
    return [Graded(Grade.B, Grade.B, chance)] * count


def too_well(count: int, chance: float) -> list[Graded]:
    return [Graded(Grade.D, Grade.B, chance)] * count


def stated(drawn: list[Graded], real: list[Graded], views: tuple[View, ...] = FRONT):
    return states(SeenSet(views, drawn, real), PACK, SETTINGS)


def test_without_real_photos_the_drawn_devices_say_what_is_sure_enough() -> None:
    found = stated(right(300, 0.85), [])

    assert found["threshold"] == found["threshold_of_drawn"] == 0.40
    assert (found["decided"], found["over_graded"], found["under_graded"]) == (300, 0, 0)
    assert (found["sides"], found["photos"], found["measured_on"]) == (["front"], 1, "drawn devices")


def test_real_photos_ask_for_more_where_they_are_graded_too_well() -> None:
    real = [*right(40, 0.97), *too_well(10, 0.85)]

    found = stated(right(300), real)

    assert found["threshold_of_drawn"] == 0.40
    assert found["threshold"] == 0.875
    assert found["real"]["decided"] == 40
    assert found["real"]["over_graded"]["hits"] == 0
    assert found["measured_on"] == "drawn devices and real photos"


@pytest.mark.parametrize(
    ("drawn", "real"),
    [(too_well(300, 0.99), right(50)), (right(300), too_well(50, 0.99)), (right(5), right(50))],
    ids=["drawn ones fail", "real ones fail", "too few drawn"],
)
def test_nothing_is_stated_that_does_not_hold_on_both(drawn, real) -> None:
    found = stated(drawn, real)

    assert found["threshold"] is None
    assert found["decided"] == found["real"]["decided"] == 0


def test_a_device_that_a_person_must_see_counts_as_not_decided() -> None:
    found = stated(right(300), [Graded(Grade.B, None, 0.0)] * 10)

    assert found["real"] == {**found["real"], "photos": 10, "decided": 0}


def test_what_is_stated_is_what_serving_reads() -> None:
    rules = Rulebook.read()
    measured_with = {role: file.sha256 for role, file in rules.measured_with.items()}
    manifest = {"abstention_as_seen": [{**stated(right(300), right(50)), "measured_with": measured_with}]}

    read = Calibrated.of(json.loads(json.dumps(manifest)), rules.house, rules.measured_with).as_seen

    [one] = read
    assert (one.sides, one.photos) == (frozenset({Surface.FRONT}), 1)
    # The pack's own least probability asks for more.
    assert one.assurance.least_probability == PACK.abstain_below
    assert one.assurance.measured_on == "drawn devices and real photos"


def test_every_set_shows_a_large_side_by_views_that_devices_are_drawn_from() -> None:
    for views in read_seen_sides().sets:
        assert set(views) <= set(SETTINGS.views)
        assert SeenSet(views, [], []).sides


@dataclass
class FakeRelease:
    """A release whose manifest says nothing yet."""

    folder: object
    manifest: dict = field(default_factory=dict)


def test_the_study_prints_a_line_for_each_set_and_states_it(tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "condition"}')
    monkeypatch.setattr(seen_study, "given_release", lambda *_: FakeRelease(tmp_path))
    monkeypatch.setattr(ConditionModel, "open", lambda *_, **__: None)
    monkeypatch.setattr(seen_study, "grade_sets", lambda *given: [right(300) for _ in given[3]])
    words = ["study", "seen", "--release", str(tmp_path), "--out", str(tmp_path / "out"), "--state"]

    assert regrade.main(words) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "front, 1 photos: from probability 0.4 on decided 300 of 300 drawn, 0 too well, 0 too badly; "
        "of real photos 0 of 0, 0 too well, 0 too badly"
    )
    assert len(lines) == len(read_seen_sides().sets)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["name"] == "condition"
    assert [one["sides"] for one in manifest["abstention_as_seen"]] == [
        ["front"],
        ["back"],
        ["back", "front"],
        ["back", "front"],
    ]
    assert json.loads((tmp_path / "out" / "seen.json").read_text()) == manifest["abstention_as_seen"]


def test_the_champion_is_not_changed_in_place(capsys) -> None:
    assert regrade.main(["study", "seen", "--state"]) == 2
    assert "--state needs --release DIR" in capsys.readouterr().err
