"""`regrade backup` and `regrade restore` carry a record from one database to another."""

from pathlib import Path

import pytest

import regrade
from serving.commands.command_line import ExitCode
from tests.serving.record.entries import filled_record

Captured = pytest.CaptureFixture[str]


def test_a_record_is_moved_to_another_database(
    sqlite_url: str, postgres_url: str, tmp_path: Path, capsys: Captured
) -> None:
    backup, anchor = str(tmp_path / "backup.sqlite"), str(tmp_path / "anchor.json")
    filled_record(sqlite_url).close()

    assert regrade.main(["verify-record", "--record", sqlite_url, "--anchor", anchor]) == ExitCode.DONE
    assert regrade.main(["backup", "--record", sqlite_url, "--to", backup]) == ExitCode.DONE
    assert regrade.main(["restore", "--record", postgres_url, "--from", backup]) == ExitCode.DONE
    assert regrade.main(["verify-record", "--record", postgres_url, "--against", anchor]) == ExitCode.DONE

    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith(f"backed up to {backup}: 45 entries up to ")
    assert lines[3].startswith(f"restored from {backup}: 45 entries up to ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["backup", "--to", "new.sqlite"], "there is no file missing.sqlite"),
        (["restore", "--from", "none.sqlite"], "there is no file none.sqlite"),
        (["restore", "--from", "notes.txt"], "it is no SQLite database"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("these are notes, and no database of any program")

    code = regrade.main([*words, "--record", "sqlite:///missing.sqlite"])

    (line,) = capsys.readouterr().err.splitlines()
    assert code == ExitCode.ASKED_WRONGLY
    assert says in line
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
