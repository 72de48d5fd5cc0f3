"""Draw hairline cracks onto a picture of glass: thin lines from an edge that catch the light only in places.

A hairline is a narrow gap in the glass. Where its walls face a light it is a bright glint, where they turn
the screen's light away it is dark, and in between it all but vanishes. It starts where the glass is weakest,
at an edge or a corner, runs on nearly straight, kinks, and may fork. Seen by a camera it is thinner than a
pixel as often as not, so its brightness is spread over the pixel it crosses.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from data.drawing.surface.raster import Mask, Pixels, Plane, Points

LENGTH_MM = (10.0, 110.0)
WIDTH_MM = (0.03, 0.22)
SEEN_LEVELS = 7.0
"""A hairline counts as visible if a quarter of its way changes the picture by this many 8-bit levels."""

_STEP_MM = 0.8
_FINER = 4
_FORKS = (0.5, 0.25, 0.15, 0.1)
_ATTEMPTS = 6
_LEAST_LINE_PX = 8


@dataclass(frozen=True)
class Hairline:
    """The picture with a hairline in it, and its mask: (H, W) uint8 0/255, one pixel wide or more."""

    pixels: Pixels
    mask: Mask


def draw_hairline(
    rng: np.random.Generator,
    pixels: Pixels,
    inside: Mask,
    *,
    mm_per_px: float,
    width_mm: tuple[float, float] = WIDTH_MM,
) -> Hairline | None:
    """Draw one hairline with its forks onto an (H, W, 3) uint8 picture, where `inside` is over 127.

    Returns None if there is no room for 10 mm, or none of several tries can be seen on this picture.
    """
    field = _Field.around(inside, mm_per_px)
    for _ in range(_ATTEMPTS):
        paths = field.paths(rng) if field else []
        if not paths:
            continue
        width_px = float(np.exp(rng.uniform(*np.log(width_mm)))) / mm_per_px
        drawn = _engrave(rng, pixels, paths, width_px)
        if is_hairline_seen(pixels, drawn.pixels, drawn.mask > 0):
            return drawn
    return None


def is_hairline_seen(before: Pixels, after: Pixels, on_line: npt.NDArray[np.bool_]) -> bool:
    """Return whether a hairline can be seen between two (H, W, 3) pictures, with and without it."""
    if np.count_nonzero(on_line) < _LEAST_LINE_PX:
        return False
    change = np.abs(after[on_line].astype(np.int16) - before[on_line]).max(axis=1)
    return float(np.percentile(change, 75)) >= SEEN_LEVELS


@dataclass(frozen=True)
class _Field:
    """Where a hairline may run, and the points of its border, (N, 2) x, y in px."""

    inside: npt.NDArray[np.bool_]
    border: Points
    mm_per_px: float

    @classmethod
    def around(cls, inside: Mask, mm_per_px: float) -> "_Field | None":
        body = (inside > 127).astype(np.uint8)
        contours, _ = cv2.findContours(body, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        border = max((c[:, 0, :] for c in contours), key=len, default=np.zeros((0, 2)))
        if len(border) * mm_per_px < 4 * LENGTH_MM[0]:
            return None
        return cls(body.astype(bool), border.astype(np.float64), mm_per_px)

    def paths(self, rng: np.random.Generator) -> list[Points]:
        """Return the main line and its forks; empty where the main line leaves the glass too soon."""
        length_mm = float(np.exp(rng.uniform(*np.log(LENGTH_MM))))
        start = self.border[int(rng.integers(len(self.border)))]
        main = self._walk(rng, start, self._inwards(rng, start), length_mm)
        if _length(main) * self.mm_per_px < LENGTH_MM[0]:
            return []
        forks = [self._fork(rng, main, length_mm) for _ in range(int(rng.choice(4, p=_FORKS)))]
        return [main, *(fork for fork in forks if len(fork) > 2)]

    def _inwards(self, rng: np.random.Generator, start: Points) -> float:
        """Return an angle from the border towards a point well inside."""
        rows, columns = np.nonzero(self.inside)
        pick = int(rng.integers(len(rows)))
        return float(np.arctan2(rows[pick] - start[1], columns[pick] - start[0]))

    def _fork(self, rng: np.random.Generator, main: Points, length_mm: float) -> Points:
        at = int(rng.integers(1, len(main) - 1))
        ahead = main[at + 1] - main[at]
        turn = float(rng.choice((-1, 1)) * rng.uniform(0.2, 0.9))
        angle = float(np.arctan2(ahead[1], ahead[0])) + turn
        return self._walk(rng, main[at], angle, length_mm * float(rng.uniform(0.15, 0.6)))

    def _walk(self, rng: np.random.Generator, start: Points, angle: float, length_mm: float) -> Points:
        steps = max(2, int(length_mm / _STEP_MM))
        kinks = rng.normal(0, 0.5, steps) * (rng.random(steps) < 0.06)
        bend = rng.normal(0, 0.012)
        angles = angle + np.cumsum(rng.normal(0, rng.uniform(0.01, 0.09), steps) + kinks + bend)
        moves = np.column_stack([np.cos(angles), np.sin(angles)]) * (_STEP_MM / self.mm_per_px)
        points = start + np.vstack([np.zeros(2), np.cumsum(moves, axis=0)])
        return points[: self._run_inside(points)]

    def _run_inside(self, points: Points) -> int:
        """Return how many points lie inside before the line leaves; the first two may touch the border."""
        height, width = self.inside.shape
        columns, rows = np.round(points).astype(int).T
        within = (columns >= 0) & (rows >= 0) & (columns < width) & (rows < height)
        within[within] &= self.inside[rows[within], columns[within]]
        within[:2] = True
        return int(np.argmin(within)) if not within.all() else len(points)


def _engrave(rng: np.random.Generator, pixels: Pixels, paths: list[Points], width_px: float) -> Hairline:
    """Spread the glints and shadows of the paths over the pixels they cross."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = _bounds(paths, width, height)
    window = (slice(top, bottom), slice(left, right))
    shape = (bottom - top, right - left)
    glint, shade, mask = (np.zeros(shape, np.float32) for _ in range(3))
    contrast, is_plain = float(rng.uniform(0.25, 1.0)), rng.random() < 0.25
    for number, path in enumerate(paths):
        thinner = 1.0 if number == 0 else 0.7
        local = path - (left, top)
        light = np.ones(len(path)) if is_plain else _catches_light(rng, len(path))
        _draw(glint, local, np.maximum(light, 0), width_px * thinner)
        _draw(shade, local, np.maximum(-light, 0), width_px * thinner)
        _draw(mask, local, np.ones(len(path)), max(1.0, width_px))
    blur = float(rng.uniform(0.25, 0.75))
    glint, shade = (cv2.GaussianBlur(plane, (0, 0), blur).astype(np.float32) for plane in (glint, shade))
    before = pixels[window].astype(np.float32)
    lit = float(rng.uniform(150, 255)) * np.asarray(rng.uniform(0.9, 1.0, 3), np.float32)
    if is_plain and rng.random() < 0.5:
        lit = np.asarray(rng.uniform(0, 90, 3), np.float32)
    after = before + (contrast * glint)[..., None] * (lit - before)
    after = after * (1 - contrast * float(rng.uniform(0.4, 0.9)) * shade[..., None])
    out, where = pixels.copy(), np.zeros((height, width), np.uint8)
    out[window] = np.clip(after + np.float32(0.5), 0, 255).astype(np.uint8)
    where[window] = np.where(mask > 0.3, 255, 0)
    return Hairline(out, where)


