"""The code of today with kept files in their parts' places: what it reads, and what it refuses to lay out."""

import io
import json
from pathlib import Path

import pytest

from data.device import View
from serving.condition.given.given_photo import GivenPhoto, PhotoFacts
from serving.deciding_files import CHAMPIONS, Chosen, deciding_files, shipped_files
from serving.replay.judge_as_kept import JudgeNotOpened, open_judge_as_kept
from serving.replay.question import Question, read_message, write_message
from serving.replay.rebuilt_house import NotRebuilt, parts_apart, rebuild
from serving.replay.replayed import differing_computing, differing_fields


def kept_files() -> dict[str, bytes]:
    return {part: path.read_bytes() for part, path in deciding_files(Chosen()).items()}


def test_only_what_decides_lies_in_a_rebuilt_house(tmp_path: Path) -> None:
    files = {**kept_files(), "measuring": b"name: another"}

    environment = rebuild(tmp_path, files, threads=3)

    laid = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".py"]
    assert len(laid) == len(files)
    assert (
        tmp_path / "serving/condition" / shipped_files()["measuring"].name
    ).read_bytes() == b"name: another"
    assert environment["REGRADE_THREADS"] == "3"
    assert Path(environment["REGRADE_POLICY"]).read_bytes() == files["policy"]
    assert "REGRADE_SIZES" not in environment


def test_settings_of_today_do_not_reach_a_rebuilt_house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGRADE_PREVALENCE", "today.yaml")

    assert "REGRADE_PREVALENCE" not in rebuild(tmp_path, kept_files(), threads=1)


def test_a_file_that_was_not_kept_is_todays_and_is_named(tmp_path: Path) -> None:
    files = kept_files()
    del files["photo cost"]

    rebuild(tmp_path, files, threads=1)
    only_now, only_then = parts_apart({**dict.fromkeys(files, ""), "photo weather": "", "own sizes": ""})

    assert (tmp_path / "features/photo/formats" / shipped_files()["photo cost"].name).is_file()
    assert (only_now, only_then) == (["photo cost"], ["photo weather"])


@pytest.mark.parametrize(
    "wrong",
    [
        {CHAMPIONS: b"{}"},
        {CHAMPIONS: b"no json"},
        {CHAMPIONS: json.dumps({"condition": "../../elsewhere", "fraud": "2"}).encode()},
        {"condition/../../model.onnx": b"elsewhere"},
    ],
)
def test_what_leads_out_of_the_folder_is_not_laid_out(tmp_path: Path, wrong: dict[str, bytes]) -> None:
    with pytest.raises(NotRebuilt):
        rebuild(tmp_path / "house", {**kept_files(), **wrong}, threads=1)

    assert [path.name for path in tmp_path.iterdir()] == ["house"]


def test_files_that_this_release_can_not_read_are_told_in_its_words() -> None:
    files = {**kept_files(), "policy": b"name: house"}

    with (
        pytest.raises(JudgeNotOpened, match=r"can't open what decided: InvalidPolicy: .*version"),
        open_judge_as_kept(files, threads=1),
    ):
        pytest.fail("it was opened")


def test_a_question_is_read_as_it_was_written() -> None:
    facts = PhotoFacts(64, 48, 6, is_damaged=True)
    photos = (GivenPhoto(b"one\ntwo\n", "a" * 64, facts), GivenPhoto(b"", "b" * 64, facts))
    asked = Question("dec-1", "2026-03-08T10:00:00.000000Z", '{"é":"\\n"}', photos, (View.BACK, View.UNKNOWN))
    pipe = io.BytesIO()

    write_message(pipe, asked.header, [photo.body for photo in photos])
    pipe.seek(0)
    message = read_message(pipe)

    assert message is not None
    assert Question.of(*message) == asked
    assert read_message(pipe) is None


def test_every_value_that_differs_is_named_by_its_place() -> None:
    kept = {"a": 1, "b": [{"c": "x"}, 2], "d": None, "gone": True, "list": [1]}
    now = {"a": 1.0, "b": [{"c": "y"}, 2], "d": None, "new": False, "list": [1, 2]}

    found = differing_fields(json.dumps(kept), json.dumps(now))

    assert [(one.name, one.kept, one.now) for one in found] == [
        ("a", 1, 1.0),
        ("b[0].c", "x", "y"),
        ("gone", True, None),
        ("list", [1], [1, 2]),
        ("new", None, False),
    ]
    assert str(found[1]) == 'b[0].c: "x" was kept, "y" comes out now'


def test_libraries_that_came_went_or_changed_are_named() -> None:
    found = differing_computing(
        {"numpy": "1", "opencv": "4", "code": "a" * 64}, {"numpy": "2", "code": "a" * 64}
    )

    assert list(map(str, found)) == [
        "computing numpy: 1 decided, 2 is here now",
        "computing opencv: 4 decided, nothing is here now",
    ]
