"""What a start tells: on stderr, once, with the way out."""

import logging
from datetime import UTC, datetime

import pytest

from serving.condition.criteria.prevalence import DEFAULT_PREVALENCE
from serving.settings import InvalidSetting, Settings
from serving.start_notes import warn
from serving.startup import open_grader, open_pipeline


def test_a_note_goes_to_stderr_once_however_often_something_is_told(capsys):
    warn(["first"])
    warn(["second"])
    assert capsys.readouterr().err == "regrade: warning: first\nregrade: warning: second\n"


def test_a_note_goes_to_stderr_where_logs_go_elsewhere(capsys, monkeypatch):
    """BentoML's workers log to stdout."""
    elsewhere = logging.NullHandler()
    monkeypatch.setattr(logging.getLogger(), "handlers", [elsewhere])
    warn(["told"])
    assert capsys.readouterr().err == "regrade: warning: told\n"


def test_a_start_with_rules_that_nobody_measured_says_why_and_what_to_do(capsys, tmp_path):
    own = tmp_path / "prevalence.yaml"
    own.write_text(DEFAULT_PREVALENCE.read_text().replace("crack: 0.06", "crack: 0.01"))
    open_grader(Settings(prevalence=own))
    told = capsys.readouterr().err
    assert "no grade is given without a person: the prevalence file assumed 1" in told
    assert "regrade study seen --release DIR --state" in told


def test_a_start_with_what_ships_says_nothing(capsys):
    open_grader(Settings())
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["REGRADE_POLCY", "REGRADE_PREVALENSE"])
def test_a_misspelt_setting_is_told_for_it_changes_nothing(capsys, name):
    """An operator's own policy was left aside without a word."""
    assert Settings.of({name: "own.yaml", "PATH": "/bin"}) == Settings()
    told = capsys.readouterr().err
    assert f"{name} is no setting" in told
    assert "REGRADE_POLICY" in told


def test_known_settings_are_not_told(capsys):
    Settings.of(Settings().variables())
    assert capsys.readouterr().err == ""


def test_a_memory_that_is_switched_off_is_told(capsys, tmp_path):
    settings = Settings.of(
        {"REGRADE_MEMORY": "off", "REGRADE_RECORD": f"sqlite:///{tmp_path / 'record.sqlite'}"}
    )
    pipeline = open_pipeline(settings, clock=lambda: datetime.now(UTC), new_id=str)
    pipeline.record.close()

    assert not pipeline.remembers
    assert "REGRADE_MEMORY is off: the record is not asked" in capsys.readouterr().err
    assert Settings.of(settings.variables()) == settings


def test_a_memory_that_is_neither_on_nor_off_is_refused():
    with pytest.raises(InvalidSetting, match="REGRADE_MEMORY is 'no'; give on or off"):
        Settings.of({"REGRADE_MEMORY": "no"})
