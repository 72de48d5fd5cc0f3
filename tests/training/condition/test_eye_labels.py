"""What two passes by eye wrote is settled as the guide says, and the table that ships keeps to it."""

from pathlib import Path

import numpy as np
import pytest

import regrade
from data.defect import DefectKind
from data.device import DeviceClass
from training.condition.labels.eye_labels import FIRST, SECOND, THIRD, eye_labels, read_looks, settled
from training.condition.measure.eye_agreement import cohen_kappa

HEADER = "sha256,round,class,count,side,held,lit,outline,there,cannot_tell,not_there,note\n"
SIDES = {"front", "back", "edge", "other"}


def label_of(tmp_path: Path, *rows: str):
    path = tmp_path / "by_eye.csv"
    path.write_text(HEADER + "".join(f"ab,{row}\n" for row in rows))
    return settled(read_looks(path)["ab"])


def test_what_both_saw_is_there_and_what_neither_named_is_not(tmp_path: Path) -> None:
    label = label_of(
        tmp_path,
        "1,phone,1,front,hand,off,10 10 50 10 50 90 10 90,crack,oil,,",
        "2,phone,1,front,hand,off,12 10 50 10 50 90 10 94,crack,oil,,",
    )

    assert label.kinds[DefectKind.CRACK] is True
    assert label.kinds[DefectKind.DENT] is False
    assert DefectKind.OIL not in label.kinds
    assert (label.device_class, label.side, label.held, label.is_lit) == (
        DeviceClass.PHONE,
        "front",
        "hand",
        False,
    )
    np.testing.assert_allclose(label.outline[0], [0.11, 0.10])
    np.testing.assert_allclose(label.outline[3], [0.10, 0.92])


def test_who_could_not_tell_outweighs_who_did_not_see_it(tmp_path: Path) -> None:
    label = label_of(tmp_path, "1,phone,1,front,hand,off,,,dust,,", "2,phone,1,front,hand,off,,,,,")

    assert DefectKind.DUST not in label.kinds
    assert label.outline is None


@pytest.mark.parametrize(
    ("third", "expected"), [("dust,,", True), (",,dust", False), (",dust,", None), (",,", None)]
)
def test_where_one_saw_it_the_third_look_decides(tmp_path: Path, third: str, expected: bool | None) -> None:
    label = label_of(
        tmp_path,
        "1,phone,1,front,hand,off,,dust,,,",
        "2,phone,1,other,hand,off,,,,,",
        f"3,,,back,,,,{third},",
    )

    assert label.kinds.get(DefectKind.DUST) is expected
    assert label.side == "back"


def test_what_nobody_settled_is_not_known(tmp_path: Path) -> None:
    label = label_of(tmp_path, "1,phone,1,front,hand,on,,crack,,,", "2,tablet,1,back,desk,off,,,,,")

    assert (label.device_class, label.side, label.held, label.is_lit) == (None, None, None, None)
    assert DefectKind.CRACK not in label.kinds


def test_agreement_beyond_chance_is_that_of_cohen() -> None:
    # Cohen's kappa by hand: 7 of 10 equal, 0.5 by chance.
    pairs = [(1, 1)] * 4 + [(0, 0)] * 3 + [(1, 0)] * 2 + [(0, 1)]

    assert cohen_kappa(pairs) == pytest.approx((0.7 - 0.5) / 0.5)
    assert np.isnan(cohen_kappa([(1, 1)]))


def test_the_table_that_ships_keeps_to_its_guide() -> None:
    looks = read_looks()

    assert len(looks) > 1400
    for sha256, rounds in looks.items():
        assert len(sha256) == 64
        assert set(rounds) - {THIRD} == {FIRST, SECOND}
        for look in rounds.values():
            assert look.side in SIDES or (look.side is None and look is rounds.get(THIRD))
            # A corner may lie a little outside the picture, where the device leaves it.
            assert look.outline is None or (np.abs(look.outline - 0.5) <= 1.0).all()


def test_every_difference_that_may_decide_was_looked_at_again() -> None:
    for rounds in read_looks().values():
        first, second = rounds[FIRST], rounds[SECOND]
        for kind in DefectKind:
            one, other = first.kinds[kind], second.kinds[kind]
            if one is not other and True in {one, other}:
                assert kind in rounds[THIRD].kinds
        if first.side != second.side:
            assert rounds[THIRD].side in SIDES


def test_few_labels_are_left_open() -> None:
    known = [label for label in eye_labels().values() if DefectKind.CRACK in label.kinds]

    assert len(known) > 0.95 * len(eye_labels())


def test_the_study_counts_what_the_table_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert regrade.main(["study", "photo-labels"]) == 0

    told = capsys.readouterr().out
    assert f"{len(eye_labels()):,} photos, looked at twice" in told
    there = sum(label.kinds.get(DefectKind.CRACK) is True for label in eye_labels().values())
    assert f"settled crack            there {there:,}, not there" in told
