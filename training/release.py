"""Write a release folder that serving can open: files, hashes, golden inputs, card."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from serving.release import (
    GOLDEN_FILE,
    MANIFEST_FILE,
    MODEL_FILE,
    Release,
    open_folder,
    open_release,
    open_session,
    sha256_of,
)

CARD_FILE = "card.md"


def given_release(name: str, folder: Path | None) -> Release:
    """Open the release in a folder, by default the champion of that name; raises BrokenRelease."""
    return open_folder(folder) if folder else open_release(name)


def write_statement(folder: Path, name: str, stated: Any) -> None:
    """Write what was measured of a release into its manifest, where serving reads it."""
    path = folder / MANIFEST_FILE
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, name: stated}, indent=2) + "\n", encoding="utf-8")


def write_release(
    folder: Path,
    *,
    name: str,
    version: str,
    graph: bytes,
    manifest: Mapping[str, Any],
    card: str,
    golden_inputs: Mapping[str, npt.NDArray[Any]],
    golden_tolerance: float,
    extra_files: Mapping[str, bytes] | None = None,
) -> Release:
    """Write a release into `folder`, with its answers to the golden inputs, and open it as serving will.

    `graph` is the model as an ONNX file. `manifest` holds its own facts (contract, classes, calibration,
    thresholds, metrics); name, version, hashes and the golden tolerance are added here. Raises BrokenRelease
    if the result does not open.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(graph)
    (folder / CARD_FILE).write_text(card, encoding="utf-8")
    for file, body in (extra_files or {}).items():
        (folder / file).write_bytes(body)
    (folder / GOLDEN_FILE).write_bytes(golden_bytes(graph, golden_inputs))
    files = [MODEL_FILE, CARD_FILE, GOLDEN_FILE, *(extra_files or {})]
    whole = {
        "name": name,
        "version": version,
        **manifest,
        "golden_tolerance": golden_tolerance,
        "files": {file: sha256_of(folder / file) for file in files},
    }
    (folder / MANIFEST_FILE).write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    release = open_folder(folder)
    open_session(release)
    return release


def golden_bytes(graph: bytes, inputs: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Return the golden file of a graph: the inputs and what it answers to them."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    answers = dict(zip(names, session.run(names, dict(inputs)), strict=True))
    arrays: dict[str, Any] = {f"input_{key}": value for key, value in inputs.items()}
    arrays |= {f"output_{key}": value for key, value in answers.items()}
    body = io.BytesIO()
    np.savez_compressed(body, **arrays)
    return body.getvalue()
