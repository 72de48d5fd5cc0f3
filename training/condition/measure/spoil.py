"""Spoil drawn photos by known amounts, so that the faults the photo gate finds can be counted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from pydantic import Field

from data.condition import PhotoCode
from data.device import DeviceClass, View
from data.drawing.photos import Scene, Shot, draw_scene, draw_shot, render
from data.drawing.scene.drawn_photo import DrawnPhoto
from data.drawing.surface.raster import Mask
from data.strict import Frozen
from data.versioned_file import read_yaml

SPOIL_FILE = Path(__file__).parent / "spoil.yaml"

VIEWS = (View.FRONT_OFF, View.FRONT_ON, View.BACK)
OTHER_SIDE = {View.FRONT_OFF: View.BACK, View.FRONT_ON: View.BACK, View.BACK: View.FRONT_OFF}
_TIDY_TILT_RAD = 0.2
_LAMP_EDGES = (0.15, 0.5)
_WHITE, _BURNT_MAX = 250, 0.1


class FaultLevels(Frozen):
    """The levels of one fault, from slight to gross, and their unit."""

    unit: str
    levels: tuple[float, ...] = Field(min_length=1)


class Spoiling(Frozen):
    """The faults that are drawn, how severe, and how large the photos are."""

    version: str
    long_side_px: int = Field(ge=400)
    faults: Mapping[PhotoCode, FaultLevels]


@dataclass(frozen=True)
class Spoilt:
    """One drawn photo and the one thing wrong with it; `code` is None where nothing is.

    `view` is what the photo shows, `asked` the view it was taken for.
    """

    number: int
    code: PhotoCode | None
    level: float | None
    pixels: Mask
    device_class: DeviceClass
    view: View
    asked: View


def read_spoiling(path: Path = SPOIL_FILE) -> Spoiling:
    """Read the levels of every fault; raises InvalidFile."""
    return read_yaml(path, Spoiling)


def draw_spoilt(number: int, spoiling: Spoiling, *, seed: int) -> Iterator[Spoilt]:
    """Yield one tidy photo of a drawn device, the same one spoilt in every way, and one of a bare counter.

    The number and the seed decide every pixel.
    """
    rng = np.random.default_rng((seed, number, 0x6A7E))
    view = VIEWS[number % len(VIEWS)]
    scene, _ = draw_scene(rng, view=view)
    shot = _tidy(draw_shot(rng, scene.device, view, long_side_px=spoiling.long_side_px))
    tidy = render(scene, shot)
    while (tidy.pixels[tidy.device_mask > 127].min(axis=1) >= _WHITE).mean() > _BURNT_MAX:
        shot = _exposed(shot, 0.7)
        tidy = render(scene, shot)
    good = Spoilt(number, None, None, tidy.pixels, tidy.device_class, view, view)
    yield good
    for code, fault in spoiling.faults.items():
        for level in fault.levels:
            pixels = _SPOILERS[code](_Taken(scene, shot, tidy, rng), level)
            yield replace(good, code=code, level=level, pixels=pixels)
    yield replace(good, code=PhotoCode.WRONG_SIDE, asked=OTHER_SIDE[view])
    yield replace(good, code=PhotoCode.NO_DEVICE, pixels=_bare(scene, shot))


@dataclass(frozen=True)
class _Taken:
    """One tidy photo with all that made it."""

    scene: Scene
    shot: Shot
    photo: DrawnPhoto
    rng: np.random.Generator

    @property
    def device_share(self) -> float:
        """Return the device's length as a share of the photo's long side."""
        height, width = self.photo.pixels.shape[:2]
        longest = max(self.photo.box.width * width, self.photo.box.height * height)
        return float(longest / max(width, height))


def _tidy(shot: Shot) -> Shot:
    """Return a shot as an operator is asked to take it: still, sharp, whole, and nearly from above."""
    camera = replace(shot.camera, shake_px=0.0, blur_px=min(shot.camera.blur_px, 0.6), stamp="")
    pose = replace(
        shot.pose,
        pitch_rad=float(np.clip(shot.pose.pitch_rad, -_TIDY_TILT_RAD, _TIDY_TILT_RAD)),
        yaw_rad=float(np.clip(shot.pose.yaw_rad, -_TIDY_TILT_RAD, _TIDY_TILT_RAD)),
        filling=min(shot.pose.filling, 0.92),
    )
    return replace(shot, camera=camera, pose=pose)


def _shrink(taken: _Taken, short_side_px: float) -> Mask:
    height, width = taken.photo.pixels.shape[:2]
    scale = short_side_px / min(height, width)
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(taken.photo.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _darken(taken: _Taken, stops: float) -> Mask:
    return render(taken.scene, _exposed(taken.shot, 2.0**-stops)).pixels


def _burn_out(taken: _Taken, percent: float) -> Mask:
    """Expose so that the brightest `percent` of the device come out white; a dark device takes more light."""
    luminance = taken.photo.pixels[taken.photo.device_mask > 127].mean(axis=1) / 255.0
    darkest = max(0.02, float(np.quantile(luminance, 1.0 - percent / 100.0)))
    return render(taken.scene, _exposed(taken.shot, max(1.0, 1.1 / darkest**2))).pixels


def _exposed(shot: Shot, factor: float) -> Shot:
    return replace(shot, camera=replace(shot.camera, gain=shot.camera.gain * factor))


def _veil(taken: _Taken, strength: float) -> Mask:
    """Scatter the scene's light over the picture, as a smeared lens does; the exposure follows it."""
    gain = taken.shot.camera.gain / (1.0 + strength)
    camera = replace(taken.shot.camera, glare=strength, gain=gain)
    return render(taken.scene, replace(taken.shot, camera=camera)).pixels


