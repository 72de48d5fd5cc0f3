"""Train the condition model from photos to release: fit, export, calibrate, measure, write the card."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime
import torch

from data.condition import ModelIdentity
from data.labelled.photo_set import LabelledPhoto, read_photo_set
from features.photo.photo import CONTRACT_VERSION
from features.photo.quality import quality_limits
from serving.condition.criteria import read_pack
from serving.condition.inference import read_contract
from serving.condition.inference_rules import read_inference
from serving.condition.model import MODEL_NAME, ConditionModel
from serving.release import Release, sha256_of
from training.condition.evaluate import head, score_all, summarise, write_report
from training.condition.export import OPSET, check_parity, export_onnx
from training.condition.fit import fit
from training.condition.heads.refit import refit_heads
from training.condition.heads.served_frames import served_frames
from training.condition.lines.calibrate import LookCalibration, line_entries
from training.condition.lines.calibration_looks import RawLook, look_at_drawn, look_at_real
from training.condition.lines.cross_fit import CROSS_FIT, cross_fit, fitted_entries
from training.condition.lines.side_belief import choose_belief
from training.condition.measure.coverage import read_risk
from training.condition.measure.graded_photos import GradedPhoto
from training.condition.measure.pasted_damage import score_pasted
from training.condition.network import CLASSES, KINDS, VIEWS, BadWeights, ConditionNet, load_weights
from training.condition.report.card import write_card
from training.condition.samples.sample import (
    Epochs,
    RealExample,
    drawn_looks,
    drawn_pool,
    drawn_validation,
    load_example,
    load_parts,
)
from training.condition.settings import DEFAULT_SETTINGS, ConditionSettings, read_settings
from training.condition.split import is_held_out
from training.release import write_release
from training.tracking import Run, track

DEVICE_THRESHOLD = 0.5
DEVICE_MARGIN = 0.08
GOLDEN_TOLERANCE = 5e-3
_GOLDEN_FRAMES = 3
_PARITY_FRAMES = 12


def train_condition(
    *,
    photos: Path | None,
    weights: Path | None,
    out: Path,
    settings_file: Path = DEFAULT_SETTINGS,
    work: Path = Path("runs/condition"),
    hold_out: Sequence[str] = (),
    audit: Path | None = None,
) -> Release:
    """Train, prove and release the condition model into the folder `out`.

    `photos` is a folder as data.labelled.photo_set says, None for drawn photos only. `weights` is an ImageNet
    state dict of torchvision's mobilenet_v2, the network.pt of an earlier run or the model.onnx of a release,
    None for the hub's. `work`
    keeps the checkpoint: a run that was stopped goes on from there. `hold_out` names sources that only
    validate; `audit` is the report.json of such a run, for the card.
    """
    settings = read_settings(settings_file)
    settings = settings.model_copy(update={"held_out_sources": (*settings.held_out_sources, *hold_out)})
    cv2.setNumThreads(0)  # OpenCV's threads don't survive the fork of the sample workers.
    job = _plan(settings, photos, weights, out, work)
    with track(MODEL_NAME, f"{MODEL_NAME}-{settings.version}") as run:
        run.parameters(settings.model_dump(exclude={"sources"}))
        network = _fit(job, run)
        export_onnx(network, job.onnx, side_px=settings.side_px)
        parity = check_parity(network, job.onnx, drawn_looks(settings, _PARITY_FRAMES))
        release = _release(job, {"parity_max_logit": parity}, _read_audit(audit))
        run.folder(out)
        run.folder(work / "report")
        run.metrics(_headline(release))
    return release


def drawn_frames(settings: ConditionSettings, count: int) -> npt.NDArray[np.uint8]:
    """Return (count, H, W, 3) frames of drawn validation photos, of the first one's shape."""
    frames = list(drawn_looks(settings, count, [settings.device_px]))
    return np.stack([frame for frame in frames if frame.shape == frames[0].shape])


