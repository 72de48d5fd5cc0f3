"""Draw a hand that holds a device: palm and arm behind it, thumb and fingertips over it.

Places are millimetres on the viewed face, carried into the photo with the face's own homography.
"""

from dataclasses import dataclass

import numpy as np

from data.drawing.scene.skin import paint_creases, paint_nail, paint_skin
from data.drawing.surface import raster
from data.drawing.surface.canvas import Colour, linear, unit
from data.drawing.surface.raster import Mask, Plane, Points
from data.homography import carry

_TONES = (
    (0.93, 0.78, 0.70),
    (0.88, 0.70, 0.58),
    (0.80, 0.60, 0.47),
    (0.66, 0.46, 0.34),
    (0.48, 0.32, 0.24),
    (0.36, 0.24, 0.19),
)

_FINGER_MM = 13.0
_SHADOW = 0.5
# A limb ends where it is so near the camera, in shares of how far the corner of the face is.
_NEAREST = 0.35


@dataclass(frozen=True)
class Limb:
    """A finger, palm or arm: a bent rod through points in millimetres, with one radius."""

    points: Points
    radius_mm: float
    has_nail: bool = False


@dataclass(frozen=True)
class Hand:
    """The limbs behind the device and the limbs over it."""

    behind: tuple[Limb, ...]
    over: tuple[Limb, ...]
    tone: Colour
    seed: int


def draw_hand(rng: np.random.Generator, width_mm: float, height_mm: float) -> Hand:
    """Draw one grip on a face of this size."""
    shown = np.clip(np.array(_TONES[int(rng.integers(len(_TONES)))]) + rng.normal(0, 0.02, 3), 0.1, 0.98)
    flips = rng.random() < 0.5
    if height_mm < 30:
        behind, over = _edge_grip(rng, width_mm, height_mm)
    elif rng.random() < 0.25:
        behind, over = _pinch(rng, width_mm, height_mm)
    else:
        behind, over = _side_grip(rng, width_mm, height_mm)
    if flips:
        behind = [_flipped(limb, width_mm) for limb in behind]
        over = [_flipped(limb, width_mm) for limb in over]
    return Hand(tuple(behind), tuple(over), linear(*(float(v) for v in shown)), int(rng.integers(2**31)))


def paint_limbs(picture: Plane, limbs: tuple[Limb, ...], matrix: Points, hand: Hand, light: Points) -> Mask:
    """Paint limbs into the photo and return what they cover."""
    covered = np.zeros(picture.shape[:2], np.uint8)
    rng = np.random.default_rng(hand.seed)
    for limb in limbs:
        _paint_limb(picture, covered, limb, matrix, hand, light, rng)
    return covered


