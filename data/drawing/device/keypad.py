"""Paint the keypad under a phone's screen: seams and prints that are no damage."""

import numpy as np

from data.drawing.device.design import Device
from data.drawing.surface.canvas import Colour, Face, ScreenFace, linear, mixed, scaled
from data.drawing.surface.raster import Points
from data.drawing.surface.shape import rounded

_SEAM = linear(0.03, 0.03, 0.035)
_PRINT = (linear(0.92, 0.92, 0.92), linear(0.12, 0.12, 0.13))
_CALL, _HANG_UP = linear(0.15, 0.7, 0.25), linear(0.85, 0.15, 0.15)
_DIGITS = "123456789*0#"


def paint_keypad(face: ScreenFace, device: Device) -> None:
    """Paint a row of function keys around a rocker, then twelve keys, and make each a part to lose."""
    rng = device.rng(5)
    left, bottom = device.width_mm * 0.07, device.height_mm * 0.965
    top = float(face.screen[:, 1].max()) + 2.5
    width, row = device.width_mm * 0.86, (bottom - top) / 6.2
    tone = mixed(device.bezel, device.body, float(rng.uniform(0, 1)))
    keys = _Keys(face, tone, _PRINT[int(sum(tone) > 0.6)], float(rng.choice([0.1, 0.25, 0.8])), rng)
    keys.function_row(left, top, width, row * 1.9)
    below = top + row * 2.1
    for number, digit in enumerate(_DIGITS):
        x, y = left + width / 3 * (number % 3), below + row * (number // 3)
        keys.key(x, y, width / 3, row * 0.96, digit)


class _Keys:
    """The painter of keys of one kind: flush with fine seams, or apart with wide ones."""

    def __init__(
        self, face: Face, tone: Colour, ink: Colour, gap_mm: float, rng: np.random.Generator
    ) -> None:
        self._face, self._tone, self._ink, self._gap_mm = face, tone, ink, gap_mm
        self._radius_mm = float(rng.uniform(0.2, 2.5))
        self._lift = float(rng.uniform(0.85, 1.5))

    def function_row(self, left: float, top: float, width: float, height: float) -> None:
        """Paint two keys on each side of a rocker with a button in its middle."""
        for side in (0.0, 0.68):
            for half in (0.0, 0.5):
                self.key(left + width * side, top + height * half, width * 0.32, height * 0.48, "")
        rocker = self.key(left + width * 0.33, top, width * 0.34, height * 0.96, "")
        x, y = rocker.mean(axis=0)
        self.key(x - width * 0.08, y - height * 0.24, width * 0.16, height * 0.48, "")
        for start, colour in ((0.1, _CALL), (0.78, _HANG_UP)):
            mark = rounded(left + width * start, top + height * 0.68, width * 0.12, height * 0.1, 0.4)
            self._face.paint(mark, colour)

    def key(self, left: float, top: float, width: float, height: float, digit: str) -> Points:
        """Paint one key into its cell, with its seam and print, and return its outline."""
        face, gap = self._face, self._gap_mm
        outline = rounded(left + gap, top + gap, width - 2 * gap, height - 2 * gap, self._radius_mm)
        face.paint(rounded(left, top, width, height, self._radius_mm + gap), _SEAM, gloss=0.01)
        face.paint(outline, scaled(self._tone, self._lift), gloss=0.045)
        upper = outline[np.argsort(outline[:, 1])[: len(outline) // 3]]
        face.line(upper[np.argsort(upper[:, 0])], 0.18, scaled(self._tone, self._lift * 1.6))
        if digit:
            size = height * 0.45
            face.text(digit, left + width * 0.2, top + height * 0.7, size, self._ink)
            face.text("abc", left + width * 0.5, top + height * 0.66, size * 0.5, self._ink)
        face.parts.append(outline)
        return outline
