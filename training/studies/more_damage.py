"""Count how often a grade gets better when more damage is drawn onto the same photo.

One device is shot once; then one more defect is drawn at a time, the shot staying as it was. A grade that is
given must never be better than the worst one given before. The steps where it is are counted, with what
decided both grades.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from data.condition import Condition
from data.defect import DefectKind, Grade
from data.device import DeviceClass, View
from data.drawing.damage.planned_defect import UndrawableDefect
from data.drawing.photos import Scene, Shot, draw_scene, draw_shot, render
from serving.condition.model import MODEL_NAME, ConditionModel
from serving.condition.rulebook import Rulebook
from training.condition.measure.graded_photos import to_jpeg
from training.metrics.figure import Share
from training.release import given_release

STEPS = 4
DEVICES = 120
SEED = 3
_LONG_SIDE_PX = 1024
_VIEWS = (View.FRONT_OFF, View.FRONT_ON, View.BACK)
_ADDED = (
    DefectKind.CRACK,
    DefectKind.SCRATCH,
    DefectKind.COATING_LOSS,
    DefectKind.DENT,
    DefectKind.CHIP,
    DefectKind.DISCOLOURATION,
)


@dataclass(frozen=True)
class StepAnswer:
    """A grade that was given, how sure it was, and what decided it."""

    grade: Grade
    chance: float
    limit: str


@dataclass(frozen=True)
class DamageStep:
    """One more defect on a photo: the worst grade given before it, and the one given with it."""

    device: int
    added: DefectKind
    before: StepAnswer
    after: StepAnswer

    @property
    def is_better(self) -> bool:
        """Return whether the grade got better, which it never should."""
        return self.after.grade.rank < self.before.grade.rank

    def is_decided(self, least_probability: float) -> bool:
        """Return whether both grades are sure enough to be given without a person."""
        return min(self.before.chance, self.after.chance) >= least_probability

    def __str__(self) -> str:
        changes = (
            f"{answer.grade} at {answer.chance:.2f} ({answer.limit})" for answer in (self.before, self.after)
        )
        return f"device {self.device}, {self.added} added: {' -> '.join(changes)}"


def count_better_grades(
    *, release: Path | None = None, devices: int = DEVICES, seed: int = SEED, out: Path | None = None
) -> list[str]:
    """Return how many steps of a release gave a better grade, however sure, and which.

    release: a release folder, the champion by default. out: where to write the figures as JSON.
    """
    opened = given_release(MODEL_NAME, release)
    rules = Rulebook.read(opened.manifest)
    model = ConditionModel.open(opened, rulebook=rules.never_uncertain())
    steps = add_damage(model, devices=devices, seed=seed)
    summary = summarise_steps(steps, rules.least_probability)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return [*(str(step) for step in steps if step.is_better), *_lines(summary)]


def add_damage(model: ConditionModel, *, devices: int, seed: int) -> list[DamageStep]:
    """Return every step between two given grades on `devices` drawn phones; abstaining gives none.

    A defect that changes no pixel is no step.
    """
    steps: list[DamageStep] = []
    for device in tqdm(range(devices), desc="more damage", mininterval=5.0):
        steps += _steps(model, device, np.random.default_rng((seed, device, 0xDA3A)))
    return steps


def summarise_steps(steps: Sequence[DamageStep], least_probability: float) -> dict[str, Any]:
    """Return how many steps gave a better grade, of all and of those sure enough, and which."""
    decided = [step for step in steps if step.is_decided(least_probability)]
    better = [step for step in steps if step.is_better]
    return {
        "steps": len(steps),
        "better": Share(len(better), len(steps)).to_json(),
        "least_probability": least_probability,
        "better_of_decided": Share(sum(step.is_better for step in decided), len(decided)).to_json(),
        "which": [asdict(step) for step in better],
    }


def _steps(model: ConditionModel, device: int, rng: np.random.Generator) -> Iterator[DamageStep]:
    view = _VIEWS[int(rng.integers(len(_VIEWS)))]
    scene, _ = draw_scene(rng, device_class=DeviceClass.PHONE, view=view, kinds=())
    shot = draw_shot(rng, scene.device, view, long_side_px=_LONG_SIDE_PX)
    pixels = render(scene, shot).pixels
    worst = _answer(model.grade([to_jpeg(pixels)]))
    for added, damaged in _damaged(scene, shot, rng):
        shown = render(damaged, shot).pixels
        if np.array_equal(shown, pixels):
            continue
        pixels = shown
        found = _answer(model.grade([to_jpeg(pixels)]))
        if found is None:
            continue
        if worst is not None:
            yield DamageStep(device, added, worst, found)
        worst = found if worst is None or found.grade.rank > worst.grade.rank else worst


def _damaged(scene: Scene, shot: Shot, rng: np.random.Generator) -> Iterator[tuple[DefectKind, Scene]]:
    """Yield the same scene with one more defect each time."""
    for _ in range(STEPS):
        added = _ADDED[int(rng.integers(len(_ADDED)))]
        try:
            scene = scene.with_defect(rng, added, surface=shot.view.surface)
        except UndrawableDefect:
            continue
        yield added, scene


def _answer(condition: Condition) -> StepAnswer | None:
    grade = condition.grade
    return (
        StepAnswer(grade, condition.grade_probabilities[grade], condition.deciding_limit) if grade else None
    )


def _lines(summary: dict[str, Any]) -> Iterator[str]:
    for name, text in (("better", "all steps"), ("better_of_decided", "steps between grades that are given")):
        share = summary[name]
        least = f" (from {summary['least_probability']:g} on)" if name != "better" else ""
        yield (
            f"{text}{least}: {share['hits']} of {share['n']} got better, at most {share['high']:.1%} "
            "(upper end of the 95 % interval)"
        )
