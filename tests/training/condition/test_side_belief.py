"""The network outweighs the side that was named only from where real photos named truly stay believed."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from data.defect import DefectKind
from data.device import DeviceClass, Surface, View
from data.labelled.photo_set import LabelledPhoto
from features.photo.photo import WHOLE, Frame, read_photo
from serving.condition.inference import Prediction, predict, read_contract
from serving.condition.requested_sides import SeenSide, side_of
from serving.demo.returns import shipped_returns
from serving.release import open_release, open_session
from training.condition.evaluate import head
from training.condition.labels.eye_labels import EyeLabel
from training.condition.lines import calibration_looks
from training.condition.lines.side_belief import (
    SideAnswer,
    SideBelief,
    choose_belief,
    lowest_sure,
    read_side_belief,
    side_answer,
)
from training.condition.measure import real_photos
from training.condition.settings import read_settings
from training.studies import real_study

FRONT, BACK, EDGE = Surface.FRONT, Surface.BACK, Surface.UNKNOWN
RULES = read_side_belief()


def answers(shown, seen, chances):
    return [SideAnswer(shown, SeenSide(seen, chance)) for chance in chances]


def refused_truly(some, sure_from):
    return sum(answer.is_refused(answer.shown, sure_from) for answer in some)


def test_any_other_side_counts_where_none_was_wrong():
    assert lowest_sure(answers(FRONT, FRONT, [0.4, 0.9, 1.0]), 0.02) == 0.0
    assert lowest_sure([], 0.02) == 0.0


def test_few_enough_that_are_wrong_move_nothing():
    some = answers(FRONT, FRONT, [0.9] * 98) + answers(FRONT, BACK, [0.99, 0.98])
    assert lowest_sure(some, 0.02) == 0.0


def test_the_threshold_is_the_lowest_from_which_few_enough_are_refused():
    wrong = [0.99, 0.97, 0.8, 0.6]
    some = answers(FRONT, FRONT, [0.9] * 96) + answers(FRONT, BACK, wrong)
    threshold = lowest_sure(some, 0.02)
    assert refused_truly(some, threshold) == 2
    assert threshold == pytest.approx(0.8)
    assert refused_truly(some, math.nextafter(threshold, 0.0)) == 3


def test_of_few_photos_none_may_be_refused():
    some = answers(BACK, BACK, [0.9] * 10) + answers(BACK, FRONT, [0.7, 0.93])
    assert refused_truly(some, lowest_sure(some, 0.02)) == 0


def test_wrong_ones_that_are_equally_sure_are_believed_together():
    some = answers(FRONT, FRONT, [0.9] * 96) + answers(FRONT, BACK, [0.9] * 4)
    assert refused_truly(some, lowest_sure(some, 0.02)) == 0


def test_a_network_that_is_always_wrong_and_sure_is_never_held_against_a_name():
    some = answers(FRONT, BACK, [1.0] * 40) + answers(BACK, FRONT, [1.0] * 40)
    belief = choose_belief(some)
    assert belief.sure_from is not None
    assert belief.sure_from > 1.0
    assert refused_truly(some, belief.sure_from) == 0


def test_many_fronts_do_not_hide_that_backs_are_taken_for_others():
    fronts = answers(FRONT, FRONT, [0.99] * 300)
    backs = answers(BACK, BACK, [0.99] * 45) + answers(BACK, EDGE, [0.95] * 5)
    assert lowest_sure(fronts + backs, RULES.refused_at_most) == 0.0
    belief = choose_belief(fronts + backs)
    assert belief.sure_from == pytest.approx(0.95)
    assert refused_truly(backs, belief.sure_from) == 0


@pytest.mark.parametrize("fewest", [(RULES.photos_min - 1, 100), (100, RULES.photos_min - 1), (0, 0)])
def test_too_few_photos_of_a_side_state_nothing_and_any_other_side_counts(fewest):
    fronts, backs = fewest
    belief = choose_belief(answers(FRONT, FRONT, [0.9] * fronts) + answers(BACK, FRONT, [0.9] * backs))
    assert belief.sure_from is None
    assert belief.entry == {}
    assert choose_belief(
        answers(FRONT, FRONT, [0.9] * RULES.photos_min) + answers(BACK, BACK, [0.9] * RULES.photos_min)
    ).entry == {"side_sure_from": 0.0}


def test_it_is_told_how_many_are_believed_and_how_many_wrong_names_are_still_caught():
    some = [
        *answers(BACK, BACK, [0.99] * 6 + [0.7] * 2),
        *answers(BACK, FRONT, [0.8]),
        *answers(BACK, EDGE, [0.95]),
        SideAnswer(BACK, None),
    ]
    shares = SideBelief(0.9, tuple(some)).shares
    believed, refused = (
        shares["back named back is believed, real"],
        shares["back named front is refused, real"],
    )
    assert (believed.hits, believed.n) == (10, 11)
    # Six backs seen for sure, and one taken for an edge, which is no front either.
    assert (refused.hits, refused.n) == (7, 11)
    assert head(believed) == {"share": 0.9091, "low": 0.5872, "high": 0.9977, "n": 11}
    # Nobody looked at a front.
    assert len(shares) == 2
    before = SideBelief(None, tuple(some)).shares
    assert before["back named back is believed, real"].hits == 9
    assert before["back named front is refused, real"].hits == 9


LABEL = EyeLabel(DeviceClass.PHONE, "back", "hand", False, True, None, {})


def prediction(view=View.BACK, chance=0.8, region=WHOLE):
    frame = Frame(np.zeros((8, 8, 3), np.uint8), 0.0, 0.0, 1 / 8, 1 / 8)
    places = np.zeros((len(DefectKind) + 1, 1, 1), np.float32)
    chances = {View.LABEL: 1.0 - chance, view: chance}
    return Prediction({}, places, frame, region, DeviceClass.PHONE, view, chances)


@pytest.mark.parametrize(
    ("side", "shown"), [("front", FRONT), ("back", BACK), ("edge", EDGE), ("other", None), (None, None)]
)
def test_only_a_side_that_was_settled_by_eye_is_an_answer(side, shown):
    found = side_answer(prediction(), replace(LABEL, side=side))
    assert found == (SideAnswer(shown, SeenSide(BACK, 0.8)) if shown else None)


def test_an_edge_is_an_edge_to_the_eye_and_to_the_gate():
    answer = side_answer(prediction(View.EDGE), replace(LABEL, side="edge"))
    named = side_of(View.LEFT)
    assert answer is not None
    assert named is not None
    assert not answer.is_refused(named, None)


def test_a_photo_without_a_label_or_a_device_is_no_answer():
    assert side_answer(prediction(), None) is None
    assert side_answer(prediction(region=None), LABEL) is None


def test_a_label_that_is_seen_is_held_against_no_name():
    answer = side_answer(prediction(View.LABEL), LABEL)
    assert answer == SideAnswer(BACK, None)
    assert not answer.is_refused(BACK, None)
    assert lowest_sure([answer], 0.0) == 0.0


class CountingSession:
    """A released network that counts how often it is asked."""

    def __init__(self, session):
        self._session = session
        self.runs = 0

    def __getattr__(self, name):
        return getattr(self._session, name)

    def run(self, *asked):
        self.runs += 1
        return self._session.run(*asked)


def test_calibration_sees_the_side_as_serving_does_and_looks_no_more_often(monkeypatch):
    monkeypatch.setattr(calibration_looks, "seen_by_eye", lambda _: LABEL)
    release = open_release("condition")
    session, contract = CountingSession(open_session(release)), read_contract(release.manifest)
    path = shipped_returns()[0].photos[0].path
    photo = LabelledPhoto(path, "intact", "one", "phone", "g", {}, None)

    [look] = calibration_looks.look_at_real(session, contract, [photo], read_settings())

    assert session.runs == 3
    assert look.side is not None
    served = predict(session, contract, read_photo(path.read_bytes()).image)
    assert look.side == side_answer(served, LABEL)


def test_the_study_of_real_photos_tells_what_the_release_and_what_the_photos_say(tmp_path, monkeypatch):
    monkeypatch.setattr(real_photos, "seen_by_eye", lambda _: LABEL)
    monkeypatch.setattr(real_study, "validation_photos", lambda photos, _: photos)
    body = shipped_returns()[0].photos[0].path.read_bytes()
    (tmp_path / "intact").mkdir()
    (tmp_path / "intact" / "a.jpg").write_bytes(body)
    rows = "path,source,device,group\nintact/a.jpg,one,phone,g\n"
    (tmp_path / "manifest.csv").write_text(rows, encoding="utf-8")

    lines = list(
        real_study.study_real(
            photos=tmp_path,
            out=tmp_path / "out",
            changed=0,
            release=open_release("condition", version="8").folder,
        )
    )

    [release, photos] = [line for line in lines if line.startswith("another side than the one named")]
    assert release.endswith("at any probability, by the release")
    assert photos.endswith("at any probability, by these photos")
    told = [line for line in lines if line.startswith("  back named back is believed, real: ")]
    assert len(told) == 2
    written = json.loads((tmp_path / "out" / "real.json").read_text(encoding="utf-8"))["side_belief"]
    assert written["the release"]["side_sure_from"] is None
    assert written["these photos"]["photos"] == 1
