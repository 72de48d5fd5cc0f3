"""The command line answers as the service does, and tells people in one line what it can't use."""

import json
import re
from importlib import metadata
from pathlib import Path

import pytest

import regrade
from serving.commands import score_verb
from serving.commands.command_line import ExitCode
from serving.demo.returns import DemoReturn, shipped_returns
from tests.data.inbound.test_inbound_epcis import RECEIVED, document
from tests.data.inbound.x12_message import PARCEL, RETURN, interchange

Captured = pytest.CaptureFixture[str]
STUDIES = (
    "risk",
    "seen",
    "real-photos",
    "more-damage",
    "int8",
    "elsewhere",
    "tenfold",
    "unsent",
    "photo-memory",
    "photo-labels",
    "photo-proof",
    "own-returns",
)


@pytest.fixture(scope="module")
def honest() -> DemoReturn:
    return shipped_returns()[0]


@pytest.fixture
def case_file(honest: DemoReturn, tmp_path: Path) -> Path:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(honest.case))
    return path


def test_files_are_one_device_and_give_one_line_of_json(honest: DemoReturn, capsys: Captured) -> None:
    code = regrade.main(["grade", "--json", *photo_paths(honest)])

    (line,) = capsys.readouterr().out.splitlines()
    assert code == 0
    assert [photo["index"] for photo in json.loads(line)["photos"]] == [0, 1, 2]


def test_each_folder_is_a_device_of_its_own(honest: DemoReturn, tmp_path: Path, capsys: Captured) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "front.jpg").write_bytes(honest.photos[0].path.read_bytes())

    code = regrade.main(["grade", "--json", str(tmp_path / "a"), str(tmp_path / "b")])

    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert len(answers) == 2
    assert answers[0] == answers[1]


def test_a_picture_of_the_findings_is_drawn_for_each_device(honest: DemoReturn, tmp_path: Path) -> None:
    photo, other, out = honest.photos[0].path, tmp_path / "other", tmp_path / "out.png"
    other.mkdir()
    (other / "front.jpg").write_bytes(photo.read_bytes())

    code = regrade.main(["grade", "--overlay", str(out), str(photo), str(other)])

    assert code == 0
    assert {path.name for path in tmp_path.glob("*.png")} == {"out.png", "out-2.png"}
    assert out.read_bytes().startswith(b"\x89PNG")


def test_a_picture_in_another_format_is_refused_before_grading(honest: DemoReturn, capsys: Captured) -> None:
    code = regrade.main(["grade", "--overlay", "out.gif", str(honest.photos[0].path)])

    assert code == ExitCode.ASKED_WRONGLY
    assert "end it in .png" in capsys.readouterr().err


def test_the_views_given_are_the_views_judged(honest: DemoReturn, capsys: Captured) -> None:
    photo = str(honest.photos[0].path)

    regrade.main(["grade", "--json", "--views", "back,label", "--device-class", "tablet", photo, photo])

    answer = json.loads(capsys.readouterr().out)
    assert [shown["view"] for shown in answer["photos"]] == ["back", "label"]


def test_without_json_a_device_is_described_in_one_line(honest: DemoReturn, capsys: Captured) -> None:
    regrade.main(["grade", str(honest.photos[0].path)])

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{honest.photos[0].path.name}: ")
    assert "grade" in line


def test_cases_are_scored_in_order_with_a_wrong_one_in_its_place(
    honest: DemoReturn, tmp_path: Path, capsys: Captured
) -> None:
    good = json.dumps(honest.case)
    cases = tmp_path / "cases.jsonl"
    cases.write_bytes(f"{good}\n\nnot json\n".encode() + b'"\xff"\n' + good.encode())

    code = regrade.main(["score", str(cases)])

    printed = capsys.readouterr()
    first, text, bytes_, last = map(json.loads, printed.out.splitlines())
    assert code == ExitCode.SET_ASIDE
    assert 0 < first["probability"] < 1
    assert first == last
    assert "error" in text
    assert "error" in bytes_
    assert printed.err.splitlines()[0].startswith("regrade: set aside: cases.jsonl: case 2: ")
    assert printed.err.splitlines()[-1] == "regrade: 2 set aside in all"


@pytest.mark.parametrize("most", [0, 2])
def test_a_score_has_as_many_reasons_as_asked_for(
    honest: DemoReturn, tmp_path: Path, capsys: Captured, most: int
) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps(honest.case))

    regrade.main(["score", str(cases)])
    as_ever = json.loads(capsys.readouterr().out)
    regrade.main(["score", str(cases), "--reasons", str(most)])
    asked = json.loads(capsys.readouterr().out)

    made_of = asked.pop("breakdown")
    listed = sum(reason["contribution"] for reason in asked["reasons"])
    assert made_of["base"] + listed + made_of["rest"] == pytest.approx(as_ever.pop("breakdown")["log_odds"])
    assert asked == {**as_ever, "reasons": as_ever["reasons"][:most]}
    assert asked["floors"] == []


