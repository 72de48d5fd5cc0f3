"""How long the drawn damage is that a network misses, as often as each severity comes back."""

import json
from itertools import pairwise

import numpy as np
import pytest

from data.defect import DefectKind, Severity
from data.drawing.damage.drawable import SEVERITY_SHARES
from data.drawing.photos import draw_photo
from serving.condition.criteria.missed_lengths import read_missed_lengths
from serving.condition.inference import read_contract
from serving.release import open_release, open_session
from training.condition.lines.calibrate import LookCalibration
from training.condition.lines.calibration_looks import DrawnLength, RawLook, look_at_drawn
from training.condition.lines.missed_damage import LEAST_MISSED, missed_damage
from training.condition.measure.coverage import read_risk
from training.condition.network import KINDS

OIL, SCRATCH, SWELLING = DefectKind.OIL, DefectKind.SCRATCH, DefectKind.SWELLING
MICRO, VISIBLE, DEEP = Severity
LINES = {kind: LookCalibration() for kind in KINDS}
SEEN, MISSED = 4.0, -4.0


def look(*lengths_mm, logit=MISSED, kind=SCRATCH, severity=VISIBLE, is_drawn=True):
    """Return a photo of one kind by its lengths; both looks say the same of it."""
    drawn = tuple(DrawnLength(kind, severity, length) for length in lengths_mm)
    logits = np.full((2, len(KINDS)), SEEN)
    logits[:, KINDS.index(kind)] = logit
    return RawLook({kind: True}, frozenset({kind}), logits, is_drawn, {}, {}, "one", drawn)


def missed(looks, severity_share=SEVERITY_SHARES):
    return missed_damage(looks, LINES, severity_share)


def test_what_is_missed_is_stated_in_nine_lengths_the_shortest_first():
    looks = [look(float(length)) for length in range(1, 101)]

    stated = missed(looks)

    assert stated["missed_photos"] == {SCRATCH: 100}
    lengths = stated["missed_lengths_mm"][SCRATCH]
    assert len(lengths) == 9
    assert (lengths[0], lengths[4], lengths[-1]) == (5.0, 50.0, 95.0)
    assert all(shorter < longer for shorter, longer in pairwise(lengths))


def test_what_the_network_sees_does_not_count():
    looks = [look(1.0)] * 20 + [look(50.0, logit=SEEN)] * 20
    assert missed(looks)["missed_photos"] == {SCRATCH: 20}
    assert set(missed(looks)["missed_lengths_mm"][SCRATCH]) == {1.0}


def test_a_photo_is_missed_below_the_threshold_and_by_the_kinds_own_line():
    lines = {**LINES, SCRATCH: LookCalibration(device_intercept=8.0, threshold=0.9)}
    assert missed_damage([look(1.0)] * 20, lines, SEVERITY_SHARES)["missed_photos"] == {}
    surer = {**LINES, SCRATCH: LookCalibration(device_intercept=8.0, threshold=0.99)}
    assert missed_damage([look(1.0)] * 20, surer, SEVERITY_SHARES)["missed_photos"] == {SCRATCH: 20}


def test_the_longest_of_a_photo_stands_for_it():
    assert set(missed([look(1.0, 7.0, 2.0)] * 20)["missed_lengths_mm"][SCRATCH]) == {7.0}


@pytest.mark.parametrize(("count", "is_stated"), [(LEAST_MISSED - 1, False), (LEAST_MISSED, True)])
def test_few_that_were_missed_state_nothing(count, is_stated):
    assert (SCRATCH in missed([look(1.0)] * count)["missed_lengths_mm"]) is is_stated


@pytest.mark.parametrize("kind", [OIL, SWELLING])
def test_dirt_and_hazards_are_left_out(kind):
    assert missed([look(1.0, kind=kind)] * 20) == {"missed_lengths_mm": {}, "missed_photos": {}}


def test_photos_without_drawn_damage_tell_nothing():
    assert missed([look(is_drawn=False)] * 20)["missed_photos"] == {}


def test_severities_count_as_often_as_they_come_back_and_not_as_they_were_drawn():
    drawn = {MICRO: 1.0, VISIBLE: 10.0, DEEP: 40.0}
    looks = [
        look(length, severity=severity)
        for severity, length in drawn.items()
        for _ in range(round(100 * SEVERITY_SHARES[severity]))
    ]

    as_drawn = missed(looks)["missed_lengths_mm"][SCRATCH]
    as_returned = missed(looks, read_risk().severity_share)["missed_lengths_mm"][SCRATCH]

    assert [as_drawn.count(length) for length in drawn.values()] == [3, 3, 3]
    assert [as_returned.count(length) for length in drawn.values()] == [6, 2, 1]


def test_severities_that_never_come_back_do_not_count():
    assert missed([look(1.0, severity=DEEP)] * 20, {MICRO: 1.0})["missed_photos"] == {}


def test_a_drawn_photo_tells_how_long_what_it_shows_is():
    champion = open_release("condition")
    photo = draw_photo(np.random.default_rng(5), kinds=(SCRATCH,), long_side_px=400)

    [seen] = look_at_drawn(open_session(champion, threads=1), read_contract(champion.manifest), [photo])

    assert seen.drawn
    assert seen.drawn == tuple(DrawnLength(SCRATCH, one.severity, one.length_mm) for one in photo.defects)


def test_serving_reads_what_is_stated():
    stated = json.loads(json.dumps(missed([look(2.5)] * 20)))
    read = read_missed_lengths(
        {**stated, "thresholds": {kind: line.threshold for kind, line in LINES.items()}}
    )
    assert read[SCRATCH].lengths_mm == (2.5,) * 9
    assert read[SCRATCH].reported_from == LINES[SCRATCH].threshold
