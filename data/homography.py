"""Compute homographies, which carry points from a photo to a side of a device and back."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Points: TypeAlias = NDArray[np.float64]


def homography(source: Points, target: Points) -> Points:
    """Return the (3, 3) matrix that carries four points, (4, 2), to four others."""
    rows = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    solved, *_ = np.linalg.lstsq(np.array(rows), target.ravel(), rcond=None)
    return np.asarray(np.append(solved, 1.0).reshape(3, 3))


def carry(points: Points, matrix: Points) -> Points:
    """Return where a homography carries points, (N, 2)."""
    carried = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(carried[:, :2] / carried[:, 2:], dtype=np.float64)


def magnification(points: Points, matrix: Points) -> Points:
    """Return (N,) areas that one unit of area at each of the points, (N, 2), has once it is carried."""
    depth = points @ matrix[2, :2] + matrix[2, 2]
    return np.asarray(abs(np.linalg.det(matrix)) / np.abs(depth) ** 3)
