"""Define the classes of devices, their sides, and the views a station takes of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class DeviceClass(StrEnum):
    """The classes of returned things; `other` covers anything outside the seven graded classes."""

    PHONE = "phone"
    TABLET = "tablet"
    LAPTOP = "laptop"
    ROUTER = "router"
    MODEM = "modem"
    IOT_SENSOR = "iot_sensor"
    NETWORK_GEAR = "network_gear"
    OTHER = "other"


def most_shown(classes: Sequence[DeviceClass | None]) -> DeviceClass | None:
    """Return the class that most photos show; a draw goes by the order of DeviceClass, not of the photos."""
    return max((known for known in DeviceClass if known in classes), key=classes.count, default=None)


class Surface(StrEnum):
    """The side of the device a defect lies on."""

    FRONT = "front"
    BACK = "back"
    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"
    LABEL = "label"
    UNKNOWN = "unknown"


LARGE_SURFACES = (Surface.FRONT, Surface.BACK)
NARROW_SURFACES = (Surface.LEFT, Surface.RIGHT, Surface.TOP, Surface.BOTTOM)
"""The four sides between front and back; a photo of one is a view of an edge."""


class View(StrEnum):
    """The views of a device; a front is taken off, on, and in raking light.

    `edge` is one of the four narrow sides, not told apart: what the model can see without being told.
    """

    FRONT_OFF = "front_off"
    FRONT_ON = "front_on"
    FRONT_RAKING = "front_raking"
    BACK = "back"
    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"
    LABEL = "label"
    EDGE = "edge"
    UNKNOWN = "unknown"

    @property
    def surface(self) -> Surface:
        """Return the side of the device that this view shows."""
        if self in {View.FRONT_OFF, View.FRONT_ON, View.FRONT_RAKING}:
            return Surface.FRONT
        return Surface.UNKNOWN if self is View.EDGE else Surface(self.value)


def large_sides(views: Iterable[View]) -> frozenset[Surface]:
    """Return which of front and back some views show."""
    return frozenset(view.surface for view in views) & frozenset(LARGE_SURFACES)


@dataclass(frozen=True)
class Dimensions:
    """The outer size of a device lying on its back, in millimetres."""

    height_mm: float
    width_mm: float
    depth_mm: float
