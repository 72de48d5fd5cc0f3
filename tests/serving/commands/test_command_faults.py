"""What the surroundings lack is told in one line, and the exit code says whose fault it is."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

import regrade
from serving.commands.command_line import ExitCode
from serving.demo.returns import DemoReturn, shipped_returns

Captured = pytest.CaptureFixture[str]
FAILED, ASKED_WRONGLY = ExitCode.FAILED, ExitCode.ASKED_WRONGLY


@pytest.fixture(scope="module")
def honest() -> DemoReturn:
    return shipped_returns()[0]


@pytest.fixture
def decide(honest: DemoReturn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the words that decide a good case, in a folder with files that fit nothing."""
    monkeypatch.chdir(tmp_path)
    Path("case.json").write_text(json.dumps(honest.case))
    Path("folder").mkdir()
    Path("bytes").write_bytes(b"\xff\xfe\x00")
    Path("list.yaml").write_text("[1, 2]")
    Path("open.yaml").write_text("a: [")
    Path("other.yaml").write_text("colour: red\nsize: 1\n")
    return ["decide", "--case", "case.json", "--record", "sqlite:///record.sqlite"]


def told(capsys: Captured) -> str:
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("regrade: ")
    return line


@pytest.mark.parametrize("value", ["missing", "folder", "bytes", "list.yaml", "open.yaml", "other.yaml"])
@pytest.mark.parametrize(
    ("variable", "code"),
    [
        ("REGRADE_MODELS", FAILED),
        ("REGRADE_POLICY", ASKED_WRONGLY),
        ("REGRADE_SIZES", ASKED_WRONGLY),
        ("REGRADE_PREVALENCE", ASKED_WRONGLY),
        ("REGRADE_RATES", ASKED_WRONGLY),
    ],
)
def test_a_variable_that_names_nothing_usable_is_told_in_one_line(
    decide: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
    variable: str,
    value: str,
    code: ExitCode,
) -> None:
    monkeypatch.setenv(variable, value)

    assert regrade.main(decide) == code
    assert value in told(capsys)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("sqlite:///missing/record.sqlite", ASKED_WRONGLY),
        ("sqlite:///folder", ASKED_WRONGLY),
        ("sqlite:///case.json", ASKED_WRONGLY),
        ("sqlite:////dev/full", FAILED),
        ("oracel://me:s3cret@host/x", ASKED_WRONGLY),
        ("", ASKED_WRONGLY),
        ("sqlite://", ASKED_WRONGLY),
        ("sqlite:///", ASKED_WRONGLY),
        ("sqlite:///record.sqlite?colour=red", ASKED_WRONGLY),
        ("sqlite+aiosqlite:///record.sqlite", ASKED_WRONGLY),
    ],
)
def test_a_record_that_can_not_be_used_is_told_in_one_line(
    decide: list[str], capsys: Captured, url: str, code: ExitCode
) -> None:
    assert regrade.main([*decide[:-1], url]) == code
    assert "s3cret" not in told(capsys)


@pytest.mark.parametrize("file", ["missing", "folder", "bytes"])
def test_a_photo_that_can_not_be_read_is_named(decide: list[str], capsys: Captured, file: str) -> None:
    assert regrade.main([*decide, file]) == ASKED_WRONGLY
    assert file in told(capsys)


def test_a_photo_without_an_end_is_not_read_to_its_end(decide: list[str], capsys: Captured) -> None:
    assert regrade.main([*decide, "/dev/zero"]) == ASKED_WRONGLY
    assert "/dev/zero has over" in told(capsys)


@pytest.mark.parametrize(
    ("option", "value"), [("--port", "0"), ("--port", "70000"), ("--workers", "0"), ("--workers", "-1")]
)
def test_a_number_that_no_service_can_have_is_refused(capsys: Captured, option: str, value: str) -> None:
    with pytest.raises(SystemExit) as ended:
        regrade.main(["serve", option, value])

    assert ended.value.code == ASKED_WRONGLY
    assert "is not a whole number from 1 to" in capsys.readouterr().err


def test_nothing_that_is_run_is_told_to_the_maker_of_onnxruntime(decide: list[str], tmp_path: Path) -> None:
    home = tmp_path / "home"

    ended = in_a_shell(decide, HOME=str(home))

    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    # Its telemetry kept a device's identity there.
    assert not home.exists()


def test_output_that_can_not_be_written_is_told(decide: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = in_a_shell(decide, stdout=full)

    assert ended.returncode == FAILED
    assert ended.stderr.splitlines() == [
        "regrade: the output can't be written: No space left on device; make room for it"
    ]


@pytest.mark.parametrize(
    ("closed", "code"), [("<&-", 0), (">&-", FAILED), ("2>&-", 0), ("<&- >&- 2>&-", FAILED)]
)
def test_whatever_was_closed_nothing_is_lost_without_an_exit_code(
    decide: list[str], closed: str, code: ExitCode
) -> None:
    ended = in_a_shell(decide, shell=closed)

    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr
    assert bool(ended.stdout) == (code == 0)


def test_a_closed_input_is_told_where_it_is_to_be_read(decide: list[str]) -> None:
    ended = in_a_shell(["score", "-"], shell="<&-")

    assert ended.returncode == ASKED_WRONGLY
    assert ended.stderr.splitlines() == [
        "regrade: - stands for the standard input, which is closed: name a file"
    ]


def test_what_is_told_where_nobody_listens_is_not_among_the_output(decide: list[str]) -> None:
    ended = in_a_shell([*decide, "missing.jpg"], shell="2>&-")

    assert (ended.returncode, ended.stdout) == (ASKED_WRONGLY, "")


def test_an_empty_name_is_not_the_folder_here(decide: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit):
        regrade.main(["grade", ""])

    assert "'' names no file" in capsys.readouterr().err


def test_a_picture_is_not_written_over_a_photo(
    decide: list[str], honest: DemoReturn, capsys: Captured
) -> None:
    body = honest.photos[0].path.read_bytes()
    photos = [Path("front.jpg"), Path("folder/front.jpg")]
    for photo in photos:
        photo.write_bytes(body)

    for given, picture in ("front.jpg", "./front.jpg"), ("folder", "folder/front.jpg"):
        assert regrade.main(["grade", given, "--overlay", picture]) == ASKED_WRONGLY
        assert "is one of the photos" in told(capsys)
    assert [photo.read_bytes() for photo in photos] == [body] * 2


def test_a_photo_in_place_of_the_case_is_named(decide: list[str], capsys: Captured) -> None:
    Path("front.jpg").write_bytes(b"\xff\xd8\xff\xe0\n{\n{\n" + bytes(100))

    assert regrade.main(["decide", "--case", "front.jpg", *decide[3:]]) == ASKED_WRONGLY
    assert "a picture" in told(capsys)


def in_a_shell(
    words: list[str], stdout: int | IO[str] = subprocess.PIPE, shell: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    clone = Path(regrade.__file__).parent
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {shell}', "sh", sys.executable, "-P", "-m", "regrade", *words],
        env={**os.environ, "PYTHONPATH": str(clone), **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
