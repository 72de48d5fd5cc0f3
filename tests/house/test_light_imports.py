"""What serves imports nothing that only training needs, whatever else is installed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "torchvision", "mlflow", "lightgbm", "sklearn", "pandas")
LARGE = ("numpy", "pandas", "sklearn", "PIL", "bentoml", "onnxruntime", "pydantic", "rich")
SERVING_ROOMS = ("data", "features", "serving")


def test_serving_loads_nothing_that_only_training_needs(clone: Path) -> None:
    modules = [name for room in SERVING_ROOMS for name in modules_of(clone, room)]

    loaded = loaded_after(clone, import_lines(modules))

    assert sorted(loaded & set(HEAVY)) == []


def test_the_command_line_answers_help_before_loading_anything_large(clone: Path) -> None:
    loaded = loaded_after(clone, "import regrade; regrade.parser().format_help()")

    assert sorted(loaded & {*HEAVY, *LARGE}) == []


@pytest.mark.parametrize("room", [*SERVING_ROOMS, pytest.param("training", marks=pytest.mark.slow)])
def test_importing_a_room_prints_nothing_and_writes_nothing(clone: Path, room: str, tmp_path: Path) -> None:
    code = import_lines(modules_of(clone, room))

    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    assert list(tmp_path.iterdir()) == []


def modules_of(clone: Path, room: str) -> list[str]:
    paths = [path.relative_to(clone).with_suffix("") for path in sorted((clone / room).rglob("*.py"))]
    return [".".join(path.parts).removesuffix(".__init__") for path in paths]


def import_lines(modules: list[str]) -> str:
    return "\n".join(f"import {name}" for name in modules)


def loaded_after(clone: Path, code: str) -> set[str]:
    report = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", report], cwd=clone, capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(result.stdout.splitlines()[-1])}