@dataclass(frozen=True)
class _Job:
    """One run: what it learns from, what it validates on, where it starts and where it writes."""

    settings: ConditionSettings
    learn: list[LabelledPhoto]
    validate: list[LabelledPhoto]
    weights: Path | None
    out: Path
    work: Path

    @property
    def onnx(self) -> Path:
        return self.work / "model.onnx"


def _plan(
    settings: ConditionSettings, photos: Path | None, weights: Path | None, out: Path, work: Path
) -> _Job:
    photo_set = [p for p in read_photo_set(photos) if settings.rule(p.folder, p.source)] if photos else []
    learn = [photo for photo in photo_set if not is_held_out(photo, settings)]
    validate = [photo for photo in photo_set if is_held_out(photo, settings)]
    return _Job(settings, learn, validate, weights, out, work)


def _fit(job: _Job, run: Run) -> ConditionNet:
    examples = _examples(job)
    backgrounds = [example.pixels for example in examples if example.photo.device == "bottle"]
    network = ConditionNet(pooled_cells=job.settings.pooled_cells, off_device=job.settings.off_device)
    is_whole = load_weights(network, job.weights)
    if job.settings.start_share and not is_whole:
        raise BadWeights(
            f"start_share {job.settings.start_share:g} mixes in a whole network, but "
            f"{job.weights or 'the hub'} holds a backbone alone: start from an earlier run's network.pt, "
            "or from the model.onnx of a release, or leave start_share out"
        )
    pool = drawn_pool(job.settings, job.work / "drawn")
    epochs = Epochs(job.settings, examples, backgrounds, pool)
    if job.settings.heads:
        frames = served_frames(epochs, examples, job.settings, job.settings.heads)
        heads = job.settings.heads
        return _saved(refit_heads(network, frames, heads.strength, heads.class_shares), job)
    start = {name: value.clone() for name, value in network.state_dict().items()}
    fitted = fit(network, epochs, job.settings, checkpoint=job.work / "checkpoint.pt", log=run.metrics)
    mix_with_start(fitted, start, job.settings.start_share)
    return _saved(fitted, job)


def _saved(network: ConditionNet, job: _Job) -> ConditionNet:
    job.work.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), job.work / "network.pt")
    return network


def _examples(job: _Job) -> list[RealExample]:
    """Return every photo that is learnt from, and the parts of pictures of several where they are shown."""
    examples = [_example(photo, job.settings) for photo in job.learn]
    if not job.settings.shows_of_parts:
        return examples
    return [*examples, *(part for example in examples for part in load_parts(example))]


def mix_with_start(network: ConditionNet, start: Mapping[str, torch.Tensor], share: float) -> None:
    """Move a fitted network's weights part of the way back to those it started from, in place.

    A network between the two often keeps on unlike photos what the start knew, and most of what was learnt
    (Wortsman et al., Robust fine-tuning of zero-shot models, 2022).
    """
    if share:
        mixed = {
            name: torch.lerp(value, start[name].to(value), share) if value.is_floating_point() else value
            for name, value in network.state_dict().items()
        }
        network.load_state_dict(mixed)


def _example(photo: LabelledPhoto, settings: ConditionSettings) -> RealExample:
    rule = settings.rule(photo.folder, photo.source)
    if rule is None:
        raise ValueError(f"{photo.folder}/{photo.source} has no rule in the settings: add one under sources")
    return load_example(photo, rule)


def _release(job: _Job, proofs: dict[str, float], audit: dict[str, Any] | None) -> Release:
    settings = job.settings
    looks = _look_at_all(job)
    severity_share = read_risk().severity_share
    belief = choose_belief(look.side for look in looks)
    manifest = _manifest(settings, fitted_entries(looks, severity_share)) | belief.entry
    model = _open(job.onnx, manifest)
    scored = score_all(model, job.validate, settings)
    report = summarise(scored, manifest["thresholds"], _score_pasted(model, job.validate))
    report["heads"] |= {name: head(share) for name, share in belief.shares.items()}
    facts = {
        "training_data": _training_data(job),
        "proofs": proofs,
        "metrics": report,
        CROSS_FIT: cross_fit(looks, severity_share),
    }
    release = write_release(
        job.out,
        name=MODEL_NAME,
        version=settings.version,
        graph=job.onnx.read_bytes(),
        manifest=manifest | facts,
        card=write_card(settings, report, facts, audit),
        golden_inputs={"photo": drawn_frames(settings, _GOLDEN_FRAMES)},
        golden_tolerance=GOLDEN_TOLERANCE,
    )
    run = settings.model_dump(mode="json", exclude={"sources"})
    write_report(release, {"settings": run, **report}, scored, job.work / "report")
    return release


