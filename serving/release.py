"""Open a released model: find its folder, check its hashes, and replay its golden inputs.

A release is a folder `models/<name>/<version>/` with

    model.onnx      the graph that answers
    manifest.json   input contract, classes, calibration, thresholds, metrics, sha256 of every other file
    card.md         what it was trained on and what it reaches
    golden.npz      `input_<x>` arrays, one for each graph input, and `output_<y>`, what they must answer

`models/champions.json` names the version that is served.
"""

import hashlib
import json
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from data.condition import ModelIdentity

CONDITION, FRAUD = "condition", "fraud"
"""The models that are served, by the names of their folders."""

MODELS_VARIABLE = "REGRADE_MODELS"
MODEL_FILE = "model.onnx"
MANIFEST_FILE = "manifest.json"
GOLDEN_FILE = "golden.npz"
CHAMPIONS_FILE = "champions.json"


class BrokenRelease(RuntimeError):
    """A release that is missing, was changed after it was made, or no longer answers as it did."""


@dataclass(frozen=True)
class Release:
    """One released model on disk, with its hashes verified."""

    name: str
    version: str
    folder: Path
    manifest: dict[str, Any]

    @property
    def identity(self) -> ModelIdentity:
        """Return the name, version and model hash that every answer carries."""
        return ModelIdentity(self.name, self.version, self.manifest["files"][MODEL_FILE])

    def path_of(self, file: str) -> Path:
        """Return where a file lies; raises BrokenRelease for one whose hash the manifest does not give."""
        if file not in self.manifest["files"]:
            raise BrokenRelease(
                f"{self.folder / MANIFEST_FILE} gives no sha256 of {file}, so nobody could tell whether it "
                "was changed; restore the release"
            )
        return self.folder / file


def models_root() -> Path:
    """Return the folder of released models: REGRADE_MODELS, or the one installed beside the code."""
    override = os.environ.get(MODELS_VARIABLE)
    return Path(override) if override else Path(str(resources.files("models")))


def champion_version(name: str, root: Path) -> str:
    """Return which version of a model is served."""
    champions = _read_json(root / CHAMPIONS_FILE)
    if name not in champions:
        there = ", ".join(champions) or "none"
        raise BrokenRelease(f"{root / CHAMPIONS_FILE} names no model {name!r}; it names {there}: restore it")
    return str(champions[name])


def open_release(name: str, *, version: str | None = None, root: Path | None = None) -> Release:
    """Open the champion, or a given version, of a model.

    Raises BrokenRelease if a file is missing or its hash is not the manifest's.
    """
    root = root or models_root()
    version = version or champion_version(name, root)
    return open_folder(root / name / version)


def open_releases(folder: Path) -> dict[str, Release]:
    """Open every model that a folder holds: one release, or the champions of a folder like `models/`.

    Raises BrokenRelease as open_release does, and where there is neither.
    """
    if (folder / MANIFEST_FILE).is_file():
        release = open_folder(folder)
        return {release.name: release}
    if not (folder / CHAMPIONS_FILE).is_file():
        raise BrokenRelease(
            f"{folder} holds no release: name a folder with {MANIFEST_FILE}, or one with {CHAMPIONS_FILE} "
            "like that of the models"
        )
    return {name: open_release(name, root=folder) for name in _read_json(folder / CHAMPIONS_FILE)}


def open_folder(folder: Path) -> Release:
    """Open a release by its folder, wherever it lies.

    Raises BrokenRelease as open_release does.
    """
    manifest = _read_json(folder / MANIFEST_FILE)
    with reading_manifest(folder):
        release = Release(manifest["name"], manifest["version"], folder, manifest)
        hashes = {**manifest["files"]}
    for file, expected in hashes.items():
        _require_hash(folder / file, expected)
    return release


@contextmanager
def reading_manifest(folder: Path) -> Iterator[None]:
    """Raise BrokenRelease where a manifest lacks an entry or has a wrong one."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        # One of our own says by itself which file is wrong.
        if type(error).__module__ != "builtins":
            raise
        said = f"no entry {error}" if isinstance(error, KeyError) else str(error)
        raise BrokenRelease(f"{folder / MANIFEST_FILE}: {said}; restore the release") from error


def open_session(
    release: Release, *, threads: int = 1, graph: str = MODEL_FILE, golden: str = GOLDEN_FILE
) -> onnxruntime.InferenceSession:
    """Load a graph on the CPU with a fixed number of threads and replay the golden inputs.

    Raises BrokenRelease if an answer is further from the golden one than the manifest's tolerance, or is not
    among the golden ones.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = _load(release.path_of(graph), options)
    _replay_golden(release, session, golden)
    return session


def _load(graph: Path, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # Those of onnxruntime have no base in common.
        said = " ".join(str(error).split())
        raise BrokenRelease(
            f"{graph} can't be loaded by onnxruntime {onnxruntime.__version__} ({said}); restore the release "
            "or install the version it was made with"
        ) from error


def sha256_of(path: Path) -> str:
    """Return the hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_golden(release: Release, file: str = GOLDEN_FILE) -> dict[str, NDArray[Any]]:
    """Return the golden arrays of a release by name: `input_<x>` and `output_<y>`."""
    path = release.path_of(file)
    try:
        with np.load(path) as golden:
            return {name: golden[name] for name in golden.files}
    except (OSError, ValueError, EOFError, AttributeError, BadZipFile) as error:
        raise BrokenRelease(f"{path} holds no arrays that can be read; restore the release") from error


def _replay_golden(release: Release, session: onnxruntime.InferenceSession, file: str) -> None:
    golden = read_golden(release, file)
    inputs = {key.removeprefix("input_"): golden[key] for key in golden if key.startswith("input_")}
    names = [output.name for output in session.get_outputs()]
    _require_golden(release, golden, names)
    with reading_manifest(release.folder):
        tolerance = float(release.manifest["golden_tolerance"])
    for name, answer in zip(names, session.run(names, inputs), strict=True):
        expected = golden[f"output_{name}"]
        is_comparable = answer.shape == expected.shape
        difference = float(np.abs(answer - expected).max()) if is_comparable else math.inf
        if not difference <= tolerance:
            raise BrokenRelease(
                f"{release.name} {release.version}: output {name} is {difference:.3g} from its golden one, "
                f"allowed {tolerance:.3g}; restore the release or install the versions it was made with"
            )


def _require_golden(release: Release, golden: dict[str, NDArray[Any]], names: Sequence[str]) -> None:
    """Raise BrokenRelease unless there is something to hold every output of a graph against."""
    unchecked = [
        name for name in names if f"output_{name}" not in golden or not golden[f"output_{name}"].size
    ]
    if unchecked:
        raise BrokenRelease(
            f"{release.name} {release.version}: no golden answer of {', '.join(unchecked)}; restore it"
        )


def _require_hash(path: Path, expected: str) -> None:
    if not path.is_file():
        raise BrokenRelease(f"{path} is missing; restore the release folder")
    found = sha256_of(path)
    if found != expected:
        raise BrokenRelease(f"{path} has sha256 {found}, its manifest says {expected}; restore the file")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise BrokenRelease(f"{path} is missing; set {MODELS_VARIABLE} to a folder of releases") from error
    except OSError as error:
        raise BrokenRelease(
            f"{path} can't be read ({error.strerror}); set {MODELS_VARIABLE} to a folder of releases"
        ) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise BrokenRelease(f"{path} is not JSON of an object ({error}); restore the release") from error
