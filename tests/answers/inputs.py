"""Make the inputs of the comparison from fixed seeds: drawn photos, simulated cases, messages of others."""

import json
import shutil
from importlib import resources
from pathlib import Path

import numpy as np

from data.device import View
from data.drawing.photos import draw_scene, draw_shot, render
from data.drawing.surface.raster import encode_jpeg
from data.world import WorldSettings, write_world

DEVICES = 15
VIEWS = (View.FRONT_OFF, View.FRONT_RAKING, View.BACK, View.LEFT)
CASES = 1000
LONG_SIDE_PX = 1280
JPEG_QUALITY = 88
SEED = 20261128
SAMPLES = Path(__file__).parent / "samples"


def write_inputs(folder: Path) -> None:
    """Write devices/NUMBER/VIEW.jpg, cases.jsonl, demo/ and samples/ into a folder."""
    _write_photos(folder / "devices")
    _write_cases(folder)
    shutil.copytree(Path(str(resources.files("data"))) / "demo", folder / "demo")
    shutil.copytree(SAMPLES, folder / "samples")


def _write_photos(folder: Path) -> None:
    """Draw each device once and photograph it from each of VIEWS."""
    for number in range(DEVICES):
        rng = np.random.default_rng([SEED, number])
        scene, _ = draw_scene(rng)
        device = folder / f"{number:02d}"
        device.mkdir(parents=True)
        for view in VIEWS:
            shot = draw_shot(rng, scene.device, view, long_side_px=LONG_SIDE_PX)
            (device / f"{view.value}.jpg").write_bytes(encode_jpeg(render(scene, shot).pixels, JPEG_QUALITY))


def _write_cases(folder: Path) -> None:
    world = folder / "world"
    write_world(WorldSettings(seed=SEED, returns=CASES), world, progress=lambda _: None)
    lines = (world / "cases.jsonl").read_text(encoding="utf-8").splitlines()[:CASES]
    (folder / "cases.jsonl").write_text("".join(f"{json.dumps(json.loads(line))}\n" for line in lines))
    shutil.rmtree(world)