def cast_shadow(picture: Plane, limbs: tuple[Limb, ...], matrix: Points, light: Points) -> None:
    """Darken what lies close under limbs, away from the light."""
    height, width = picture.shape[:2]
    small = np.zeros((max(4, height // 4), max(4, width // 4)), np.uint8)
    widest = 0.0
    for limb in limbs:
        path, radius = _path(limb, matrix)
        widest = max(widest, radius / 4)
        raster.stroke(small, (path - light * radius * 0.25) / 4, radius / 2, 255)
    if not small.any():
        return
    soft = raster.blur(unit(small), max(0.6, 0.28 * widest))
    picture *= (1 - np.float32(_SHADOW) * raster.stretch(soft, width, height))[..., None]


def _flipped(limb: Limb, width_mm: float) -> Limb:
    return Limb(limb.points * (-1, 1) + (width_mm, 0), limb.radius_mm, limb.has_nail)


def _side_grip(rng: np.random.Generator, width: float, height: float) -> tuple[list[Limb], list[Limb]]:
    low = height * float(rng.uniform(0.5, 0.8))
    reach = float(rng.uniform(-1, 9))
    palm = Limb(np.array([[-4, low], [width * 0.3, low + 30.0], [width * 0.5, low + 45]]), 30)
    arm = Limb(np.array([[width * 0.2, low + 40], [-30 - width * 0.4, low + 190]]), 32)
    thumb_tip = np.array([reach, low - rng.uniform(25, 55)])
    thumb = Limb(np.stack([[-16.0, low + 8], [-13.0, low - 18], thumb_tip]), rng.uniform(9, 11), True)
    root = Limb(np.array([[-10.0, low + 25], [-15.0, low - 5]]), 14)
    fingers = []
    for index in range(int(rng.integers(3, 5))):
        y = low - 45 + index * float(rng.uniform(18, 21))
        tip = width - float(rng.uniform(-2, 7))
        points = np.array([[width + 8.0, y + 4], [tip, y - 2]])
        fingers.append(Limb(points, float(rng.uniform(7, 8.8)), bool(index % 2 or reach > 3)))
    return [arm, palm, root], [thumb, *fingers]


def _pinch(rng: np.random.Generator, width: float, height: float) -> tuple[list[Limb], list[Limb]]:
    x, y = width * float(rng.uniform(0.3, 0.9)), height * float(rng.uniform(0.7, 0.92))
    arm = Limb(np.array([[width + 20, height + 25], [width + 130, height + 160]]), 34)
    palm = Limb(np.array([[width * 0.6, height], [width + 20, height + 20]]), 26)
    start = np.array([width + 22.0, height + 12])
    middle = (start + np.array([x, y])) / 2 + np.array([6.0, -5.0])
    thumb = Limb(np.stack([start, middle, [x, y]]), float(rng.uniform(9.5, 12)), True)
    return [arm, palm], [thumb]


def _edge_grip(rng: np.random.Generator, width: float, height: float) -> tuple[list[Limb], list[Limb]]:
    x = width * float(rng.uniform(0.4, 0.8))
    palm = Limb(np.array([[x - 20, height + 34], [x + 30, height + 38]]), 27)
    arm = Limb(np.array([[x + 20, height + 45], [x + 140, height + 150]]), 32)
    thumb = Limb(np.array([[x + 10, height + 26], [x - 30, height + 8], [x - 45, height + 3]]), 10)
    fingers = [
        Limb(np.array([[x - 30 + 19 * index, -22.0], [x - 32 + 19 * index, -5.0]]), rng.uniform(7.5, 8.8))
        for index in range(4)
    ]
    return [arm, palm, *fingers], [thumb]


def _paint_limb(
    picture: Plane,
    covered: Mask,
    limb: Limb,
    matrix: Points,
    hand: Hand,
    light: Points,
    rng: np.random.Generator,
) -> None:
    points, radius = _path(limb, matrix)
    low = np.maximum(np.floor(points.min(axis=0) - radius - 2), 0).astype(int)
    high = np.ceil(points.max(axis=0) + radius + 2).astype(int)
    bottom, right = min(picture.shape[0], int(high[1])), min(picture.shape[1], int(high[0]))
    if bottom - low[1] < 2 or right - low[0] < 2:
        return
    window = (slice(int(low[1]), bottom), slice(int(low[0]), right))
    mask = np.zeros((bottom - int(low[1]), right - int(low[0])), np.uint8)
    _taper(mask, points - low, radius, limb.radius_mm)
    colour = paint_skin(mask, radius, hand.tone, light, rng)
    if limb.radius_mm <= _FINGER_MM:
        paint_creases(colour, points - low, radius, rng)
    if limb.has_nail:
        paint_nail(colour, points - low, radius, hand.tone)
    part = picture[window]
    part += (colour - part) * unit(mask)[..., None]
    covered[window] = np.maximum(covered[window], mask)


def _path(limb: Limb, matrix: Points) -> tuple[Points, float]:
    """Return a limb's middle line in the photo, towards its tip, and its radius there, in pixels."""
    points = _before_camera(limb.points, matrix)
    ends = carry(points, matrix)
    beside = carry(points[-1:] + np.array([limb.radius_mm, 0.0]), matrix)
    return _bend(ends), float(np.linalg.norm(beside[0] - ends[-1]))


def _before_camera(points: Points, matrix: Points) -> Points:
    """Return the points of a limb, cut where it would reach the camera or pass it."""
    depth = points @ matrix[2, :2] + matrix[2, 2]
    kept = points.copy()
    for index in range(1, len(points)):
        if depth[index] < _NEAREST:
            share = (depth[index - 1] - _NEAREST) / (depth[index - 1] - depth[index])
            kept[index:] = kept[index - 1] + max(share, 0.05) * (points[index] - points[index - 1])
            break
    return kept


def _taper(mask: Mask, path: Points, radius: float, radius_mm: float) -> None:
    """Stroke a limb; a finger narrows towards its tip and swells a little at the pad."""
    if radius_mm > _FINGER_MM:
        raster.stroke(mask, path, 2 * radius, 255)
        return
    steps = np.linspace(0, 1, 9)
    way = np.linspace(0, 1, len(path))
    fine = np.stack([np.interp(steps, way, path[:, axis]) for axis in range(2)], axis=1)
    widths = radius * (1.12 - 0.16 * steps - 0.1 * np.sin(np.pi * steps) ** 2)
    for index in range(len(fine) - 1):
        raster.stroke(mask, fine[index : index + 2], 2 * float(widths[index + 1]), 255)


def _bend(points: Points) -> Points:
    if len(points) < 3:
        return points
    along = np.linspace(0, 1, 10)[:, None]
    first, middle, last = points
    control = 2 * middle - (first + last) / 2
    return np.asarray((1 - along) ** 2 * first + 2 * along * (1 - along) * control + along**2 * last)
