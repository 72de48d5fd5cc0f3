"""Training the condition model from drawn photos to a release that serving opens."""

import json

import numpy as np
import pytest
import torch
import yaml

from data.condition import PhotoCode
from data.device import Surface
from serving.condition.model import ConditionModel
from serving.condition.requested_sides import SeenSide
from serving.release import open_folder
from training.condition import train
from training.condition.evaluate import evaluate_condition
from training.condition.export import ParityError, check_parity, export_onnx
from training.condition.lines.calibration_looks import RawLook
from training.condition.lines.side_belief import SideAnswer
from training.condition.network import KINDS, BadWeights, ConditionNet
from training.condition.settings import DEFAULT_SETTINGS
from training.condition.train import train_condition

SMALL = {
    "side_px": 128,
    "whole_px": 160,
    "device_px": 160,
    "detail_px": 256,
    "epochs": 1,
    "batch": 2,
    "drawn_per_epoch": 8,
    "drawn_pool": 8,
    "drawn_validation": 12,
}


@pytest.fixture
def settings_file(tmp_path):
    entries = yaml.safe_load(DEFAULT_SETTINGS.read_text(encoding="utf-8")) | SMALL
    path = tmp_path / "settings.yaml"
    path.write_text(yaml.safe_dump(entries), encoding="utf-8")
    return path


@pytest.fixture
def weights(tmp_path):
    """A random backbone with the statistics of noise, so that a run can learn from it."""
    torch.manual_seed(1)
    backbone = ConditionNet(pooled_cells=3).backbone.train()
    with torch.no_grad():
        for _ in range(30):
            backbone(torch.randn(4, 3, 128, 128))
    return saved(backbone, tmp_path)


def saved(backbone, folder):
    """Write a backbone as torchvision would save it."""
    state = {f"features.{name}": value for name, value in backbone.state_dict().items()}
    torch.save(state, folder / "weights.pth")
    return folder / "weights.pth"


def looks_at_sides():
    """Return what was seen of 31 fronts and 31 backs, one of which was taken for a front."""
    front, back = Surface.FRONT, Surface.BACK
    pairs = [(front, front, 0.9)] * 31 + [(back, back, 0.9)] * 30 + [(back, front, 0.8)]
    nothing = np.zeros((2, len(KINDS)))
    return [
        RawLook(
            {}, frozenset(), nothing, False, {}, {}, "one", side=SideAnswer(shown, SeenSide(seen, chance))
        )
        for shown, seen, chance in pairs
    ]


@pytest.mark.slow
def test_one_command_trains_and_releases_and_goes_on_where_it_stopped(
    tmp_path, settings_file, weights, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(train, "look_at_real", lambda *_: looks_at_sides())
    options = {"photos": None, "weights": weights, "settings_file": settings_file, "work": tmp_path / "work"}
    release = train_condition(out=tmp_path / "first", **options)
    assert ConditionModel.open(open_folder(release.folder)).identity == release.identity
    card = (release.folder / "card.md").read_text(encoding="utf-8")
    assert "drawn: crack" in card
    assert release.manifest["side_sure_from"] == pytest.approx(0.8)
    assert release.manifest["metrics"]["heads"]["back named back is believed, real"]["n"] == 31
    assert "| back named front is refused, real | 96.8 % | 31 |" in card
    again = train_condition(out=tmp_path / "again", **options)
    assert again.manifest["calibration"] == release.manifest["calibration"]
    report = evaluate_condition(
        photos=None,
        out=tmp_path / "report",
        release=release.folder,
        settings_file=settings_file,
        drawn=8,
        gate_devices=1,
        graded_devices=2,
    )
    page = report.read_text(encoding="utf-8")
    assert "Condition model" in page
    assert "Photo gate" in page
    figures = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert figures["grades"]["devices"] == 2
    assert figures["photos"] == {"real": 0, "drawn": 8, "held_out_drawn": 2, "pasted": 0}
    assert {line["code"] for line in figures["gate"]["caught"]} == set(PhotoCode)


def test_a_share_of_the_start_is_refused_where_the_start_is_a_backbone_alone(
    tmp_path, settings_file, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    weights = saved(ConditionNet(pooled_cells=3).backbone, tmp_path)
    entries = yaml.safe_load(settings_file.read_text(encoding="utf-8")) | {"start_share": 0.5}
    settings_file.write_text(yaml.safe_dump(entries), encoding="utf-8")
    options = {"photos": None, "weights": weights, "settings_file": settings_file}
    with pytest.raises(BadWeights, match="holds a backbone alone: start from"):
        train_condition(out=tmp_path / "out", work=tmp_path / "work", **options)


@pytest.mark.slow
def test_a_graph_that_differs_from_its_network_is_refused(tmp_path):
    torch.manual_seed(2)
    network, other = (ConditionNet(pooled_cells=3).eval() for _ in range(2))
    export_onnx(network, tmp_path / "model.onnx", side_px=128)
    frames = np.random.default_rng(0).integers(0, 256, (2, 128, 128, 3), np.uint8)
    assert check_parity(network, tmp_path / "model.onnx", frames) < 2e-3
    with pytest.raises(ParityError, match="in logits"):
        check_parity(other, tmp_path / "model.onnx", frames)
