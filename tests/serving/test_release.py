"""A release opens only if nothing changed since it was made and it still answers as it did."""

import json
import shutil

import numpy as np
import pytest

from serving.release import (
    BrokenRelease,
    champion_version,
    models_root,
    open_folder,
    open_release,
    open_session,
    sha256_of,
)


@pytest.fixture
def copy(tmp_path):
    """A private copy of the served condition release."""
    folder = tmp_path / "condition" / "1"
    shutil.copytree(models_root() / "condition" / champion_version("condition", models_root()), folder)
    return folder


@pytest.mark.parametrize("name", ["condition", "fraud"])
def test_the_champions_open_and_replay_their_golden_inputs(name):
    release = open_release(name)
    assert open_session(release).get_outputs()
    assert release.identity.sha256 == sha256_of(release.folder / "model.onnx")


@pytest.mark.parametrize("file", ["model.onnx", "card.md", "golden.npz"])
def test_a_changed_file_is_refused(copy, file):
    with (copy / file).open("ab") as body:
        body.write(b"x")
    with pytest.raises(BrokenRelease, match=file):
        open_folder(copy)


def test_a_missing_file_is_refused(copy):
    (copy / "model.onnx").unlink()
    with pytest.raises(BrokenRelease, match="missing"):
        open_folder(copy)


def test_a_release_that_answers_differently_is_refused(copy):
    golden = dict(np.load(copy / "golden.npz"))
    key = next(name for name in golden if name.startswith("output_"))
    golden[key] = golden[key] + 1.0
    np.savez_compressed(copy / "golden.npz", **golden)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["golden.npz"] = sha256_of(copy / "golden.npz")
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(BrokenRelease, match="from its golden one"):
        open_session(open_folder(copy))


def test_an_unknown_model_is_named(tmp_path):
    (tmp_path / "champions.json").write_text('{"condition": "1"}', encoding="utf-8")
    with pytest.raises(BrokenRelease, match="names no model 'fraud'"):
        open_release("fraud", root=tmp_path)


def test_models_can_be_taken_from_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setenv("REGRADE_MODELS", str(tmp_path))
    with pytest.raises(BrokenRelease, match="REGRADE_MODELS"):
        open_release("condition")
