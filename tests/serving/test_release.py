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


def rewrite(copy, change, golden=None):
    """Change a manifest, and the golden arrays with their hash."""
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    if golden is not None:
        np.savez_compressed(copy / "golden.npz", **golden)
        manifest["files"]["golden.npz"] = sha256_of(copy / "golden.npz")
    change(manifest["files"])
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize("file", ["model.onnx", "golden.npz"])
def test_a_file_whose_hash_no_manifest_gives_is_not_opened(copy, file):
    """A graph that the manifest leaves out could be changed without a word."""
    rewrite(copy, lambda files: files.pop(file))
    with pytest.raises(BrokenRelease, match=f"gives no sha256 of {file}"):
        open_session(open_folder(copy))


@pytest.mark.parametrize("rows", [None, 0])
def test_an_output_without_a_golden_answer_is_refused(copy, rows):
    """It was passed over: only the outputs that the golden file named were compared."""
    golden = dict(np.load(copy / "golden.npz"))
    left = golden.pop("output_defects_logits")
    if rows is not None:
        golden["output_defects_logits"] = left[:rows]
    rewrite(copy, lambda files: files, golden)
    with pytest.raises(BrokenRelease, match="no golden answer of defects_logits"):
        open_session(open_folder(copy))


def test_an_output_of_another_shape_than_its_golden_answer_is_refused(copy):
    golden = dict(np.load(copy / "golden.npz"))
    golden["output_map_logits"] = golden["output_map_logits"][:, :, :1]
    rewrite(copy, lambda files: files, golden)
    with pytest.raises(BrokenRelease, match="map_logits is inf from its golden one"):
        open_session(open_folder(copy))


def test_an_unknown_model_is_named(tmp_path):
    (tmp_path / "champions.json").write_text('{"condition": "1"}', encoding="utf-8")
    with pytest.raises(BrokenRelease, match="names no model 'fraud'"):
        open_release("fraud", root=tmp_path)


def test_models_can_be_taken_from_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setenv("REGRADE_MODELS", str(tmp_path))
    with pytest.raises(BrokenRelease, match="REGRADE_MODELS"):
        open_release("condition")


def edited(copy, **entries):
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    kept = {name: value for name, value in {**manifest, **entries}.items() if value is not None}
    (copy / "manifest.json").write_text(json.dumps(kept), encoding="utf-8")


@pytest.mark.parametrize("text", [b"\xff", b"{", b"[1]", b"null", b'"text"', b"{}", b"[" * 100_000])
def test_a_manifest_that_is_none_is_told_in_one_line(copy, text):
    (copy / "manifest.json").write_bytes(text)
    with pytest.raises(BrokenRelease, match=r"manifest.json.*restore the release") as refused:
        open_folder(copy)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("entry", ["name", "version", "files"])
def test_an_entry_that_a_manifest_lacks_is_named(copy, entry):
    edited(copy, **{entry: None})
    with pytest.raises(BrokenRelease, match=f"no entry '{entry}'"):
        open_folder(copy)


@pytest.mark.parametrize("files", [[1], "model.onnx", 1])
def test_hashes_that_are_no_table_are_told(copy, files):
    edited(copy, files=files)
    with pytest.raises(BrokenRelease, match="restore the release"):
        open_folder(copy)


@pytest.mark.parametrize("file", ["model.onnx", "golden.npz"])
def test_a_file_that_can_not_be_loaded_is_named(copy, file):
    (copy / file).write_bytes(b"nothing that could be loaded")
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    edited(copy, files={**manifest["files"], file: sha256_of(copy / file)})
    with pytest.raises(BrokenRelease, match=file):
        open_session(open_folder(copy))


@pytest.mark.parametrize("champions", ["[]", "{}", "1", '{"condition": null}'])
def test_champions_that_name_no_release_are_told(monkeypatch, tmp_path, champions):
    monkeypatch.setenv("REGRADE_MODELS", str(tmp_path))
    (tmp_path / "champions.json").write_text(champions)
    with pytest.raises(BrokenRelease, match=r"restore|set REGRADE_MODELS"):
        open_release("condition")


def test_a_file_in_place_of_the_folder_of_releases_is_told(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("REGRADE_MODELS", str(tmp_path / "file"))
    with pytest.raises(BrokenRelease, match="set REGRADE_MODELS to a folder of releases"):
        open_release("condition")
