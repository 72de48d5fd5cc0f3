"""Paint any face of any device: find the painter of a panel and light its display."""

from data.device import DeviceClass, Surface
from data.drawing.device.body import Panel
from data.drawing.device.box import paint_box_back, paint_box_front
from data.drawing.device.design import Device
from data.drawing.device.edge import paint_edge
from data.drawing.device.label import paint_label_face
from data.drawing.device.laptop import (
    paint_laptop_deck,
    paint_laptop_lid,
    paint_laptop_screen,
    paint_laptop_underside,
)
from data.drawing.device.slab import paint_back, paint_front, paint_front_cutouts
from data.drawing.screen.screen import light_up
from data.drawing.surface.canvas import Face


def paint_panel(device: Device, panel: Panel, scale: float, *, is_on: bool) -> Face:
    """Paint one panel of a device without any defect, `scale` pixels a millimetre."""
    if panel.name == "edge":
        return paint_edge(device, panel.surface, scale)
    if panel.name == "label":
        return paint_label_face(device, scale)
    if device.device_class is DeviceClass.LAPTOP:
        return _paint_laptop(device, panel, scale, is_on)
    if device.is_slab:
        return _paint_slab(device, panel, scale, is_on)
    if panel.surface is Surface.BACK:
        return paint_box_back(device, scale)
    return paint_box_front(device, scale, is_on=is_on)


def _paint_laptop(device: Device, panel: Panel, scale: float, is_on: bool) -> Face:
    if panel.name == "deck":
        return paint_laptop_deck(device, scale)
    if panel.name == "back":
        return paint_laptop_lid(device, scale)
    if panel.name == "underside":
        return paint_laptop_underside(device, scale)
    face = paint_laptop_screen(device, scale)
    if is_on:
        light_up(face, device.rng(30))
    return face


def _paint_slab(device: Device, panel: Panel, scale: float, is_on: bool) -> Face:
    if panel.surface is Surface.BACK:
        return paint_back(device, scale)
    face = paint_front(device, scale)
    if is_on:
        light_up(face, device.rng(30))
        paint_front_cutouts(face, device)
    return face
