"""The rooms import in one direction, and the contract that says so notices when they do not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOMS = ("data", "features", "serving", "training")

VIOLATIONS = [
    pytest.param("data/reach.py", "import features", "imports only from its left", id="data-features"),
    pytest.param("features/reach.py", "import serving", "imports only from its left", id="features-serving"),
    pytest.param("serving/reach.py", "import training", "imports only from its left", id="serving-training"),
    pytest.param("serving/reach.py", "import torch", "stay light", id="serving-torch"),
    pytest.param("data/reach.py", "import pandas", "stay light", id="data-pandas"),
    pytest.param(
        "features/reach.py", "import sqlalchemy", "no server and no database", id="features-sqlalchemy"
    ),
]


@pytest.fixture
def copied_house(clone: Path, tmp_path: Path) -> Path:
    shutil.copy(clone / "pyproject.toml", tmp_path)
    for room in ROOMS:
        for module in (clone / room).rglob("*.py"):
            target = tmp_path / module.relative_to(clone)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(module, target)
    return tmp_path


def test_rooms_import_only_from_their_left(copied_house: Path) -> None:
    result = run_import_linter(copied_house)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("path", "line", "contract"), VIOLATIONS)
def test_an_import_against_the_direction_breaks_the_contract(
    copied_house: Path, path: str, line: str, contract: str
) -> None:
    (copied_house / path).write_text(f'"""Reach where this room must not."""\n\n{line}\n')

    result = run_import_linter(copied_house)

    assert result.returncode == 1, result.stdout
    broken = [row for row in result.stdout.splitlines() if row.endswith("BROKEN")]
    assert any(contract in row for row in broken), result.stdout
    assert path.removesuffix(".py").replace("/", ".") in result.stdout


def run_import_linter(house: Path) -> subprocess.CompletedProcess[str]:
    # The copy comes first on the path, so that it is read instead of the installed clone.
    environment = {**os.environ, "PYTHONPATH": str(house)}
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False)
