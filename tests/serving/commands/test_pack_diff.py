"""`regrade policy diff` with two criteria packs: kept conditions are graded again without their photos."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import regrade
from data.condition import Condition
from data.device import DeviceClass
from data.fraud import Action
from serving.commands.command_line import ExitCode
from serving.commands.policy.pack_replay import pack_redoings
from serving.commands.policy.policy_replay import NotRedone, Redoing
from serving.condition.criteria.pack import HOUSE_PACK
from serving.demo.returns import shipped_returns
from serving.disposition.policy import open_policy
from serving.record.record import Record
from serving.settings import Settings
from serving.startup import open_grader
from tests.serving.clear_return import clear_case
from tests.serving.commands.test_policy_diff import entry_of

Captured = pytest.CaptureFixture[str]
CHEAP = clear_case(value={"amount": 160, "currency": "CAD"})
SHIPPED = str(HOUSE_PACK)


@pytest.fixture(scope="module")
def conditions() -> list[Condition]:
    """Return what the released model says of the photos that ship: an intact phone and a cracked one."""
    grader = open_grader(Settings())
    photos = [[photo.path.read_bytes() for photo in one.photos] for one in shipped_returns()[:2]]
    return [grader.grade(several, device_class=DeviceClass.PHONE) for several in photos]


@pytest.fixture
def url(tmp_path: Path, conditions: list[Condition]) -> Iterator[str]:
    url = f"sqlite:///{tmp_path / 'record.sqlite'}"
    ids = iter(range(100))
    record = Record.open(url, lambda: f"event-{next(ids)}")
    for number, condition in enumerate(conditions):
        record.append(entry_of(number, CHEAP, condition, Action.RELEASE, open_policy()))
    yield url
    record.close()


@pytest.fixture
def harsh(tmp_path: Path) -> str:
    """Write a pack by which a cracked glass is broken structure."""
    text = HOUSE_PACK.read_text(encoding="utf-8")
    assert text.count("beyond: D") > 1
    path = tmp_path / "harsh.yaml"
    path.write_text(text.replace("beyond: D", "beyond: E").replace('version: "2"', 'version: "harsh"'))
    return str(path)


def test_a_kept_condition_is_graded_again_as_it_was(conditions: list[Condition]) -> None:
    same, _ = pack_redoings(SHIPPED, SHIPPED, Settings())
    assert same.regrade is not None

    again = [same.regrade(condition, clear_case()) for condition in conditions]

    assert [one.grade for one in again] == ["A", "D"]
    assert [one.grade_probabilities for one in again] == [
        {grade: pytest.approx(p, abs=1e-9) for grade, p in one.grade_probabilities.items()}
        for one in conditions
    ]


def test_a_harsher_pack_tells_which_decisions_it_would_have_changed(
    url: str, harsh: str, capsys: Captured
) -> None:
    code = regrade.main(["policy", "diff", SHIPPED, harsh, "--record", url, "--json"])

    found = json.loads(capsys.readouterr().out)
    [changed] = found["changed"]
    assert code == ExitCode.DONE
    assert changed["decision_id"] == "dec-1"
    assert (changed["old"]["grade"], changed["new"]["grade"]) == ("D", "E")
    assert (changed["old"]["disposition"], changed["new"]["disposition"]) == ("refurbish", "recycle")
    assert changed["amount_difference"] < 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"criteria": {"name": "house", "version": "0", "sha256": "0"}}, "house 0, is not here"),
        ({"criteria": {}}, "is not here"),
        ({"grade_probabilities": "other"}, "from what is kept it grades it D, with odds up to"),
        ({"model": "other"}, "condition"),
        ({"group": None}, "before defects of several photos were told to be one"),
    ],
)
def test_a_condition_that_can_not_be_graded_again_says_why(
    conditions: list[Condition], change: dict[str, Any], says: str
) -> None:
    kept = conditions[1]
    if "criteria" in change:
        kept = replace(kept, criteria=dict(change["criteria"]))
    if "grade_probabilities" in change:
        kept = replace(kept, grade_probabilities=dict.fromkeys(kept.grade_probabilities, 0.2))
    if "model" in change:
        kept = replace(kept, model=replace(kept.model, version="0"))
    if "group" in change:
        kept = replace(kept, defects=tuple(replace(one, group=None) for one in kept.defects))
    redoing: Redoing = pack_redoings(SHIPPED, SHIPPED, Settings())[0]
    assert redoing.regrade is not None

    with pytest.raises(NotRedone, match=says):
        redoing.regrade(kept, clear_case())


def test_a_policy_and_a_pack_are_not_compared(url: str, capsys: Captured) -> None:
    assert regrade.main(["policy", "diff", "house-3", SHIPPED, "--record", url]) == ExitCode.ASKED_WRONGLY

    assert "name two policies, or the files of two criteria packs" in capsys.readouterr().err