@pytest.mark.parametrize("wrong", [["--reasons", "11", "cases.jsonl"], ["--reasons", "some", "cases.jsonl"]])
def test_more_reasons_than_there_may_be_are_refused(wrong: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit, match="2"):
        regrade.main(["score", *wrong])

    assert "is not a whole number from 0 to 10" in capsys.readouterr().err


def test_what_was_sent_twice_is_told_beside_the_scores(
    honest: DemoReturn, tmp_path: Path, capsys: Captured
) -> None:
    twice = {**honest.case, "scans": honest.case["scans"] * 2}
    cases, case = tmp_path / "cases.jsonl", tmp_path / "case.json"
    cases.write_text(f"{json.dumps(honest.case)}\n{json.dumps(twice)}\n")
    case.write_text(json.dumps(twice))
    said = f"{len(honest.case['scans'])} scans repeat others and count once"

    regrade.main(["score", str(cases)])
    scored = capsys.readouterr()
    regrade.main(["decide", "--case", str(case), "--record", f"sqlite:///{tmp_path / 'record.sqlite'}"])
    decided = capsys.readouterr()

    first, second = map(json.loads, scored.out.splitlines())
    assert first["probability"] == second["probability"]
    assert second["notes"] == json.loads(decided.out)["notes"] == [said]
    assert said in scored.err
    assert said in decided.err


def test_a_photo_whose_name_can_not_be_written_is_graded_and_kept(
    honest: DemoReturn, case_file: Path, tmp_path: Path, capsys: Captured
) -> None:
    photo = tmp_path / "front-\udcff.jpg"
    photo.write_bytes(honest.photos[0].path.read_bytes())
    record = f"sqlite:///{tmp_path / 'record.sqlite'}"

    assert regrade.main(["grade", str(photo)]) == 0
    assert regrade.main(["decide", "--case", str(case_file), "--record", record, str(photo)]) == 0
    assert "front-" in capsys.readouterr().out


def test_a_decision_is_printed_and_kept(
    honest: DemoReturn, case_file: Path, tmp_path: Path, capsys: Captured
) -> None:
    record = tmp_path / "record.sqlite"

    code = regrade.main(
        ["decide", "--case", str(case_file), "--record", f"sqlite:///{record}", *photo_paths(honest)]
    )

    decision = json.loads(capsys.readouterr().out)
    assert code == 0
    assert decision["rma_id"] == honest.case["rma"]["rma_id"]
    assert decision["decision_id"].encode() in record.read_bytes()


