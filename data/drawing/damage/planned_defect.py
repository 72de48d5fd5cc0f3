"""Define a defect before it is drawn, and what a painter needs to draw it."""

from dataclasses import dataclass

import numpy as np

from data.defect import DefectKind, Severity
from data.device import Surface
from data.drawing.device.design import Device
from data.drawing.optics.light import Lighting
from data.drawing.surface.canvas import Face, ScreenFace


class UndrawableDefect(ValueError):
    """A defect asked for on a side that can't show it, or on a class or view that nothing is drawn for."""


@dataclass(frozen=True)
class PlannedDefect:
    """One defect of a device: what, where, how bad; its seed fixes its shape in every photo.

    Damage of the whole body seen from another side may run the other way there, and sink where it rises. A
    swelling is mirrored on an edge where it lifts the front.
    """

    kind: DefectKind
    surface: Surface
    severity: Severity
    seed: int
    is_mirrored: bool = False
    is_sunk: bool = False


@dataclass(frozen=True)
class PaintTask:
    """The face, device, lighting and defect that a painter is given; it paints on the face in place."""

    face: Face
    device: Device
    lighting: Lighting
    defect: PlannedDefect
    rng: np.random.Generator

    @property
    def screen_face(self) -> ScreenFace:
        """Return the face with its display; raises UndrawableDefect where it has none."""
        if not isinstance(self.face, ScreenFace):
            raise UndrawableDefect(
                f"{self.defect.kind} can't be drawn on a {self.defect.surface} without a display; ask for it "
                "on the front of a phone, tablet or laptop"
            )
        return self.face

    def pick(self, micro: float, visible: float, deep: float) -> float:
        """Return the value for the defect's severity."""
        values = {Severity.MICRO: micro, Severity.VISIBLE: visible, Severity.DEEP: deep}
        return values[self.defect.severity]
