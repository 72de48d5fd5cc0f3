"""Wrap the few OpenCV calls that drawing needs, with plain array types.

A Plane is float32 in linear light, (H, W) or (H, W, C); a Mask is (H, W) uint8, 0 to 255; Points are (N, 2)
float64, x before y. Polygons are drawn with anti-aliasing at 1/16 pixel.
"""

from collections.abc import Sequence
from typing import TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Mask = NDArray[np.uint8]
Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]
Fixed = NDArray[np.int32]
_Picture = TypeVar("_Picture", Plane, Mask)

_SHIFT = 4
_LEVELS = 17


def resize(plane: Plane, width: int, height: int) -> Plane:
    """Resize with bicubic interpolation up and area averaging down."""
    shrinks = width < plane.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(plane, (width, height), interpolation=method), dtype=np.float32)


def stretch(plane: Plane, width: int, height: int) -> Plane:
    """Resize with bilinear interpolation, which never leaves the range of its input."""
    return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def resize_mask(mask: Mask, width: int, height: int) -> Mask:
    """Resize a mask with bilinear interpolation."""
    return np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def average(plane: _Picture, width: int, height: int) -> _Picture:
    """Reduce a plane or a mask by averaging over areas; neither side may grow."""
    return cast(
        _Picture, cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA).astype(plane.dtype)
    )


def blur(plane: Plane, sigma_px: float) -> Plane:
    """Blur with a Gaussian; past 4 px it works on a smaller copy, which looks the same and costs less."""
    if sigma_px < 0.2:
        return plane
    height, width = plane.shape[:2]
    if sigma_px <= 4:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_px), dtype=np.float32)
    factor = min(sigma_px / 2, width / 8, height / 8)
    if factor < 1:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_px), dtype=np.float32)
    small = resize(plane, max(4, int(width / factor)), max(4, int(height / factor)))
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), sigma_px / factor), dtype=np.float32)
    return stretch(soft, width, height)


def sharpen(pixels: Mask, sigma_px: float, strength: float) -> Mask:
    """Sharpen (H, W, 3) uint8 pixels as cameras do, by adding what a blur takes away."""
    soft = cv2.GaussianBlur(pixels, (0, 0), sigma_px)
    return np.asarray(cv2.addWeighted(pixels, 1 + strength, soft, -strength, 0), dtype=np.uint8)


def square_root(plane: Plane) -> Plane:
    """Return the square root of each value; there must be none below 0."""
    return np.asarray(cv2.sqrt(plane), dtype=np.float32)


def to_bytes(shown: Plane, noise: Plane, strength: float) -> Mask:
    """Add noise to display values of 0 to 1 and round them to 0 to 255, both (H, W, 3)."""
    mixed = cv2.addWeighted(shown, 255.0, noise, 255.0 * strength, 0.0, dtype=cv2.CV_8U)
    return np.asarray(mixed, dtype=np.uint8)


def mapped(pixels: Mask, table: Mask) -> Mask:
    """Replace each value by its entry in a table of 256."""
    return np.asarray(cv2.LUT(pixels, table), dtype=np.uint8)


def smear(plane: Plane, length_px: float, angle_rad: float) -> Plane:
    """Blur along one direction, as a hand that shakes does."""
    size = int(np.ceil(length_px)) | 1
    kernel = np.zeros((size, size), np.uint8)
    half = (size - 1) / 2
    step = np.array([np.cos(angle_rad), np.sin(angle_rad)]) * length_px / 2
    middle = np.array([half, half])
    stroke(kernel, np.stack([middle - step, middle + step]), 1.0, 255)
    weights = kernel.astype(np.float32) / max(1.0, float(kernel.sum()))
    return np.asarray(cv2.filter2D(plane, -1, weights), dtype=np.float32)


def warp(plane: Plane, matrix: Points, width: int, height: int) -> Plane:
    """Carry a plane through a homography; what lies outside is 0."""
    return np.asarray(cv2.warpPerspective(plane, matrix, (width, height)), dtype=np.float32)


def warp_mask(mask: Mask, matrix: Points, width: int, height: int) -> Mask:
    """Carry a mask through a homography; what lies outside is 0."""
    return np.asarray(cv2.warpPerspective(mask, matrix, (width, height)), dtype=np.uint8)


def sample(plane: Plane, columns: Plane, rows: Plane) -> Plane:
    """Read a plane at other places; the border repeats."""
    moved = cv2.remap(plane, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.float32)


def sample_mask(mask: Mask, columns: Plane, rows: Plane) -> Mask:
    """Read a mask at other places; outside is 0."""
    return np.asarray(cv2.remap(mask, columns, rows, cv2.INTER_LINEAR), dtype=np.uint8)


def fill(mask: Mask, polygons: Sequence[Points], value: int = 255) -> None:
    """Fill polygons in place; overlapping ones in one call cancel out, as the even-odd rule has it."""
    cv2.fillPoly(mask, [to_fixed(polygon) for polygon in polygons], value, cv2.LINE_AA, _SHIFT)


