"""Define one face of a device as a surface: its material at every point, in millimetres.

A face is painted with materials first and lit later, so one defect looks right in every light.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from data.drawing.surface import raster
from data.drawing.surface.bend_profile import Bend
from data.drawing.surface.raster import Mask, Plane, Points
from data.drawing.surface.shape import rounded

Colour = tuple[float, float, float]
Window = tuple[slice, slice]


class Material(StrEnum):
    """The main material of a face, which decides how it breaks and wears."""

    GLASS = "glass"
    PAINT = "paint"
    METAL = "metal"
    PLASTIC = "plastic"
    PAPER = "paper"


@dataclass
class Face:
    """One face of a device, with a margin around it for what leaves its outline.

    albedo and emission are (H, W, 3); gloss (share of the surroundings mirrored) and scatter (light thrown
    about by broken or dusty places) are (H, W); slope is (H, W, 2), the tilt of the surface; bend is how the
    whole body is bent.
    """

    width_mm: float
    height_mm: float
    margin_mm: float
    scale: float
    material: Material
    outline: Points
    albedo: Plane
    gloss: Plane
    emission: Plane
    scatter: Plane
    alpha: Mask
    slope: Plane | None = None
    bend: Bend | None = None
    parts: list[Points] = field(default_factory=list)
    keep_out: list[Points] = field(default_factory=list)
    roughness: float = 0.0

    @property
    def shape(self) -> tuple[int, int]:
        """Return the rows and columns of the canvas."""
        return int(self.gloss.shape[0]), int(self.gloss.shape[1])

    @property
    def everywhere(self) -> Window:
        """Return the window that is the whole canvas."""
        return slice(0, self.shape[0]), slice(0, self.shape[1])

    def to_px(self, points: Points) -> Points:
        """Carry millimetres on the face to pixels of the canvas."""
        return (points + self.margin_mm) * self.scale

    def matrix(self) -> Points:
        """Return the homography from millimetres on the face to canvas pixels (centres at integers)."""
        offset = self.margin_mm * self.scale
        return np.array([[self.scale, 0, offset], [0, self.scale, offset], [0, 0, 1.0]])

    def grid(self) -> tuple[Plane, Plane]:
        """Return x and y in millimetres as a row and a column that broadcast over the canvas."""
        rows, columns = self.shape
        across = np.arange(columns, dtype=np.float32) / np.float32(self.scale) - np.float32(self.margin_mm)
        down = np.arange(rows, dtype=np.float32) / np.float32(self.scale) - np.float32(self.margin_mm)
        return across[None, :], down[:, None]

    def blank(self) -> Mask:
        """Return an empty mask as large as the canvas."""
        return np.zeros(self.shape, np.uint8)

    def mask(self, *polygons: Points) -> Mask:
        """Return a mask of polygons given in millimetres."""
        mask = self.blank()
        for polygon in polygons:
            raster.fill(mask, [self.to_px(polygon)])
        return mask

    def window(self, points: Points, pad_mm: float = 0.0) -> Window:
        """Return the slices of the canvas that hold all the points."""
        margin, scale = self.margin_mm, self.scale
        left, top = points.min(axis=0).tolist()
        right, bottom = points.max(axis=0).tolist()
        rows, columns = self.shape
        return (
            slice(*_span(top - pad_mm + margin, bottom + pad_mm + margin, scale, rows)),
            slice(*_span(left - pad_mm + margin, right + pad_mm + margin, scale, columns)),
        )

    def cover(self, polygon: Points) -> tuple[Window, Plane]:
        """Return the window of a polygon and how much of each pixel in it is covered, 0 to 1."""
        window = self.window(polygon)
        mask = self._part(window)
        if mask.size:
            raster.fill(mask, [self.to_px(polygon) - (window[1].start, window[0].start)])
        return window, unit(mask)

    def paint(
        self, polygon: Points, colour: Colour, *, gloss: float | None = None, opacity: float = 1.0
    ) -> None:
        """Paint a polygon, opaque or translucent; colours are linear, 0 to 1."""
        window, cover = self.cover(polygon)
        self.blend(window, cover * np.float32(opacity), colour, gloss=gloss)

    def paint_all(self, polygons: Sequence[Points], colour: Colour, *, opacity: float = 1.0) -> None:
        """Paint many polygons alike at once."""
        if not polygons:
            return
        window = self.window(np.concatenate(polygons))
        mask = self._part(window)
        if mask.size:
            offset = np.array([window[1].start, window[0].start])
            raster.fill_each(mask, [self.to_px(polygon) - offset for polygon in polygons])
            self.blend(window, unit(mask) * np.float32(opacity), colour)

    def blend(
        self, window: Window, cover: Plane, colour: Colour | Plane, *, gloss: float | None = None
    ) -> None:
        """Mix a colour into a window by its cover, 0 to 1."""
        paint = np.asarray(colour, dtype=np.float32)
        part = self.albedo[window]
        part += (paint - part) * cover[..., None]
        if gloss is not None:
            mirror = self.gloss[window]
            mirror += (np.float32(gloss) - mirror) * cover

    def line(self, points: Points, width_mm: float, colour: Colour, *, gloss: float | None = None) -> None:
        """Draw a line; one thinner than a pixel fades instead of vanishing."""
        window = self.window(points, width_mm)
        mask = self._part(window)
        if not mask.size:
            return
        width_px = width_mm * self.scale
        value = int(255 * min(1.0, width_px))
        raster.stroke(mask, self.to_px(points) - (window[1].start, window[0].start), width_px, value)
        self.blend(window, unit(mask), colour, gloss=gloss)

    def text(self, text: str, left: float, bottom: float, height_mm: float, colour: Colour) -> None:
        """Write text on the face."""
        window, cover = self._text_cover(text, left, bottom, height_mm)
        self.blend(window, cover, colour)

    def glow(self, polygon: Points, colour: Colour, *, opacity: float = 1.0) -> None:
        """Light a polygon of the display in a colour."""
        window, cover = self.cover(polygon)
        part = self.emission[window]
        part += (np.asarray(colour, np.float32) - part) * (cover * np.float32(opacity))[..., None]

    def glow_text(self, text: str, left: float, bottom: float, height_mm: float, colour: Colour) -> None:
        """Write lit text on the display."""
        window, cover = self._text_cover(text, left, bottom, height_mm)
        part = self.emission[window]
        part += (np.asarray(colour, np.float32) - part) * cover[..., None]

    def _text_cover(self, text: str, left: float, bottom: float, height_mm: float) -> tuple[Window, Plane]:
        area = np.array(
            [[left - 1, bottom - 1.6 * height_mm], [left + len(text) * height_mm, bottom + height_mm]]
        )
        window = self.window(area)
        mask = self._part(window)
        if mask.size:
            corner = self.to_px(np.array([[left, bottom]]))[0] - (window[1].start, window[0].start)
            raster.write(mask, text, (float(corner[0]), float(corner[1])), height_mm * self.scale)
        return window, unit(mask)

    def _part(self, window: Window) -> Mask:
        rows, columns = window
        return np.zeros((max(0, rows.stop - rows.start), max(0, columns.stop - columns.start)), np.uint8)

    def marked(self, cover: Plane, least: float) -> Mask:
        """Return the mask of where a cover passes `least`, on the device."""
        return np.where((cover > least) & (self.alpha > 127), 255, 0).astype(np.uint8)

    def with_screen(self, screen: Points) -> "ScreenFace":
        """Return the same face, its canvas shared, with a display inside an outline in millimetres."""
        return ScreenFace(**{each.name: getattr(self, each.name) for each in fields(self)}, screen=screen)

    def thinned(self, step: int) -> "Face":
        """Return a copy with every so many rows and columns, which is enough to compare light by."""
        return replace(
            self,
            scale=self.scale / step,
            albedo=self.albedo[::step, ::step].copy(),
            gloss=self.gloss[::step, ::step].copy(),
            emission=self.emission[::step, ::step].copy(),
            scatter=self.scatter[::step, ::step].copy(),
            alpha=self.alpha[::step, ::step],
            slope=None if self.slope is None else self.slope[::step, ::step].copy(),
        )

    def mean_albedo(self) -> float:
        """Return roughly how light the face is, 0 to 1."""
        seen = self.alpha[::4, ::4] > 127
        return float(self.albedo[::4, ::4][seen].mean()) if seen.any() else 0.0

    def tilt(self, along_x: Plane, along_y: Plane, window: Window | None = None) -> None:
        """Add to the tilt of the surface."""
        if self.slope is None:
            self.slope = np.zeros((*self.shape, 2), np.float32)
        part = self.slope if window is None else self.slope[window]
        part[..., 0] += along_x
        part[..., 1] += along_y


@dataclass
class ScreenFace(Face):
    """A face with a display: `screen` is the outline, in millimetres, of what can be lit."""

    screen: Points = field(kw_only=True)

    def fill_screen(self, colour: Colour) -> None:
        """Light the whole display in one colour, up to its bounding rectangle."""
        self.emission[self.window(self.screen)] = colour


def new_face(
    width_mm: float,
    height_mm: float,
    corner_mm: float,
    *,
    scale: float,
    colour: Colour,
    gloss: float,
    material: Material,
    outline: Points | None = None,
) -> Face:
    """Return a plain face of one material, `scale` pixels a millimetre."""
    margin = max(3.0, 0.035 * max(width_mm, height_mm))
    rows = int(np.ceil((height_mm + 2 * margin) * scale))
    columns = int(np.ceil((width_mm + 2 * margin) * scale))
    edge = rounded(0, 0, width_mm, height_mm, corner_mm) if outline is None else outline
    alpha = np.zeros((rows, columns), np.uint8)
    raster.fill(alpha, [(edge + margin) * scale])
    return Face(
        width_mm=width_mm,
        height_mm=height_mm,
        margin_mm=margin,
        scale=scale,
        material=material,
        outline=edge,
        albedo=np.full((rows, columns, 3), colour, np.float32),
        gloss=np.full((rows, columns), gloss, np.float32),
        emission=np.zeros((rows, columns, 3), np.float32),
        scatter=np.zeros((rows, columns), np.float32),
        alpha=alpha,
    )


def _span(low_mm: float, high_mm: float, scale: float, count: int) -> tuple[int, int]:
    low, high = int(low_mm * scale) - 2, int(high_mm * scale) + 4
    return min(max(low, 0), count), min(max(high, 0), count)


def linear(red: float, green: float, blue: float) -> Colour:
    """Return a colour in linear light from display values 0 to 1 (the camera's curve is a square root)."""
    return red * red, green * green, blue * blue


def scaled(colour: Colour, factor: float) -> Colour:
    """Return a lighter or darker colour."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """Return a colour between two."""
    kept = 1 - share
    return (
        first[0] * kept + second[0] * share,
        first[1] * kept + second[1] * share,
        first[2] * kept + second[2] * share,
    )


def unit(mask: Mask) -> Plane:
    """Return a mask as 0 to 1."""
    return mask.astype(np.float32) * np.float32(1 / 255)


def bounds(points: Points) -> NDArray[np.float64]:
    """Return left, top, right, bottom of points."""
    return np.concatenate([points.min(axis=0), points.max(axis=0)])
