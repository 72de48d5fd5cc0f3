"""The rooms import in one direction, and the contract that says so notices when they do not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOMS = ("data", "features", "serving", "training")

LEFT = "imports only from its left"
LIGHT = "stay light"
FLOORS = "nothing of the record or of who asks"
DRAWING = "built up from its surfaces"
APART = "labelled photos stand apart"
STUDIES = "Studies stand above"

# Who reaches, for what, and the contract that says no.
VIOLATIONS = [
    ("data", "features", LEFT),
    ("features", "serving", LEFT),
    ("serving", "training", LEFT),
    ("serving", "torch", LIGHT),
    ("data", "pandas", LIGHT),
    ("features", "sqlalchemy", "no server and no database"),
    ("serving.condition", "serving.record", FLOORS),
    ("serving.condition", "serving.startup", FLOORS),
    ("serving.fraud", "serving.http.problems", FLOORS),
    ("serving.fraud", "serving.disposition", FLOORS),
    ("serving.disposition", "serving.record.entry", FLOORS),
    ("serving.disposition", "serving.commands", FLOORS),
    ("serving.record", "serving.http.answers", FLOORS),
    ("serving.record", "serving.demo", FLOORS),
    ("serving.http", "serving.commands", FLOORS),
    ("serving.replay", "serving.http", FLOORS),
    ("serving.record", "serving.replay", FLOORS),
    ("data.drawing.surface", "data.drawing.optics", DRAWING),
    ("data.drawing.optics", "data.drawing.screen", DRAWING),
    ("data.drawing.screen", "data.drawing.device", DRAWING),
    ("data.drawing.device", "data.drawing.damage", DRAWING),
    ("data.drawing.damage", "data.drawing.scene", DRAWING),
    ("data.drawing.scene", "data.drawing.photos", DRAWING),
    ("data.world", "data.inbound", APART),
    ("data.labelled", "data.drawing", APART),
    ("training.condition", "training.fraud", STUDIES),
    ("training.fraud", "training.studies.elsewhere", STUDIES),
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


@pytest.mark.parametrize(("folder", "reached", "contract"), VIOLATIONS)
def test_an_import_against_the_direction_breaks_the_contract(
    copied_house: Path, folder: str, reached: str, contract: str
) -> None:
    add_module(copied_house, f"{folder}.reach", f"import {reached}")

    result = run_import_linter(copied_house)

    assert result.returncode == 1, result.stdout
    assert any(contract in name for name in broken_contracts(result)), result.stdout
    assert f"{folder}.reach" in result.stdout


@pytest.mark.parametrize(
    ("module", "reached", "parent"),
    [
        ("data.world.people.reach", "data.world.written", "data.world"),
        ("data.inbound.x12.reach", "data.inbound.source", "data.inbound"),
    ],
)
def test_a_circle_of_folders_is_told(copied_house: Path, module: str, reached: str, parent: str) -> None:
    add_module(copied_house, module, f"import {reached}")

    result = run_import_linter(copied_house)

    assert broken_contracts(result) == ["No circle among the modules or the folders of a room"]
    assert f"allowed in {parent}." in result.stdout


@pytest.mark.parametrize("folder", ["serving", "data.drawing", "training"])
def test_a_new_module_or_folder_without_a_floor_is_told(copied_house: Path, folder: str) -> None:
    add_module(copied_house, f"{folder}.annex", "import json")

    result = run_import_linter(copied_house)

    assert result.returncode == 1, result.stdout
    assert f"{folder}.annex" in result.stdout


def add_module(house: Path, module: str, line: str) -> None:
    path = (house / module.replace(".", "/")).with_suffix(".py")
    path.write_text(f'"""Reach where this folder must not."""\n\n{line}\n')


def broken_contracts(result: subprocess.CompletedProcess[str]) -> list[str]:
    rows = result.stdout.splitlines()
    return [row.removesuffix("BROKEN").strip() for row in rows if row.endswith("BROKEN")]


def run_import_linter(house: Path) -> subprocess.CompletedProcess[str]:
    # The copy comes first on the path, so that it is read instead of the installed clone.
    environment = {**os.environ, "PYTHONPATH": str(house)}
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False)