def fill_each(mask: Mask, polygons: Sequence[Points], value: int = 255) -> None:
    """Fill polygons in place one by one, so that overlapping ones add up."""
    for polygon in polygons:
        cv2.fillPoly(mask, [to_fixed(polygon)], value, cv2.LINE_AA, _SHIFT)


def fill_colour(picture: Mask, polygon: Points, colour: Plane) -> None:
    """Fill a polygon of an (H, W, 3) uint8 picture in place with a colour of 0 to 255."""
    red, green, blue = (float(part) for part in colour)
    cv2.fillPoly(picture, [to_fixed(polygon)], (red, green, blue), cv2.LINE_AA, _SHIFT)


class Strokes:
    """Many short lines that are drawn at once, faint ones first, so that bright ones stay on top."""

    def __init__(self) -> None:
        self._lines: dict[tuple[int, int], list[Fixed]] = {}

    def add(self, fixed: Fixed, width_px: float, values: Sequence[float], piece: int) -> None:
        """Add a polyline cut into pieces of so many steps, each with its own brightness of 0 to 1."""
        width = max(1, round(width_px))
        for index, value in enumerate(values):
            part = fixed[index * piece : (index + 1) * piece + 1]
            level = min(_LEVELS, int(value * _LEVELS + 0.5))
            if len(part) > 1 and level:
                self._lines.setdefault((level, width), []).append(part)

    def draw(self, mask: Mask) -> None:
        """Draw all lines into a mask in place."""
        for level, width in sorted(self._lines):
            lines = self._lines[level, width]
            cv2.polylines(mask, lines, False, 255 * level // _LEVELS, width, cv2.LINE_AA, _SHIFT)


def stroke(mask: Mask, points: Points, width_px: float, value: int) -> None:
    """Draw a polyline in place, at least one pixel wide."""
    cv2.polylines(mask, [to_fixed(points)], False, value, max(1, round(width_px)), cv2.LINE_AA, _SHIFT)


def write(mask: Mask, text: str, corner: tuple[float, float], height_px: float, value: int = 255) -> None:
    """Write text in place with its lower left corner at `corner` and capitals about `height_px` tall."""
    scale = height_px / 22.0
    place = (int(corner[0]), int(corner[1]))
    cv2.putText(
        mask, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, value, max(1, round(scale * 2.2)), cv2.LINE_AA
    )


def distance(mask: Mask) -> Plane:
    """Return how far each pixel inside the mask is from its outside, in pixels."""
    inside = (mask > 127).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 3), dtype=np.float32)


def grow(mask: Mask, radius_px: int) -> Mask:
    """Widen a mask by a number of pixels."""
    if radius_px < 1:
        return mask
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))
    return np.asarray(cv2.dilate(mask, kernel), dtype=np.uint8)


def close(mask: Mask, radius_px: int) -> Mask:
    """Fill gaps in a mask that are narrower than twice the radius."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel), dtype=np.uint8)


def gradient(plane: Plane) -> tuple[Plane, Plane]:
    """Return the slope of a plane along x and along y, per pixel."""
    along_x = cv2.Sobel(plane, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    along_y = cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return np.asarray(along_x, dtype=np.float32), np.asarray(along_y, dtype=np.float32)


def homography(source: Points, target: Points) -> Points:
    """Return the 3 x 3 matrix that carries four points onto four others."""
    # In float32, unlike data/homography.py: other bits would draw other photos than those learnt from.
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))
    return np.asarray(matrix, dtype=np.float64)


def filled_points(mask: Mask) -> Points:
    """Return x and y of every pixel of a mask that is not 0, (N, 2)."""
    found = cv2.findNonZero(mask)
    return np.zeros((0, 2)) if found is None else np.asarray(found, dtype=np.float64).reshape(-1, 2)


def hull(points: Points) -> Points:
    """Return the convex hull of points."""
    found = cv2.convexHull(points.astype(np.float32))
    return np.asarray(found, dtype=np.float64).reshape(-1, 2)


def cells(points: Points, width: float, height: float) -> list[Points]:
    """Return the Voronoi cells of points inside a rectangle from (0, 0)."""
    division = cv2.Subdiv2D((0, 0, int(np.ceil(width)) + 2, int(np.ceil(height)) + 2))
    for x, y in points:
        if 0 <= x < width and 0 <= y < height:
            division.insert((float(x), float(y)))
    facets, _ = division.getVoronoiFacetList([])
    return [np.asarray(facet, dtype=np.float64) for facet in facets]


def through_jpeg(pixels: Mask, quality: int) -> Mask:
    """Return (H, W, 3) RGB pixels as they come back from a JPEG file."""
    body = encode_jpeg(pixels, quality)
    decoded = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(np.asarray(decoded), cv2.COLOR_BGR2RGB), dtype=np.uint8)


def encode_jpeg(pixels: Mask, quality: int) -> bytes:
    """Encode (H, W, 3) RGB pixels as a JPEG file."""
    _, body = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return body.tobytes()


def to_fixed(points: Points) -> Fixed:
    """Return points in the 1/16 pixels that lines and polygons are drawn with, (N, 1, 2)."""
    fixed: Fixed = np.rint(points * (1 << _SHIFT)).astype(np.int32)
    return fixed.reshape(-1, 1, 2)
