"""Define the designs that can be drawn, and one device drawn from them; sizes in millimetres.

The sizes are typical ones measured over common models; no design copies a product.
"""

from dataclasses import dataclass

import numpy as np

from data.device import DeviceClass
from data.drawing.surface.canvas import Colour, Face, Material, linear, mixed, new_face

# Fronts with keys beside the screen: they are a part to lose, and often white.
BUTTONED = frozenset({"home", "oval", "keypad"})
_SIZE_SPREAD = 0.025


class UnknownDesign(ValueError):
    """A design name that isn't in the table, or belongs to another device class."""


@dataclass(frozen=True)
class Design:
    """The shape shared by all devices of one model; `front` and `camera` name what the face carries.

    bezel_mm is top, side, bottom: the dark or white border between the glass edge and the screen.
    """

    name: str
    device_class: DeviceClass
    height_mm: float
    width_mm: float
    depth_mm: float
    corner_mm: float
    bezel_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    front: str = "plain"
    camera: str = "none"
    back: tuple[Material, ...] = (Material.PLASTIC,)
    weight: float = 1.0


_GLASS_OR_PAINT = (Material.GLASS, Material.GLASS, Material.PAINT, Material.METAL)
_PAINTED = (Material.PAINT, Material.PLASTIC)
_METAL = (Material.METAL, Material.METAL, Material.PAINT)
_P, _T, _L = DeviceClass.PHONE, DeviceClass.TABLET, DeviceClass.LAPTOP
_R, _M, _S, _G = DeviceClass.ROUTER, DeviceClass.MODEM, DeviceClass.IOT_SENSOR, DeviceClass.NETWORK_GEAR

DESIGNS: tuple[Design, ...] = (
    Design("slab_punch", _P, 151, 72, 8.0, 9, (2.6, 2.2, 3.0), "punch", "stack", _GLASS_OR_PAINT, 2.0),
    Design("slab_notch", _P, 147, 71.5, 7.8, 11, (3.2, 3.0, 3.2), "notch", "square", _GLASS_OR_PAINT, 1.6),
    Design("slab_drop", _P, 160, 75, 8.6, 8, (3.6, 2.6, 6.0), "drop", "pill", _PAINTED, 1.4),
    Design("slab_curved", _P, 162, 73.5, 8.3, 6, (2.4, 0.8, 2.8), "punch", "rings", (Material.GLASS,), 1.0),
    Design("slab_bar", _P, 156, 73, 8.9, 10, (2.8, 2.6, 3.2), "punch", "bar", _GLASS_OR_PAINT, 0.8),
    Design("home_button", _P, 138, 67, 7.3, 9, (16.5, 3.6, 16.5), "home", "single", _METAL, 1.2),
    Design("home_oval", _P, 141, 70, 8.1, 8, (12.0, 3.2, 13.5), "oval", "single", _PAINTED, 0.8),
    Design("rugged", _P, 164, 81, 14.0, 7, (9.0, 6.0, 11.0), "notchless", "square", (Material.PLASTIC,), 0.5),
    Design("disc_camera", _P, 163, 76, 8.2, 9, (2.8, 2.4, 3.4), "punch", "disc", _GLASS_OR_PAINT, 0.8),
    Design(
        "keypad_bar", _P, 124, 53, 13.0, 9, (13.0, 4.5, 66.0), "keypad", "single", (Material.PLASTIC,), 0.5
    ),
    Design("tablet_thin", _T, 248, 178, 6.2, 11, (8.5, 8.5, 8.5), "sensor", "single", _METAL, 1.2),
    Design("tablet_home", _T, 240, 169, 7.4, 9, (19.0, 8.0, 19.0), "home", "single", _METAL, 1.0),
    Design("tablet_small", _T, 203, 126, 8.2, 10, (10.0, 7.5, 10.0), "sensor", "pill", _PAINTED, 1.0),
    Design("laptop_thin", _L, 215, 304, 15.6, 8, (7.0, 6.0, 12.0), "webcam", "none", _METAL, 1.2),
    Design("laptop_office", _L, 234, 332, 20.0, 4, (11.0, 9.0, 18.0), "webcam", "none", _PAINTED, 1.2),
    Design("laptop_school", _L, 205, 294, 20.5, 10, (14.0, 14.0, 20.0), "webcam", "none", _PAINTED, 0.8),
    Design("router_wings", _R, 158, 232, 38, 12, front="vents", camera="antennas", weight=1.2),
    Design("router_brick", _R, 140, 200, 34, 22, front="grille", camera="antennas"),
    Design("router_mesh", _R, 120, 120, 52, 30, front="bare", camera="none", weight=0.7),
    Design("modem_book", _M, 168, 118, 36, 8, front="vents", camera="none"),
    Design("modem_fibre", _M, 140, 108, 30, 16, front="dots", camera="none"),
    Design("sensor_square", _S, 66, 66, 20, 9, front="eye", camera="none"),
    Design("sensor_stick", _S, 74, 38, 17, 8, front="grille_small", camera="none"),
    Design("sensor_puck", _S, 62, 62, 24, 31, front="ring", camera="none"),
    Design("switch_rack", _G, 215, 440, 44, 3, front="plate", camera="none", back=_METAL),
    Design("switch_desk", _G, 112, 225, 28, 5, front="plate", camera="none", back=_METAL),
    Design("access_point", _G, 196, 196, 34, 36, front="bare", camera="none"),
)