def _catches_light(rng: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
    """Return (count,) in -1 to 1: bright where positive, dark where negative, in runs of some millimetres."""
    coarse = rng.normal(0, 1, 2 + count // int(rng.integers(4, 16)))
    wave = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(coarse)), coarse)
    return np.asarray(np.clip(wave + rng.normal(0.35, 0.4), -1, 1))


def _draw(plane: Plane, path: Points, strength: npt.NDArray[np.float64], width_px: float) -> None:
    """Add a line of the given strength along a path, exact below a pixel's width, at most 1."""
    finer = np.zeros((plane.shape[0] * _FINER, plane.shape[1] * _FINER), np.uint8)
    thickness = max(1, round(width_px * _FINER))
    cover = min(1.0, width_px * _FINER / thickness)
    points = np.round((path + 0.5) * _FINER * 16 - 8).astype(np.int32)
    for start, end, value in zip(points[:-1], points[1:], strength[1:], strict=True):
        if value > 0.02:
            cv2.line(finer, start.tolist(), end.tolist(), round(255 * value), thickness, cv2.LINE_8, 4)
    small = cv2.resize(finer, (plane.shape[1], plane.shape[0]), interpolation=cv2.INTER_AREA)
    np.maximum(plane, small.astype(np.float32) / np.float32(255) * np.float32(cover), out=plane)


def _bounds(paths: list[Points], width: int, height: int) -> tuple[int, int, int, int]:
    points = np.concatenate(paths)
    left, top = np.maximum(np.floor(points.min(axis=0)).astype(int) - 4, 0)
    right, bottom = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 5, (width, height))
    return int(left), int(top), int(right), int(bottom)


def _length(path: Points) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum()) if len(path) > 1 else 0.0
