"""Study how a release does on real photos: by source, and under changes that change nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from data.defect import DefectKind
from data.labelled.photo_set import LabelledPhoto, read_photo_set
from serving.condition.model import MODEL_NAME, ConditionModel
from serving.condition.requested_sides import read_side_sure_from
from training.condition.lines.cross_fit import CrossFitted
from training.condition.lines.side_belief import SideBelief, choose_belief
from training.condition.measure.harmless import measure_changes, summarise_changes
from training.condition.measure.real_photos import SeenPhoto, by_source, figures_of, look_at_real_photos
from training.condition.settings import DEFAULT_SETTINGS, read_settings
from training.condition.split import validation_photos
from training.release import given_release

CHANGED, SEED = 40, 17


def study_real(
    *,
    photos: Path,
    out: Path,
    release: Path | None = None,
    settings_file: Path = DEFAULT_SETTINGS,
    changed: int = CHANGED,
) -> Iterator[str]:
    """Yield lines for each source of photos that no run with these settings learns from; write real.json.

    `photos` is a folder as data.labelled.photo_set says; `changed` of them are changed in every harmless way.
    """
    opened = given_release(MODEL_NAME, release)
    model = ConditionModel.open(opened)
    thresholds = {DefectKind(kind): float(at) for kind, at in opened.manifest["thresholds"].items()}
    held_out = validation_photos(read_photo_set(photos), read_settings(settings_file))
    seen = list(look_at_real_photos(CrossFitted.open(opened), held_out))
    found = {name: figures_of(part, thresholds) for name, part in {"all": seen, **by_source(seen)}.items()}
    beliefs = _beliefs(seen, read_side_sure_from(opened.manifest))
    moved = summarise_changes(measure_changes(model, _some(held_out, changed), thresholds))
    out.mkdir(parents=True, exist_ok=True)
    sides = {name: belief.to_json() for name, belief in beliefs.items()}
    report = {"model": opened.identity.version, "sources": found, "side_belief": sides, "changes": moved}
    (out / "real.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    for name, figures in found.items():
        yield from _source_lines(name, figures)
    yield from _belief_lines(sides)
    yield from _change_lines(moved)


def _some(photos: Sequence[LabelledPhoto], count: int) -> list[bytes]:
    picked = np.random.default_rng(SEED).permutation(len(photos))[:count]
    return [photos[int(number)].path.read_bytes() for number in picked]


def _beliefs(photos: Sequence[SeenPhoto], stated: float | None) -> dict[str, SideBelief]:
    """Return what the release states of named sides, and what would be chosen on these photos."""
    chosen = choose_belief(one.side for one in photos)
    return {"the release": replace(chosen, sure_from=stated), "these photos": chosen}


def _belief_lines(beliefs: Mapping[str, Any]) -> Iterator[str]:
    for name, belief in beliefs.items():
        sure_from = belief["side_sure_from"]
        how = "at any probability" if sure_from is None else f"from probability {sure_from:.6g}"
        yield f"another side than the one named counts {how}, by {name}"
        for what, share in belief["shares"].items():
            yield f"  {what}: {_said(share)} ({share['low']:.3f} to {share['high']:.3f})"


def _source_lines(name: str, figures: Mapping[str, Any]) -> Iterator[str]:
    clean, broken = figures["clean"], figures["broken"]["graded_too_well"]
    yield (
        f"{name}: {figures['photos']} photos; clean {_said(clean['b_or_better'])} B or better as shown, "
        f"{_said(clean['without_a_person'])} without a person, {_said(clean['d_or_e'])} D or E; broken "
        f"{_said(broken)} graded too well"
    )
    for what, told in (("alarms on what is not there", "alarms"), ("found of what is there", "found")):
        kinds = [f"{kind} {_said(figures[told][kind])}" for kind in DefectKind if figures[told][kind]["n"]]
        yield f"  {what}: {', '.join(kinds)}"
    for what in ("views", "classes"):
        yield f"  {what} right: " + ", ".join(
            f"{side} {_said(share)}" for side, share in figures[what].items() if share["n"]
        )


def _change_lines(moved: Mapping[str, Any]) -> Iterator[str]:
    for name, one in moved.items():
        if one["photos"]:
            worst = max(one["mean_move"], key=lambda kind: float(one["mean_move"][kind]))
            moves = f"{worst} moves most, by {one['mean_move'][worst]:.3f} on average"
            crossed = f"{_said(one['crosses'])} cross a threshold, {_said(one['other_grade'])} change grade"
            yield f"{name}: {one['photos']} photos; {moves}; {crossed}"


def _said(share: Mapping[str, Any]) -> str:
    return f"{share['hits']} of {share['n']}"
