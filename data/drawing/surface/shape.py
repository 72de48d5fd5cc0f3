"""Make the outlines that devices and defects are drawn from; all sizes in millimetres."""

from functools import cache

import numpy as np

from data.drawing.surface.raster import Points


def rounded(left: float, top: float, width: float, height: float, radius: float, steps: int = 6) -> Points:
    """Return a rectangle with round corners, clockwise from its top left corner."""
    radius = min(radius, width / 2, height / 2)
    if radius <= 0:
        return rectangle(left, top, width, height)
    arc_of_corner = _unit_arc(steps) * radius
    right, bottom = left + width - radius, top + height - radius
    corners = [
        -arc_of_corner + (left + radius, top + radius),
        arc_of_corner[:, ::-1] * (1, -1) + (right, top + radius),
        np.array([right, bottom]) + arc_of_corner,
        arc_of_corner[:, ::-1] * (-1, 1) + (left + radius, bottom),
    ]
    return np.concatenate(corners)


def rectangle(left: float, top: float, width: float, height: float) -> Points:
    """Return the four corners of a rectangle, clockwise from the top left."""
    right, bottom = left + width, top + height
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)


def circle(x: float, y: float, radius: float, steps: int = 24) -> Points:
    """Return a circle as a polygon."""
    return _unit_circle(steps) * radius + (x, y)


def blob(
    rng: np.random.Generator, x: float, y: float, radius: float, roughness: float = 0.3, steps: int = 40
) -> Points:
    """Return a closed, irregular outline around a point; `roughness` 0 is a circle."""
    angles = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    radii = np.ones(steps)
    for wave in range(2, 8):
        swing = roughness * 2.2 / wave**1.6 * float(np.clip(rng.normal(), -1.5, 1.5))
        radii += swing * np.sin(wave * angles + rng.uniform(0, 2 * np.pi))
    radii = np.maximum(radii, 0.25) * radius
    squash, turn = rng.uniform(0.6, 1.0), rng.uniform(0, np.pi)
    offsets = np.stack([np.cos(angles) * radii, np.sin(angles) * radii * squash], axis=1)
    return offsets @ turned(turn).T + (x, y)


def arc(start: Points, end: Points, bow: float, steps: int = 12) -> Points:
    """Return a smooth curve between two points that leaves the straight line by `bow` of its length."""
    along = np.linspace(0, 1, steps)[:, None]
    chord = end - start
    normal = np.array([-chord[1], chord[0]])
    return np.asarray(start + along * chord + 4 * along * (1 - along) * bow * normal, dtype=np.float64)


def turned(angle_rad: float) -> Points:
    """Return the 2 x 2 matrix that turns points by an angle."""
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cosine, -sine], [sine, cosine]])


def capsule(start: Points, end: Points, radius: float) -> Points:
    """Return the outline of a rod with round ends."""
    angle = float(np.arctan2(end[1] - start[1], end[0] - start[0]))
    far = _arc(float(end[0]), float(end[1]), radius, angle + np.linspace(-np.pi / 2, np.pi / 2, 8))
    near = _arc(float(start[0]), float(start[1]), radius, angle + np.linspace(np.pi / 2, 1.5 * np.pi, 8))
    return np.concatenate([far, near])


def extent(points: Points) -> float:
    """Return the largest distance between any two of the points."""
    if len(points) < 2:
        return 0.0
    gaps = points[:, None, :] - points[None, :, :]
    return float(np.sqrt((gaps**2).sum(axis=2).max()))


@cache
def _unit_circle(steps: int) -> Points:
    return _arc(0.0, 0.0, 1.0, np.linspace(0, 2 * np.pi, steps, endpoint=False))


@cache
def _unit_arc(steps: int) -> Points:
    return _arc(0.0, 0.0, 1.0, np.linspace(0, np.pi / 2, steps))


def _arc(x: float, y: float, radius: float, angles: Points) -> Points:
    return np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1)
