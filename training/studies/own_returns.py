"""Measure from how many own outcomes on they help: learning curves in worlds that no model learnt from."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from data.fraud import Moment
from data.strict import Frozen
from data.versioned_file import read_yaml
from data.world import WorldSettings
from data.world.figures import changed_figures
from serving.fraud.model import MODEL_NAME
from training.fraud.calibration import ScoreCalibration
from training.fraud.own.adapt import Adapted, Start, adapt
from training.fraud.own.own_rows import OwnRows
from training.fraud.own.own_world import Later, OwnWorld, own_world
from training.fraud.own.settings import OwnSettings, read_own_settings
from training.fraud.rows import Matrix, Values
from training.metrics.bootstrap import paired_gain
from training.metrics.figure import Figure
from training.metrics.ranked import average_precision, calibration_error, value_of
from training.release import given_release

FOUND_FILE = "own-returns.json"
VERIFIED = int(Moment.T2.value[1])
_LISTED = Path(__file__).parent / "own-returns.yaml"


class ShiftedWorld(Frozen):
    """How one operator differs: options of its world, and entries of the world's figures."""

    world: dict[str, Any]
    figures: dict[str, dict[str, Any]]


class OwnReturnsSettings(Frozen):
    """The entries of own-returns.yaml, explained there."""

    version: int
    returns: int
    known_day: float
    counts: tuple[int, ...]
    seed: int
    worlds: dict[str, ShiftedWorld]


@dataclass(frozen=True)
class Point:
    """What so many outcomes of one operator brought on its later returns at T2, against truth.

    gain is in average precision over the released model; gain_with_photos the same where the findings of
    photos are known besides, which no file of cases has. Errors of calibration: as released, with one offset
    alone, and adapted.
    """

    world: str
    outcomes: int
    frauds: int
    penalty: float | None
    released: float
    gain: Figure
    gain_with_photos: Figure
    errors: tuple[float, float, float]

    def __str__(self) -> str:
        moved = "leaves kept" if self.penalty is None else f"penalty {self.penalty:g}"
        return (
            f"{self.world:<12} {self.outcomes:>5} outcomes, {self.frauds:>4} frauds, {moved:<14} "
            f"AP {self.released:.3f} {_signed(self.gain)}, with photos {_signed(self.gain_with_photos)}, "
            f"ECE released {self.errors[0]:.4f}, offset {self.errors[1]:.4f}, own {self.errors[2]:.4f}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the point for a report."""
        figures = {name: getattr(self, name).to_json() for name in ("gain", "gain_with_photos")}
        return {**vars(self), **figures}


def study_own_returns(
    *,
    out: Path,
    release: Path | None = None,
    worlds: Sequence[str] = (),
    counts: Sequence[int] = (),
    returns: int | None = None,
) -> Iterator[str]:
    """Yield a line for each world and number of outcomes, and write own-returns.json to `out` at the end.

    The leaves are moved however few outcomes there are, so that the curves show from how many on it helps.
    worlds, counts and returns narrow what own-returns.yaml says. Raises BrokenRelease.
    """
    listed = read_yaml(_LISTED, OwnReturnsSettings)
    start = Start.of(given_release(MODEL_NAME, release))
    yield (
        f"own returns of {len(worlds or listed.worlds)} simulated operators, {returns or listed.returns:,} "
        f"returns each, from fraud {start.release.version} ({start.model.identity.sha256[:12]})"
    )
    points = []
    for name in worlds or listed.worlds:
        world = _simulated(listed, name, returns)
        for count in counts or listed.counts:
            points.append(measure_point(name, world, count, start, seed=listed.seed))
            yield str(points[-1])
    out.mkdir(parents=True, exist_ok=True)
    found = json.dumps([point.to_json() for point in points], indent=2)
    (out / FOUND_FILE).write_text(found + "\n", encoding="utf-8")
    yield from _summary(points)


def measure_point(name: str, world: OwnWorld, count: int, start: Start, *, seed: int) -> Point:
    """Adapt a released model to so many outcomes, and measure it on later returns."""
    some = draw_outcomes(world.known, count, seed)
    always = read_own_settings()
    always = always.model_copy(update={"leaves": replace(always.leaves, least_outcomes=1, least_frauds=1)})
    adapted = adapt(some, start, always)
    never = always.model_copy(update={"leaves": replace(always.leaves, least_outcomes=count + 1)})
    return Point(
        name,
        adapted.outcomes,
        adapted.frauds,
        adapted.chosen.best.penalty if adapted.chosen else None,
        value_of(average_precision, world.later.is_fraud, start.raw(world.later.matrix)),
        _gain(adapted, start, world.later, world.later.matrix),
        _gain(adapted, start, world.later, world.later.with_photos),
        _errors(world.later, start, adapt(some, start, never), adapted),
    )


def draw_outcomes(known: OwnRows, count: int, seed: int) -> OwnRows:
    """Return the rows of so many returns, those that a smaller operator would have of the same year."""
    numbers = np.random.default_rng(seed).permutation(np.unique(known.number))
    return known.where(np.isin(known.number, numbers[:count]))


def _simulated(listed: OwnReturnsSettings, name: str, returns: int | None) -> OwnWorld:
    shifted = listed.worlds[name]
    world = WorldSettings(returns=returns or listed.returns, **shifted.world)
    settings: OwnSettings = read_own_settings()
    return own_world(world, changed_figures(shifted.figures), listed.known_day, settings.labels.weight_limit)


def _gain(adapted: Adapted, start: Start, later: Later, matrix: Matrix) -> Figure:
    return paired_gain(average_precision, later.is_fraud, adapted.raw(matrix), start.raw(matrix))


def _errors(later: Later, start: Start, shifted: Adapted, adapted: Adapted) -> tuple[float, float, float]:
    released = start.raw(later.matrix)
    pairs = [
        (start.calibration, released),
        (shifted.calibration, released),
        (adapted.calibration, adapted.raw(later.matrix)),
    ]
    first, offset, own = (_error(later, calibration, raw) for calibration, raw in pairs)
    return first, offset, own


def _error(later: Later, calibration: ScoreCalibration, raw: Values) -> float:
    stage = np.full(len(raw), VERIFIED, dtype=np.int8)
    return value_of(calibration_error, later.is_fraud, calibration.probability(raw, stage))


def _summary(points: Sequence[Point]) -> Iterator[str]:
    for count in sorted({point.outcomes for point in points}):
        of = [point for point in points if point.outcomes == count]
        better = sum(point.gain.low > 0 for point in of)
        worse = sum(point.gain.high < 0 for point in of)
        yield (
            f"{count:>5} outcomes: the gain's 95 % interval lies above 0 in {better} of {len(of)} worlds, "
            f"below 0 in {worse}; largest ECE {max(point.errors[2] for point in of):.4f}"
        )


def _signed(figure: Figure) -> str:
    return f"{figure.value:+.4f} [{figure.low:+.4f}, {figure.high:+.4f}]"
