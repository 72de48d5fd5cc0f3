"""Place a body before the camera: turn, tilt, distance and framing."""

from dataclasses import dataclass

import numpy as np

from data.drawing.surface.raster import Points

_FARTHEST_PX = 1e5


@dataclass(frozen=True)
class Pose:
    """How a body stands before the camera; distance is in units of the body's own extent."""

    roll_rad: float
    pitch_rad: float
    yaw_rad: float
    distance: float
    filling: float
    centre_x: float
    centre_y: float


class Projector:
    """The map from millimetres of a body to pixels of one photo."""

    def __init__(self, pose: Pose, anchor: Points, width_px: int, height_px: int) -> None:
        """Fit the anchor points (N, 3) into the photo as the pose asks."""
        self._turn = _rotation(pose)
        self._middle = anchor.mean(axis=0)
        extent = float(np.linalg.norm(np.ptp(anchor, axis=0)))
        self._distance = pose.distance * extent
        flat = self._flat(anchor)
        low, high = flat.min(axis=0), flat.max(axis=0)
        room = np.array([width_px, height_px]) * pose.filling
        self._zoom = float((room / np.maximum(high - low, 1e-9)).min())
        spare = np.array([width_px, height_px]) - (high - low) * self._zoom
        centre = np.array([width_px, height_px]) / 2 + spare / 2 * (pose.centre_x, pose.centre_y)
        self._offset = centre - (low + high) / 2 * self._zoom

    def project(self, points: Points) -> Points:
        """Return where points (N, 3) appear, (N, 2) pixels."""
        placed = self._flat(points) * self._zoom + self._offset
        return np.asarray(np.clip(placed, -_FARTHEST_PX, _FARTHEST_PX), dtype=np.float64)

    def _flat(self, points: Points) -> Points:
        turned = (points - self._middle) @ self._turn.T
        depth = np.maximum(self._distance - turned[:, 2:], self._distance * 0.1)
        return np.asarray(turned[:, :2] / depth * self._distance, dtype=np.float64)


def _rotation(pose: Pose) -> Points:
    cr, sr = np.cos(pose.roll_rad), np.sin(pose.roll_rad)
    cp, sp = np.cos(pose.pitch_rad), np.sin(pose.pitch_rad)
    cy, sy = np.cos(pose.yaw_rad), np.sin(pose.yaw_rad)
    roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    return np.asarray(roll @ pitch @ yaw, dtype=np.float64)