def _defocus(taken: _Taken, percent: float) -> Mask:
    sigma = percent / 100.0 * taken.device_share * 1000.0  # the camera's blur is at 1,000 px
    camera = replace(taken.shot.camera, blur_px=sigma, sharpening=0.0)
    return render(taken.scene, replace(taken.shot, camera=camera)).pixels


def _reflect_lamp(taken: _Taken, percent: float) -> Mask:
    """Add a soft-edged lamp's reflection whose burnt-out part covers `percent` of the device."""
    place = taken.photo.device_mask > 127
    rows, columns = np.nonzero(place)
    at = int(taken.rng.integers(len(rows)))
    across, down = np.meshgrid(np.arange(place.shape[1]), np.arange(place.shape[0]))
    far = np.hypot(across - columns[at], (down - rows[at]) * taken.rng.uniform(0.6, 1.6))
    radius = max(1.0, float(np.quantile(far[place], percent / 100.0)))
    light = (taken.photo.pixels.astype(np.float32) / 255.0) ** 2
    softness = float(taken.rng.uniform(*_LAMP_EDGES))
    glow = np.exp(-((np.maximum(far / radius - 1.0, 0.0) / softness) ** 2)) * 1.1
    lit = np.minimum(light + (glow * place)[..., None], 1.0)
    return np.asarray(np.sqrt(lit) * 255.0 + 0.5).astype(np.uint8)


def _crop(taken: _Taken, percent: float) -> Mask:
    """Cut the picture through the device, on a side drawn at random."""
    side = int(taken.rng.integers(4))
    turned = np.rot90(taken.photo.pixels, side)
    rows = np.flatnonzero(np.rot90(taken.photo.device_mask, side).any(axis=1))
    cut = int(rows[0] + percent / 100.0 * (rows[-1] + 1 - rows[0]))
    return np.ascontiguousarray(np.rot90(turned[cut:], -side))


def _step_back(taken: _Taken, percent: float) -> Mask:
    pose = replace(taken.shot.pose, filling=taken.shot.pose.filling * percent / 100.0 / taken.device_share)
    return render(taken.scene, replace(taken.shot, pose=pose, hand=None)).pixels


def _tilt(taken: _Taken, degrees: float) -> Mask:
    turn = float(np.radians(degrees)) * (1.0 if taken.rng.random() < 0.5 else -1.0)
    about_x = taken.rng.random() < 0.5
    pose = replace(taken.shot.pose, pitch_rad=turn if about_x else 0.0, yaw_rad=0.0 if about_x else turn)
    return render(taken.scene, replace(taken.shot, pose=pose, hand=None)).pixels


def _bare(scene: Scene, shot: Shot) -> Mask:
    """Return the place of the photo without the device: so far to the side that it is out of the picture."""
    pose = replace(shot.pose, filling=0.05, centre_x=400.0)
    return render(scene, replace(shot, pose=pose, hand=None)).pixels


_SPOILERS: Mapping[PhotoCode, Callable[[_Taken, float], Mask]] = {
    PhotoCode.TOO_SMALL: _shrink,
    PhotoCode.TOO_DARK: _darken,
    PhotoCode.TOO_BRIGHT: _burn_out,
    PhotoCode.LOW_CONTRAST: _veil,
    PhotoCode.BLURRED: _defocus,
    PhotoCode.GLARE: _reflect_lamp,
    PhotoCode.CUT_OFF: _crop,
    PhotoCode.TOO_FAR: _step_back,
    PhotoCode.TILTED: _tilt,
}