def _score_pasted(model: ConditionModel, validate: Sequence[LabelledPhoto]) -> list[GradedPhoto]:
    """Grade damage put onto the photos that the base recipe names: the same ones for every recipe."""
    base = read_settings()
    return score_pasted(model, [p for p in validate if base.rule(p.folder, p.source)], base)


def _look_at_all(job: _Job) -> list[RawLook]:
    session = onnxruntime.InferenceSession(str(job.onnx), providers=["CPUExecutionProvider"])
    unfitted = line_entries({kind: LookCalibration() for kind in KINDS})
    contract = read_contract(_manifest(job.settings, unfitted))
    return [
        *look_at_real(session, contract, job.validate, job.settings),
        *look_at_drawn(session, contract, drawn_validation(job.settings)),
    ]


def _open(onnx: Path, manifest: dict[str, Any]) -> ConditionModel:
    session = onnxruntime.InferenceSession(str(onnx), providers=["CPUExecutionProvider"])
    identity = ModelIdentity(MODEL_NAME, "unreleased", "")
    return ConditionModel(session, read_contract(manifest), identity, read_pack(), quality_limits())


def _manifest(settings: ConditionSettings, fitted: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "input_contract": {
            "name": "photo",
            "version": CONTRACT_VERSION,
            "shape": "(N, height, width, 3) uint8 RGB, both sides multiples of 32",
        },
        "whole_px": settings.whole_px,
        "device_px": settings.device_px,
        "detail_px": settings.detail_px,
        "kinds": list(KINDS),
        "classes": list(CLASSES),
        "views": list(VIEWS),
        **fitted,
        "device_threshold": DEVICE_THRESHOLD,
        "device_margin": DEVICE_MARGIN,
        **read_inference().of_a_release,
        "opset": OPSET,
    }


def _training_data(job: _Job) -> dict[str, Any]:
    """Return how many photos of each source were learnt from, and a hash over all that decided the run."""
    digest = hashlib.sha256(job.settings.model_dump_json().encode())
    for photo in sorted(job.learn, key=lambda item: item.path.name):
        digest.update(hashlib.sha256(photo.path.read_bytes()).digest())
    return {
        "sha256": digest.hexdigest(),
        "started_from": _start_of(job.weights),
        "learnt": _count(job.learn),
        "validated": _count(job.validate),
        "drawn_photos": min(job.settings.drawn_pool, job.settings.drawn_per_epoch * job.settings.epochs),
        "held_out_sources": list(job.settings.held_out_sources),
    }


def _start_of(weights: Path | None) -> str:
    return f"{weights.name} (sha256 {sha256_of(weights)[:12]})" if weights else "the hub's ImageNet weights"


def _count(photos: Sequence[LabelledPhoto]) -> dict[str, int]:
    names = [f"{photo.folder}/{photo.source}" for photo in photos]
    return {name: names.count(name) for name in sorted(set(names))}


def _read_audit(audit: Path | None) -> dict[str, Any] | None:
    return dict(json.loads(audit.read_text(encoding="utf-8"))) if audit else None


def _headline(release: Release) -> dict[str, float]:
    slices = release.manifest["metrics"]["slices"]
    return {
        "auc/" + re.sub(r"[^\w ]", "", part["name"]): part["auc"]["value"]
        for part in slices
        if part["auc"]["value"] is not None
    }
