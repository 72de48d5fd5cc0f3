"""The Makefile says what is wrong with a machine before it installs anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def test_no_suitable_python_is_said_in_plain_words(clone: Path, tmp_path: Path) -> None:
    result = make(clone, "venv", f"VENV={tmp_path / 'venv'}", "PYTHONS=no-such-python /bin/false")

    assert result.returncode != 0
    assert "No Python 3.11 or newer" in result.stderr
    assert "make PYTHONS=" in result.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.slow
def test_the_first_suitable_python_makes_the_environment_once(clone: Path, tmp_path: Path) -> None:
    settings = (f"VENV={tmp_path / 'venv'}", f"PYTHONS=no-such-python {sys.executable}")

    first = make(clone, "venv", *settings)
    second = make(clone, "venv", *settings)

    assert first.returncode == 0, first.stderr
    assert (tmp_path / "venv/bin/python").exists()
    assert second.stdout.strip() in {"", "make: Nothing to be done for 'venv'."}


def make(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # MAKEFLAGS of the make that started these tests would leak its own variables.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)
