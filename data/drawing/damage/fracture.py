"""Grow the lines of broken glass: radials from an impact, rings, nets, fans and hairlines; millimetres."""

from dataclasses import dataclass

import numpy as np

from data.defect import Severity
from data.drawing.surface import raster
from data.drawing.surface.raster import Points

_STEP_MM = 1.4


@dataclass(frozen=True)
class CrackLine:
    """One line of a crack; strength is how brightly it can catch the light, 0 to 1."""

    points: Points
    width_mm: float
    strength: float


@dataclass(frozen=True)
class Fracture:
    """All lines of one crack, and the shards that tilted a little."""

    splits: tuple[CrackLine, ...]
    shards: tuple[Points, ...]


def grow_fracture(rng: np.random.Generator, width: float, height: float, severity: Severity) -> Fracture:
    """Grow a crack over a pane of this size, as bad as its severity says."""
    size = np.array([width, height])
    if severity is Severity.MICRO:
        return Fracture(tuple(_hairlines(rng, size)), ())
    if severity is Severity.VISIBLE:
        focus = _impact(rng, size)
        splits = _radials(rng, focus, size, int(rng.integers(3, 10)), float(rng.uniform(0.25, 0.9)))
        splits += _crush(rng, focus, float(rng.uniform(1.0, 3.0)), int(rng.integers(6, 30)))
        return Fracture(tuple(splits), ())
    return _shattered(rng, size)