_BODY_COLOURS: tuple[Colour, ...] = (
    (0.10, 0.10, 0.11),
    (0.16, 0.17, 0.19),
    (0.30, 0.31, 0.33),
    (0.72, 0.73, 0.74),
    (0.93, 0.93, 0.92),
    (0.16, 0.22, 0.40),
    (0.24, 0.42, 0.62),
    (0.20, 0.38, 0.32),
    (0.55, 0.68, 0.62),
    (0.46, 0.16, 0.18),
    (0.80, 0.30, 0.26),
    (0.86, 0.72, 0.56),
    (0.90, 0.74, 0.72),
    (0.66, 0.62, 0.78),
    (0.34, 0.26, 0.44),
)
_HOUSING_COLOURS: tuple[Colour, ...] = (
    (0.90, 0.90, 0.88),
    (0.86, 0.87, 0.88),
    (0.12, 0.12, 0.13),
    (0.20, 0.21, 0.22),
    (0.30, 0.32, 0.35),
    (0.78, 0.79, 0.80),
)


@dataclass(frozen=True)
class Device:
    """One device: a design with its own size, colours and blemish-free details (from `seed`)."""

    design: Design
    height_mm: float
    width_mm: float
    depth_mm: float
    body: Colour
    frame: Colour
    bezel: Colour
    back: Material
    matte: float
    case: Colour | None
    has_sticker: bool
    seed: int

    @property
    def device_class(self) -> DeviceClass:
        """Return the class of the device's design."""
        return self.design.device_class

    @property
    def is_slab(self) -> bool:
        """Return whether the device is a phone or a tablet: a glass front on a flat body."""
        return self.device_class in {DeviceClass.PHONE, DeviceClass.TABLET}

    def plain_face(self, scale: float, *, colour: Colour, gloss: float, material: Material) -> Face:
        """Return one of the device's two large faces, still plain, `scale` pixels a millimetre."""
        return new_face(
            self.width_mm,
            self.height_mm,
            self.design.corner_mm,
            scale=scale,
            colour=colour,
            gloss=gloss,
            material=material,
        )

    def rng(self, *path: int) -> np.random.Generator:
        """Return the generator of one of the device's details, the same in every photo of it."""
        return np.random.default_rng([self.seed, *path])


def designs(device_class: DeviceClass) -> tuple[Design, ...]:
    """Return all designs of one class."""
    return tuple(design for design in DESIGNS if design.device_class is device_class)


def find_design(name: str, device_class: DeviceClass | None = None) -> Design:
    """Return a design by name.

    Raises UnknownDesign if no design of that class has the name.
    """
    known = DESIGNS if device_class is None else designs(device_class)
    for design in known:
        if design.name == name:
            return design
    allowed = ", ".join(design.name for design in known)
    raise UnknownDesign(f"design {name!r} can't be drawn; name one of {allowed or 'no design of this class'}")


def draw_device(rng: np.random.Generator, design: Design) -> Device:
    """Draw one device of a design: its exact size, colours, case and sticker."""
    size = 1 + rng.normal(0, _SIZE_SPREAD)
    body = _body_colour(rng, design)
    slab = design.device_class in {DeviceClass.PHONE, DeviceClass.TABLET}
    white_front = slab and design.front in BUTTONED and rng.random() < 0.5
    return Device(
        design=design,
        height_mm=design.height_mm * size,
        width_mm=design.width_mm * size * (1 + rng.normal(0, 0.01)),
        depth_mm=design.depth_mm * (1 + rng.normal(0, 0.03)),
        body=body,
        frame=_frame_colour(rng, body),
        bezel=linear(0.92, 0.92, 0.91) if white_front else linear(0.055, 0.055, 0.06),
        back=design.back[int(rng.integers(len(design.back)))],
        matte=float(rng.uniform(0, 1)),
        case=_case_colour(rng) if slab and rng.random() < 0.12 else None,
        has_sticker=bool(rng.random() < 0.15),
        seed=int(rng.integers(2**31)),
    )


def _body_colour(rng: np.random.Generator, design: Design) -> Colour:
    slab = design.device_class in {DeviceClass.PHONE, DeviceClass.TABLET}
    palette = _BODY_COLOURS if slab else _HOUSING_COLOURS
    shown = np.clip(np.array(palette[int(rng.integers(len(palette)))]) + rng.normal(0, 0.03, 3), 0.04, 0.96)
    return linear(*(float(part) for part in shown))


def _frame_colour(rng: np.random.Generator, body: Colour) -> Colour:
    steel = linear(*(float(rng.uniform(0.1, 0.85)),) * 3)
    return mixed(body, steel, float(rng.uniform(0, 0.7)))


def _case_colour(rng: np.random.Generator) -> Colour:
    shown = rng.uniform(0.05, 0.9, 3) if rng.random() < 0.4 else np.full(3, rng.uniform(0.04, 0.3))
    return linear(*(float(part) for part in shown))
