"""A plain install is light, brings models and policies along, and serves soon, away from any clone."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serving.demo.returns import shipped_returns
from serving.demo.running_service import running_service
from tests.start_cost import MOST_LOADS, children_cpu_s, load_cpu_s

pytestmark = pytest.mark.slow

ROOMS = ("data", "features", "serving", "training", "models")
FILES = ("regrade.py", "pyproject.toml", "README.md", "LICENSE")
NOT_FOR_SERVING = {
    "torch",
    "torchvision",
    "mlflow",
    "lightgbm",
    "sklearn",
    "pandas",
    "cv2",
    "matplotlib",
}
SIZE_LIMIT_MB = 600


@pytest.fixture(scope="module")
def environment(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Install a wheel of the clone into a new virtual environment, which is removed afterwards."""
    folder = tmp_path_factory.mktemp("plain")
    source = folder / "source"
    for name in (*ROOMS, *FILES):
        copy(clone / name, source / name)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python: str | Path = folder / "venv/bin/python"
    pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", clone / "constraints.txt", source], check=True)
    yield folder / "venv"
    shutil.rmtree(folder)


def test_a_plain_install_stays_under_its_size(environment: Path) -> None:
    files = (path for path in environment.rglob("*") if path.is_file() and not path.is_symlink())
    size_mb = sum(path.stat().st_size for path in files) / 1e6

    assert size_mb < SIZE_LIMIT_MB


def test_a_plain_install_brings_nothing_that_only_training_needs(environment: Path) -> None:
    (packages,) = environment.glob("lib/python*/site-packages")

    assert NOT_FOR_SERVING & {path.name for path in packages.iterdir()} == set()


def test_an_installed_regrade_grades_a_photo_away_from_the_clone(environment: Path, tmp_path: Path) -> None:
    photo = shutil.copy(readable_photo(), tmp_path)

    result = run(environment, "grade", "--json", photo, cwd=tmp_path)

    assert result.returncode == 0, result.stderr
    assert {"grade", "defects", "photos", "model"} <= json.loads(result.stdout).keys()


def test_an_installed_regrade_names_the_version_of_its_pyproject(
    clone: Path, environment: Path, tmp_path: Path
) -> None:
    project = tomllib.loads((clone / "pyproject.toml").read_text())["project"]

    result = run(environment, "--version", cwd=tmp_path)

    assert result.stdout == f"regrade {project['version']}\n"


def test_what_the_code_reads_beside_itself_travels_with_it(clone: Path, environment: Path) -> None:
    (packages,) = environment.glob("lib/python*/site-packages")
    files = [
        path.relative_to(clone)
        for room in ROOMS
        for path in (clone / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]

    assert [str(path) for path in files if not (packages / path).is_file()] == []


def test_a_training_verb_says_which_install_it_needs(environment: Path, tmp_path: Path) -> None:
    result = run(environment, "train", "fraud", cwd=tmp_path)

    assert result.returncode != 0
    assert 'pip install "regrade[train]"' in result.stderr
    assert "Traceback" not in result.stderr


def test_an_installed_service_is_ready_in_time(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before_s = children_cpu_s()
    service = running_service(
        record=f"sqlite:///{tmp_path / 'record.sqlite'}",
        log=tmp_path / "service.log",
        python=environment / "bin/python",
    )

    with service as address:
        response = httpx.get(f"{address}/station", follow_redirects=True, trust_env=False)

    assert response.status_code == 200
    # Of the processor, not of the clock, so that a busy machine can't fail it; the end counts as well.
    assert 0.5 < children_cpu_s() - before_s < MOST_LOADS * load_cpu_s(environment / "bin/python")


def readable_photo() -> Path:
    """Return a photo of the first demo return, which is an ordinary device."""
    return shipped_returns()[0].photos[0].path


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def run(environment: Path, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [environment / "bin/regrade", *arguments]
    return subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