def grow_split_housing(rng: np.random.Generator, width: float, height: float, severity: Severity) -> Fracture:
    """Grow a crack in plastic or metal: one or two jagged lines from an edge."""
    size = np.array([width, height])
    reach = {Severity.MICRO: 0.12, Severity.VISIBLE: 0.3, Severity.DEEP: 0.6}[severity] * min(width, height)
    start, heading = _edge_start(rng, size)
    points = walk(rng, start, heading, reach * rng.uniform(0.8, 1.3) + 3, size, wander=0.3)
    splits = [CrackLine(points, float(rng.uniform(0.2, 0.5)), 0.5)]
    if severity is Severity.DEEP and len(points) > 4:
        fork = points[len(points) // 2]
        turned = heading + float(rng.choice([-1, 1]) * rng.uniform(0.4, 1.0))
        splits.append(CrackLine(walk(rng, fork, turned, reach * 0.6, size, wander=0.3), 0.25, 0.5))
    return Fracture(tuple(splits), ())


def walk(
    rng: np.random.Generator, start: Points, heading: float, length: float, size: Points, wander: float = 0.05
) -> Points:
    """Return the points of a walk that ends when its length is used up or the pane ends; at least two."""
    count = max(2, int(length / _STEP_MM))
    drift = np.cumsum(rng.normal(0, wander, count))
    kinks = np.where(rng.random(count) < 0.1, rng.normal(0, 0.4, count), 0)
    angles = heading + 0.6 * drift + np.cumsum(kinks) * 0.7
    steps = np.stack([np.cos(angles), np.sin(angles)], axis=1) * _STEP_MM * rng.uniform(0.6, 1.4, (count, 1))
    points = np.concatenate([start[None], start + np.cumsum(steps, axis=0)])
    outside = np.asarray(((points < 0) | (points > size)).any(axis=1))
    outside[:2] = False
    end = int(np.argmax(outside)) + 1 if outside.any() else len(points)
    return np.asarray(np.clip(points[: max(2, end)], 0, size), dtype=np.float64)


def _edge_start(rng: np.random.Generator, size: Points) -> tuple[Points, float]:
    """Return a point on the rim and a heading into the pane; corners are hit most."""
    corner = np.round(rng.random(2))
    along = rng.random()
    place = corner.copy()
    if rng.random() < 0.6:
        axis = int(rng.integers(2))
        place[axis] = along
    inward = (np.array([0.5, 0.5]) + rng.normal(0, 0.25, 2) - place) * size
    return place * size, float(np.arctan2(inward[1], inward[0]))


def _impact(rng: np.random.Generator, size: Points) -> Points:
    if rng.random() < 0.35:
        return np.asarray(rng.uniform(0.12, 0.88, 2) * size)
    start, heading = _edge_start(rng, size)
    inset = float(rng.uniform(0, 6))
    return np.asarray(start + inset * np.array([np.cos(heading), np.sin(heading)]))


def _hairlines(rng: np.random.Generator, size: Points) -> list[CrackLine]:
    splits = []
    start, heading = _edge_start(rng, size)
    for _ in range(int(rng.integers(1, 3))):
        length = float(rng.uniform(10, 0.7 * np.linalg.norm(size)))
        points = walk(rng, start, heading + rng.normal(0, 0.35), length, size, wander=0.05)
        splits.append(CrackLine(points, float(rng.uniform(0.04, 0.09)), float(rng.uniform(0.25, 0.8))))
        if rng.random() < 0.35 and len(points) > 5:
            splits.append(_branch(rng, points, size, 0.4))
    return splits


def _branch(rng: np.random.Generator, trunk: Points, size: Points, share: float) -> CrackLine:
    index = int(rng.integers(1, len(trunk) - 1))
    way = trunk[index + 1 if index + 1 < len(trunk) else index] - trunk[index - 1]
    heading = float(np.arctan2(way[1], way[0]) + rng.choice([-1, 1]) * rng.uniform(0.25, 0.9))
    length = max(3.0, float(len(trunk) - index) * _STEP_MM * share * rng.uniform(0.4, 1.3))
    points = walk(rng, trunk[index], heading, length, size)
    return CrackLine(points, float(rng.uniform(0.04, 0.1)), float(rng.uniform(0.2, 0.8)))


def _radials(
    rng: np.random.Generator, focus: Points, size: Points, count: int, reach: float
) -> list[CrackLine]:
    splits = []
    base = rng.uniform(0, 2 * np.pi)
    for index in range(count):
        heading = base + 2 * np.pi * index / count + rng.normal(0, 0.3)
        length = float(np.linalg.norm(size)) * reach * float(rng.uniform(0.15, 1.0))
        points = walk(rng, focus, heading, length, size)
        if len(points) < 3:
            continue
        splits.append(CrackLine(points, float(rng.uniform(0.06, 0.16)), float(rng.uniform(0.35, 1.0))))
        count_of_branches = int(rng.poisson(min(3.0, len(points) / 18)))
        splits += [_branch(rng, points, size, 0.6) for _ in range(count_of_branches)]
    return splits


def _rings(
    rng: np.random.Generator, focus: Points, radials: list[CrackLine], density: float
) -> list[CrackLine]:
    """Join neighbouring radials at growing distances, as the glass between them bends and snaps."""
    rings = []
    radius = float(rng.uniform(1.5, 4))
    ordered = sorted(radials, key=lambda split: _bearing(split.points, focus))
    while radius < 90:
        index = int(radius / _STEP_MM)
        for first, second in zip(ordered, [*ordered[1:], ordered[0]], strict=True):
            near, far = first.points, second.points
            if index < len(near) and index < len(far) and rng.random() < density * np.exp(-radius / 45):
                ends = near[index], far[min(len(far) - 1, max(0, index + int(rng.integers(-2, 3))))]
                if np.linalg.norm(ends[0] - ends[1]) < 0.9 * radius + 4:
                    rings.append(_rough(rng, ends[0], ends[1]))
        radius *= float(rng.uniform(1.18, 1.5))
    return rings


def _bearing(points: Points, focus: Points) -> float:
    middle = points[min(4, len(points) - 1)] - focus
    return float(np.arctan2(middle[1], middle[0]))


def _rough(rng: np.random.Generator, start: Points, end: Points) -> CrackLine:
    width, strength = float(rng.uniform(0.05, 0.13)), float(rng.uniform(0.3, 1.0))
    steps = int(float(np.abs(end - start).sum()) / 2.5) + 1
    if steps < 3:
        return CrackLine(np.stack([start, end]), width, strength)
    along = np.linspace(0, 1, steps)[:, None]
    wobble = rng.normal(0, 0.3, (steps, 2)) * np.sin(np.pi * along)
    return CrackLine(start + along * (end - start) + wobble, width, strength)


def _crush(rng: np.random.Generator, focus: Points, radius: float, count: int) -> list[CrackLine]:
    places = focus + rng.normal(0, radius, (count, 2))
    angles = rng.uniform(0, np.pi, count)
    lengths = rng.uniform(0.4, 2.6, count) * (0.5 + radius / 6)
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1) * lengths[:, None]
    return [
        CrackLine(np.stack([place, place + way]), float(width), float(strength))
        for place, way, width, strength in zip(
            places, ways, rng.uniform(0.06, 0.35, count), rng.uniform(0.4, 1.0, count), strict=True
        )
    ]


