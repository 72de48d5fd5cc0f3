"""Measure how sure a grade as far as seen must be for each set of sides, and what error is left."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from data.labelled.photo_set import read_photo_set
from serving.condition.model import MODEL_NAME, ConditionModel
from serving.condition.rulebook import Rulebook
from serving.release import Release
from serving.settings import Settings
from training.condition.lines.cross_fit import CrossFitted
from training.condition.measure.coverage import read_risk
from training.condition.measure.risk import drawn_devices
from training.condition.measure.seen_sides import (
    RealSide,
    SeenSet,
    grade_real,
    grade_sets,
    look_at_sides,
    read_seen_sides,
    states,
)
from training.condition.settings import DEFAULT_SETTINGS, read_settings
from training.condition.split import validation_photos
from training.release import given_release, write_statement


def study_seen(
    *,
    release: Path | None = None,
    photos: Path | None = None,
    devices: int | None = None,
    settings_file: Path = DEFAULT_SETTINGS,
    out: Path,
    state: bool = False,
) -> Iterator[str]:
    """Yield a line for each set of sides; write seen.json into `out`, and with `state` the manifest's entry.

    `photos` is a folder as data.labelled.photo_set says, of which those are graded that no run with the
    settings of `settings_file` learns from.
    """
    opened = given_release(MODEL_NAME, release)
    rules = Rulebook.read(opened.manifest, prevalence=Settings.of().prevalence).never_uncertain()
    model, settings = ConditionModel.open(opened, rulebook=rules), read_risk()
    sets = read_seen_sides().sets
    drawn = grade_sets(model, rules.house, drawn_devices(rules, settings, devices), sets)
    real = _real(opened, photos, settings_file)
    measured_with = {role: file.sha256 for role, file in rules.measured_with.items()}
    found = [
        {**states(SeenSet(views, graded, grade_real(real, views)), rules.house, settings)}
        | {"measured_with": measured_with}
        for views, graded in zip(sets, drawn, strict=True)
    ]
    out.mkdir(parents=True, exist_ok=True)
    (out / "seen.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if state and release:
        write_statement(release, "abstention_as_seen", found)
    yield from lines_of(found)


def lines_of(found: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield each statement in a line."""
    for one in found:
        least = "none" if one["threshold"] is None else f"{one['threshold']:g}"
        real = one["real"]
        yield (
            f"{' and '.join(one['sides'])}, {one['photos']} photos: from probability {least} on decided "
            f"{one['decided']} of {one['devices']} drawn, {one['over_graded']} too well, "
            f"{one['under_graded']} too badly; of real photos {real['decided']} of {real['photos']}, "
            f"{real['over_graded']['hits']} too well, {real['under_graded']['hits']} too badly"
        )


def _real(release: Release, photos: Path | None, settings_file: Path) -> list[RealSide]:
    if photos is None:
        return []
    models = CrossFitted.open(release, is_never_uncertain=True)
    return list(
        look_at_sides(models, validation_photos(read_photo_set(photos), read_settings(settings_file)))
    )
