"""Draw more and more damage onto the same photo, and count how often the grade gets better for it.

One device is shot once; then one more defect is drawn at a time, the shot staying as it was. A grade that is
given must never be better than the worst one given before.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from data.defect import DefectKind, Grade
from data.device import DeviceClass, View
from data.drawing.defect import UndrawableDefect
from data.drawing.photo import draw_scene, draw_shot, render
from serving.condition import ConditionModel
from training.condition.score import to_jpeg

STEPS = 4
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
class Step:
    """One more defect on a photo: the worst grade given before it, and the one given with it."""

    device: int
    added: DefectKind
    before: Grade
    after: Grade

    @property
    def is_better(self) -> bool:
        """Return whether the grade got better, which it never should."""
        return self.after.rank < self.before.rank


def add_damage(model: ConditionModel, *, devices: int, seed: int) -> list[Step]:
    """Return every step between two given grades on `devices` drawn phones; abstaining gives none."""
    steps: list[Step] = []
    for device in tqdm(range(devices), desc="more damage", mininterval=5.0):
        steps += _steps(model, device, np.random.default_rng((seed, device, 0xDA3A)))
    return steps


def _steps(model: ConditionModel, device: int, rng: np.random.Generator) -> Iterator[Step]:
    view = _VIEWS[int(rng.integers(len(_VIEWS)))]
    scene, _ = draw_scene(rng, device_class=DeviceClass.PHONE, view=view, kinds=())
    shot = draw_shot(rng, scene.device, view, long_side_px=_LONG_SIDE_PX)
    worst = model.grade([to_jpeg(render(scene, shot).pixels)]).grade
    for _ in range(STEPS):
        added = _ADDED[int(rng.integers(len(_ADDED)))]
        try:
            scene = scene.with_defect(rng, added, surface=view.surface)
        except UndrawableDefect:
            continue
        found = model.grade([to_jpeg(render(scene, shot).pixels)]).grade
        if found is None:
            continue
        if worst is not None:
            yield Step(device, added, worst, found)
        worst = found if worst is None or found.rank > worst.rank else worst
