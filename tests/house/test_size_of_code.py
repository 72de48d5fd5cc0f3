"""Files and functions stay small enough to be read in one go: a generous fence, not the aim."""

import ast
from collections.abc import Iterator
from pathlib import Path

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
ROOMS = ("data", "features", "serving", "training", "tests")


def python_files(clone: Path) -> Iterator[Path]:
    yield clone / "regrade.py"
    for room in ROOMS:
        # What the page's linter brings along holds a Python file too.
        paths = sorted((clone / room).rglob("*.py"))
        yield from (path for path in paths if "node_modules" not in path.parts)


def test_no_file_outgrows_one_noun(clone: Path) -> None:
    sizes = {str(path.relative_to(clone)): line_count(path) for path in python_files(clone)}

    assert {path: lines for path, lines in sizes.items() if lines > MAX_FILE_LINES} == {}


def test_no_function_outgrows_a_screen(clone: Path) -> None:
    long = {
        f"{path.relative_to(clone)}:{function.name}": lines
        for path in python_files(clone)
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (function.end_lineno or 0) - function.lineno + 1) > MAX_FUNCTION_LINES
    }

    assert long == {}


def test_no_module_is_a_drawer_for_everything(clone: Path) -> None:
    drawers = {"utils", "util", "helpers", "common", "misc"}

    assert [str(path) for path in python_files(clone) if path.stem in drawers] == []


def line_count(path: Path) -> int:
    return len(path.read_text().splitlines())
