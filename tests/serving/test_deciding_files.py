"""Every file whose bytes can change a decision is kept: none is opened that the list does not name."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from serving.deciding_files import Chosen, deciding_files, shipped_files
from serving.startup import FilesChanged, open_pipeline
from tests.serving.replay.decided import own_settings

HERE = Path(__file__).resolve().parents[2]
# Opened beside them; none has a say in what is decided.
NO_SAY = {
    "serving/record/database/patience-1.yaml": "how long a database is waited for",
    "serving/record/desk/desk-1.yaml": "what waits for people, and how urgently",
    "serving/record/photo_store/retention-1.yaml": "how long photos are kept",
}
# In a process of its own, because nobody takes an audit hook away again.
OPENED = """
import json, os, sys
opened = set()
sys.addaudithook(lambda event, args: event == "open" and opened.add(str(args[0])))
from serving.settings import Settings
from tests.serving.replay.decided import take_three, with_pipeline
with_pipeline(Settings.of(), take_three)
print(json.dumps(sorted(os.path.realpath(path) for path in opened if os.path.isfile(path))))
"""


def test_everything_that_is_opened_to_decide_is_kept(tmp_path: Path) -> None:
    settings = own_settings(tmp_path, f"sqlite:///{tmp_path / 'record.sqlite'}")
    ran = subprocess.run(
        [sys.executable, "-c", OPENED],
        cwd=HERE,
        env={"PYTHONPATH": str(HERE), "PATH": "", **settings.variables()},
        capture_output=True,
        text=True,
        check=True,
    )
    opened = {Path(path) for path in json.loads(ran.stdout)}
    rooms = [HERE / room for room in ("data", "features", "serving", "models")]
    ours = {
        path
        for path in opened
        if any(path.is_relative_to(room) for room in [*rooms, tmp_path / "models", *tmp_path.glob("own-*")])
        and path.suffix not in {".py", ".pyc"}
        and not path.is_relative_to(HERE / "data" / "demo")
    }
    listed = {path.resolve() for path in deciding_files(settings.chosen).values()}

    assert {str(path.relative_to(HERE)) for path in ours - listed} == NO_SAY.keys()
    assert {path.name for path in listed - ours} == set()


def test_every_file_has_a_part_of_its_own() -> None:
    shipped = shipped_files()

    assert len(set(shipped.values())) == len(shipped)
    assert [part for part in shipped if part[-1].isdigit()] == ["rates reference-1", "rates reference-2"]
    assert all(path.is_file() for path in deciding_files(Chosen()).values())


def test_a_file_that_is_changed_while_the_service_starts_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = own_settings(tmp_path, f"sqlite:///{tmp_path / 'record.sqlite'}")

    def open_and_edit(*_: object) -> None:
        with Path(settings.policy).open("a") as file:
            file.write("# edited just now\n")

    monkeypatch.setattr("serving.startup._judge_with", open_and_edit)

    with pytest.raises(FilesChanged, match=r"\(policy\): start again"):
        open_pipeline(settings, clock=lambda: pytest.fail("asked"), new_id=str)
