"""Lay out a lit screen in fractions of its rectangle."""

from data.drawing.surface.canvas import ScreenFace
from data.drawing.surface.raster import Points
from data.drawing.surface.shape import rounded


class ScreenLayout:
    """A screen, in fractions of which pages are laid out; `unit` is a 66th of its short side."""

    def __init__(self, screen: Points) -> None:
        """Take the screen's outline in millimetres."""
        self.left, self.top = (float(v) for v in screen.min(axis=0))
        right, bottom = (float(v) for v in screen.max(axis=0))
        self.width, self.height = right - self.left, bottom - self.top
        self.unit = min(self.width, self.height) / 66

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the millimetres of a place given in fractions."""
        return self.left + x * self.width, self.top + y * self.height

    def box(self, x: float, y: float, width: float, height: float, radius: float = 0.0) -> Points:
        """Return a rectangle given in fractions, its corners rounded by `radius` units."""
        left, top = self.at(x, y)
        return rounded(left, top, width * self.width, height * self.height, radius * self.unit)


def layout_of(face: ScreenFace) -> ScreenLayout:
    """Return the layout of a face's screen."""
    return ScreenLayout(face.screen)