def test_an_unreadable_photo_is_named(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "notes.jpg").write_text("no picture")

    code = regrade.main(["grade", str(tmp_path / "notes.jpg")])

    assert code == 2
    assert "notes.jpg" in only_line(capsys)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["grade", "missing.jpg"], "missing.jpg: No such file"),
        (["grade", "."], "holds no photos"),
        (["grade", "x.jpg", "--views", "front_of"], "'front_of' is not one of front_off"),
        (["grade", "x.jpg", "--device-class", "fridge"], "'fridge' is not one of phone"),
        (["score", "missing.jsonl"], "missing.jsonl: No such file"),
        (["decide", "--case", "missing.json"], "missing.json: No such file"),
        (["decide", "--case", "empty.json"], "case"),
        (["serve", "--host", "nowhere"], "'nowhere' is no IP address"),
        (["serve", "--record", "paper"], "'paper'"),
        (["demo", "--photos", "missing"], "missing is no folder"),
        (["simulate", "--out", "w", "--returns", "0"], "returns 0 is out of range"),
        (["simulate", "--out", "w", "--withheld", "theft"], "'theft' is not one of item_swap"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.json").write_text("")

    code = regrade.main(arguments)

    assert code == 2
    assert said in only_line(capsys)


def test_a_missing_release_is_no_fault_of_the_input(
    honest: DemoReturn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("REGRADE_MODELS", str(tmp_path))

    code = regrade.main(["grade", *photo_paths(honest)])

    assert code == 1
    assert str(tmp_path) in only_line(capsys)


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(score_verb, "_run", lambda options: {}[options.cases])

    with pytest.raises(KeyError):
        regrade.main(["score", "cases.jsonl"])


def test_the_exit_codes_are_those_that_shells_were_promised() -> None:
    codes = {code.name: int(code) for code in ExitCode}

    assert codes == {"DONE": 0, "FAILED": 1, "ASKED_WRONGLY": 2, "SET_ASIDE": 3, "INTERRUPTED": 130}


def test_an_interrupted_verb_ends_with_its_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(score_verb, "_run", interrupt)

    assert regrade.main(["score", "cases.jsonl"]) == ExitCode.INTERRUPTED


def test_the_version_is_that_of_the_installed_package(capsys: Captured) -> None:
    assert ended(["--version"]) == 0

    assert capsys.readouterr().out == f"regrade {metadata.version('regrade')}\n"


def test_a_checkout_that_is_not_installed_says_so_instead_of_a_version(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def nothing_installed(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", nothing_installed)

    assert ended(["--version"]) == 0
    assert capsys.readouterr().out == "regrade (version unknown: this checkout is not installed)\n"


def test_the_help_lists_each_study_with_what_it_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    assert ended(["study", "--help"]) == 0

    listed = re.findall(r"^    (\S+)\s+\S.*\?$", capsys.readouterr().out, re.MULTILINE)
    assert listed == list(STUDIES)
    assert "\n    study " in regrade.parser().format_help()


@pytest.mark.parametrize("name", [*STUDIES, "more_damage"])
def test_each_study_explains_its_options(name: str, capsys: Captured) -> None:
    assert ended(["study", name, "--help"]) == 0

    assert f"usage: regrade study {name.replace('_', '-')} " in capsys.readouterr().out


def test_an_unknown_study_is_refused_with_the_names_of_those_there_are(capsys: Captured) -> None:
    assert ended(["study", "fivefold"]) == ExitCode.ASKED_WRONGLY

    told = capsys.readouterr().err
    assert "'fivefold'" in told
    assert all(name in told for name in STUDIES)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["risk", "--state"], "--state needs --release DIR: the champion is not changed in place"),
        (["tenfold", "--card"], "--card needs --release DIR: the champion is not changed in place"),
        (["tenfold", "--found", "tenfold.json"], "--found FILE goes with --card"),
    ],
)
def test_a_study_changes_no_release_that_was_not_named(words: list[str], said: str, capsys: Captured) -> None:
    assert regrade.main(["study", *words]) == ExitCode.ASKED_WRONGLY

    assert said in only_line(capsys)


def test_tables_that_a_study_lacks_are_named(tmp_path: Path, capsys: Captured) -> None:
    assert regrade.main(["study", "elsewhere", str(tmp_path)]) == ExitCode.DONE

    assert f"ISLR/Caravan: not in {tmp_path}, left out" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("verb", ["backfill", "compare", "release"])
def test_a_verb_that_is_not_there_yet_is_not_listed(verb: str) -> None:
    assert f"\n    {verb} " not in regrade.parser().format_help()


def test_a_small_world_is_written(tmp_path: Path, capsys: Captured) -> None:
    code = regrade.main(["simulate", "--seed", "3", "--returns", "200", "--out", str(tmp_path)])

    assert code == 0
    assert len((tmp_path / "cases.jsonl").read_text().splitlines()) >= 200
    assert "rmas" in capsys.readouterr().out


def ended(words: list[str]) -> int | str | None:
    """Return the exit code of words that argparse answers by itself."""
    with pytest.raises(SystemExit) as exit_:
        regrade.main(words)
    return exit_.value.code


def photo_paths(device: DemoReturn) -> list[str]:
    return [str(photo.path) for photo in device.photos]


def only_line(capsys: Captured) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("regrade: ")
    return line


def test_returns_and_scans_of_other_systems_are_scored(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "returns.x12").write_text(interchange(RETURN))
    (tmp_path / "shipments.x12").write_text(interchange(PARCEL))
    (tmp_path / "events.json").write_text(json.dumps(document(RECEIVED)))
    scans = ["--scans", str(tmp_path / "shipments.x12"), "--scans", str(tmp_path / "events.json")]

    code = regrade.main(["score", str(tmp_path / "returns.x12"), *scans])

    printed = capsys.readouterr()
    (answer,) = [json.loads(line) for line in printed.out.splitlines()]
    assert code == 0
    assert (answer["rma_id"], answer["moment"]) == ("RMA-10023", "T1")
    assert "regrade: note: times of PRF without a zone: taken as UTC" in printed.err


def test_a_broken_message_ends_with_one_line_that_says_where(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "returns.x12").write_text(interchange(RETURN).replace("SE*14*", "SE*15*"))

    code = regrade.main(["score", str(tmp_path / "returns.x12")])

    (line,) = capsys.readouterr().err.splitlines()
    assert code == 2
    assert line.startswith("regrade: returns.x12: segment 16 (SE01): says '15' segments, 14 are there")


@pytest.mark.parametrize(
    "moment", ["2026-03-01T09:30:00", "soon", "0001-01-01T00:00:00+14:00", "2100-01-01T00:00:00Z"]
)
def test_a_moment_without_a_zone_is_refused(moment: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit):
        regrade.main(["score", "returns.x12", "--as-of", moment])

    assert "--as-of" in capsys.readouterr().err
