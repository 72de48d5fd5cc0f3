"""Draw the photos of the demo's returns from fixed seeds: `python -m data.drawing.demo_photos [FOLDER]`.

The cases beside them (`data/demo/cases.json`) are written by hand. All of it is made up: no photo shows a
real device, and no case a real person.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.defect import DefectKind, Severity
from data.device import View
from data.drawing.device.design import draw_device, find_design
from data.drawing.optics.light import Light
from data.drawing.scene.render import render
from data.drawing.scene.scene import Scene, draw_shot
from data.drawing.surface.raster import encode_jpeg

DEMO_FOLDER = Path(__file__).parents[1] / "demo"
_LONG_SIDE_PX = 1400
_JPEG_QUALITY = 86
_TRUNCATED_TO = 0.3


@dataclass(frozen=True)
class DemoDevice:
    """One device of the demo: its design, the seed of its looks, and its defects with their seeds."""

    design: str
    seed: int
    damage: tuple[tuple[DefectKind, View, Severity, int], ...] = ()


@dataclass(frozen=True)
class DemoPicture:
    """One photo of a device: the file, the view, the light and the seed of the shot."""

    file: str
    device: str
    view: View
    light: Light
    seed: int
    is_truncated: bool = False


_DEEP, _VISIBLE, _MICRO = Severity.DEEP, Severity.VISIBLE, Severity.MICRO

DEVICES = {
    "honest": DemoDevice("slab_notch", 19),
    "cracked": DemoDevice(
        "slab_punch",
        5,
        (
            (DefectKind.CRACK, View.FRONT_OFF, _DEEP, 23),
            (DefectKind.CRACK, View.BACK, _VISIBLE, 8),
            (DefectKind.SCRATCH, View.BACK, _VISIBLE, 3),
        ),
    ),
    "swollen": DemoDevice("slab_drop", 9, ((DefectKind.SWELLING, View.BACK, _DEEP, 4),)),
    "swapped": DemoDevice("disc_camera", 23),
    "tablet": DemoDevice(
        "tablet_thin",
        31,
        (
            (DefectKind.COATING_LOSS, View.BACK, _DEEP, 6),
            (DefectKind.SCRATCH, View.BACK, _DEEP, 12),
            (DefectKind.SCRATCH, View.FRONT_OFF, _VISIBLE, 7),
        ),
    ),
    "laptop": DemoDevice("laptop_office", 41, ((DefectKind.MISSING_PART, View.FRONT_OFF, _DEEP, 2),)),
    "router": DemoDevice("router_wings", 51),
}

PICTURES = (
    DemoPicture("honest-front-off.jpg", "honest", View.FRONT_OFF, Light.DIFFUSE, 1101),
    DemoPicture("honest-front-on.jpg", "honest", View.FRONT_ON, Light.DIFFUSE, 3102),
    DemoPicture("honest-back.jpg", "honest", View.BACK, Light.DIFFUSE, 4103),
    DemoPicture("cracked-front-off.jpg", "cracked", View.FRONT_OFF, Light.DIFFUSE, 2111),
    DemoPicture("cracked-back.jpg", "cracked", View.BACK, Light.DIFFUSE, 1112),
    DemoPicture("swollen-back.jpg", "swollen", View.BACK, Light.DIFFUSE, 121),
    DemoPicture("swollen-left.jpg", "swollen", View.LEFT, Light.DIFFUSE, 131),
    DemoPicture("swapped-front-off.jpg", "swapped", View.FRONT_OFF, Light.LIGHT_BOX, 2131),
    DemoPicture("swapped-back.jpg", "swapped", View.BACK, Light.LIGHT_BOX, 3132),
    DemoPicture("tablet-front-off.jpg", "tablet", View.FRONT_OFF, Light.DIFFUSE, 141),
    DemoPicture("tablet-back.jpg", "tablet", View.BACK, Light.DIFFUSE, 1142),
    DemoPicture("laptop-front-off.jpg", "laptop", View.FRONT_OFF, Light.DIFFUSE, 2151),
    DemoPicture("router-front-off.jpg", "router", View.FRONT_OFF, Light.DIFFUSE, 2161),
    DemoPicture("router-back-cut-short.jpg", "router", View.BACK, Light.DIFFUSE, 162, is_truncated=True),
)


def draw_picture(picture: DemoPicture) -> bytes:
    """Return the bytes of one demo photo; a truncated one ends in the middle of its data."""
    scene = _scene(DEVICES[picture.device])
    rng = np.random.default_rng(picture.seed)
    shot = draw_shot(rng, scene.device, picture.view, light=picture.light, long_side_px=_LONG_SIDE_PX)
    body = encode_jpeg(render(scene, shot).pixels, _JPEG_QUALITY)
    return body[: int(len(body) * _TRUNCATED_TO)] if picture.is_truncated else body


def write_pictures(folder: Path) -> int:
    """Write all demo photos into a folder and return their size in bytes."""
    return sum((folder / picture.file).write_bytes(draw_picture(picture)) for picture in PICTURES)


def _scene(device: DemoDevice) -> Scene:
    scene = Scene(draw_device(np.random.default_rng(device.seed), find_design(device.design)))
    for kind, view, severity, seed in device.damage:
        scene = scene.with_defect(np.random.default_rng(seed), kind, surface=view.surface, severity=severity)
    return scene


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO_FOLDER
    size = write_pictures(target)
    sys.stdout.write(f"drew {len(PICTURES)} photos, {size / 1e6:.2f} MB, into {target}\n")