def _net(
    rng: np.random.Generator, focus: Points, size: Points, reach: float
) -> tuple[list[CrackLine], list[Points]]:
    """Break the pane into cells that are small near the focus."""
    count = int(rng.integers(80, 420))
    distance = np.abs(rng.normal(0, reach, count)) + rng.exponential(reach * 0.2, count)
    bearing = rng.uniform(0, 2 * np.pi, count)
    stretch = np.array([1.0, rng.uniform(1.0, 2.2)])
    points = focus + np.stack([np.cos(bearing), np.sin(bearing)], axis=1) * distance[:, None] * stretch
    splits: list[CrackLine] = []
    shards: list[Points] = []
    for cell in raster.cells(points, float(size[0]), float(size[1])):
        cell = np.clip(cell, 0, size)
        if np.ptp(cell, axis=0).max() > 30:
            continue
        shards.append(cell)
        ends = np.roll(cell, -1, axis=0)
        # Two cells share each edge, so less than half of them are drawn from either side.
        drawn = (rng.random(len(cell)) < 0.42) & (np.abs(ends - cell).sum(axis=1) > 0.4)
        splits += [_rough(rng, cell[index], ends[index]) for index in np.flatnonzero(drawn)]
    return splits, shards


def _fan(rng: np.random.Generator, focus: Points, size: Points) -> list[CrackLine]:
    """Spread many long thin lines side by side from the impact into the pane."""
    inward = size / 2 - focus
    middle = float(np.arctan2(inward[1], inward[0]) + rng.normal(0, 0.5))
    opening = float(rng.uniform(0.5, 1.4))
    curl = float(rng.normal(0, 0.012))
    splits = []
    for _ in range(int(rng.integers(40, 160))):
        start = focus + rng.normal(0, 3.5, 2)
        heading = middle + opening * float(rng.uniform(-0.5, 0.5))
        count = int(rng.uniform(6, 40))
        angles = heading + curl * np.arange(count) + np.cumsum(rng.normal(0, 0.03, count))
        steps = np.stack([np.cos(angles), np.sin(angles)], axis=1) * _STEP_MM
        points = np.clip(start + np.cumsum(steps, axis=0), 0, size)
        splits.append(CrackLine(points, float(rng.uniform(0.05, 0.12)), float(rng.uniform(0.3, 1))))
    return splits


def _shattered(rng: np.random.Generator, size: Points) -> Fracture:
    splits: list[CrackLine] = []
    shards: list[Points] = []
    for _ in range(int(rng.choice([1, 1, 2, 3]))):
        focus = _impact(rng, size)
        radials = _radials(rng, focus, size, int(rng.integers(9, 26)), float(rng.uniform(0.4, 1.2)))
        splits += radials
        splits += _crush(rng, focus, float(rng.uniform(2, 9)), int(rng.integers(80, 600)))
        style = rng.random()
        if style < 0.45:
            splits += _rings(rng, focus, radials, float(rng.uniform(0.3, 0.95)))
        elif style < 0.75:
            net, cells = _net(rng, focus, size, float(rng.uniform(10, 40)))
            splits += net
            shards += cells
        else:
            splits += _fan(rng, focus, size)
    return Fracture(tuple(splits), tuple(shards))
