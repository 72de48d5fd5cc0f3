"""`regrade verify-record` says in its exit code and its lines whether somebody was at the record."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

import regrade
from serving.commands.command_line import ExitCode
from tests.serving.record.entries import entry, filled_record
from tests.serving.record.tampering import without_triggers

Captured = pytest.CaptureFixture[str]


def test_an_untouched_record_is_verified_and_anchored(
    record_url: str, tmp_path: Path, capsys: Captured
) -> None:
    anchor = tmp_path / "anchor.json"
    record = filled_record(record_url)

    assert regrade.main(["verify-record", "--record", record_url, "--anchor", str(anchor)]) == ExitCode.DONE
    first = capsys.readouterr().out.splitlines()
    record.append(entry("dec-later"))
    again = ["verify-record", "--record", record_url, "--against", str(anchor)]

    assert regrade.main(again) == ExitCode.DONE
    assert first[0].startswith("45 entries up to ")
    assert first[0].endswith("; 7 parts of rows are erased")
    assert json.loads(anchor.read_text())["position"] == 45
    assert capsys.readouterr().out.startswith("47 entries up to ")
    record.close()


def test_what_is_found_is_printed_and_no_anchor_is_written(
    record_url: str, tmp_path: Path, capsys: Captured
) -> None:
    record = filled_record(record_url)
    with without_triggers(record.engine) as connection:
        connection.execute(text("UPDATE decisions SET refund_amount = 5 WHERE decision_id = 'dec-1'"))
    record.close()
    anchor = tmp_path / "anchor.json"

    code = regrade.main(["verify-record", "--record", record_url, "--anchor", str(anchor)])

    told = capsys.readouterr()
    assert code == ExitCode.FAILED
    assert "changed_row: decisions 1: it is not what was kept at 2026-03-08T10:00:00.000000Z\n" in told.out
    assert "missing_trigger: decisions_" in told.out
    assert "things were found in the record: keep it as it is" in told.err
    assert not anchor.exists()


@pytest.mark.parametrize(
    ("record", "against", "says"),
    [
        ("sqlite:///missing.sqlite", None, "there is no file missing.sqlite"),
        ("sqlite:///empty.sqlite", None, "empty.sqlite holds no record yet"),
        ("sqlite:///empty.sqlite", "notes.txt", "notes.txt is no anchor"),
    ],
)
def test_what_is_no_record_or_no_anchor_is_told_in_one_line(
    record: str,
    against: str | None,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.sqlite").touch()
    Path("notes.txt").write_text("these are notes")
    words = ["verify-record", "--record", record, *(["--against", against] if against else [])]

    code = regrade.main(words)

    (line,) = capsys.readouterr().err.splitlines()
    assert code in {ExitCode.ASKED_WRONGLY, ExitCode.FAILED}
    assert says in line
    assert Path("empty.sqlite").stat().st_size == 0
    assert not Path("missing.sqlite").exists()
