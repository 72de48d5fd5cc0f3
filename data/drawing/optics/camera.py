"""Simulate a phone's camera: lens, exposure, tone curve, noise, JPEG."""

from dataclasses import dataclass

import numpy as np

from data.drawing.optics.light import Light
from data.drawing.surface import raster
from data.drawing.surface.noise import grain
from data.drawing.surface.raster import Mask, Plane


@dataclass(frozen=True)
class Camera:
    """One camera setting; blur_px and shake_px are at 1,000 pixels on the long side."""

    gain: float
    balance: tuple[float, float, float]
    blur_px: float
    shake_px: float
    shake_rad: float
    noise: float
    contrast: float
    sharpening: float
    vignette: float
    glare: float
    jpeg_quality: int
    stamp: str
    seed: int


def draw_camera(rng: np.random.Generator, light: Light, *, brightness: float) -> Camera:
    """Draw one camera setting; `brightness` is the mean light of the framed scene, 0 to 1."""
    dim = light is Light.DIM
    # A camera holds white things back, or they would burn out.
    exposure = 0.95 + 0.5 * (0.5 - brightness) - 3 * max(0.0, brightness - 0.57)
    gain = exposure * float(np.exp(rng.normal(-0.25 if dim else 0.0, 0.22)))
    balance = 1 + rng.normal(0, 0.05, 3)
    has_stamp = rng.random() < 0.05
    return Camera(
        gain=gain,
        balance=(float(balance[0]), float(balance[1]), float(balance[2])),
        blur_px=float(abs(rng.normal(0, 0.55))),
        shake_px=float(rng.uniform(1.5, 4.0)) if rng.random() < (0.25 if dim else 0.08) else 0.0,
        shake_rad=float(rng.uniform(0, np.pi)),
        noise=float(np.exp(rng.normal(np.log(0.022 if dim else 0.007), 0.5))),
        contrast=float(rng.uniform(0.2, 1.0)),
        sharpening=float(rng.uniform(0.2, 0.9)) if rng.random() < 0.5 else 0.0,
        vignette=float(rng.uniform(0, 0.25)),
        glare=float(rng.uniform(0, 0.07)) if rng.random() < 0.5 else 0.0,
        jpeg_quality=int(rng.integers(55, 97)),
        stamp=f"2026/0{int(rng.integers(1, 9))}/1{int(rng.integers(0, 9))} 09:46" if has_stamp else "",
        seed=int(rng.integers(2**31)),
    )


def take(light: Plane, camera: Camera) -> Mask:
    """Return the (H, W, 3) uint8 RGB photo of an (H, W, 3) array of linear light."""
    height, width = light.shape[:2]
    scale = max(height, width) / 1000
    light = raster.blur(light, camera.blur_px * scale)
    if camera.shake_px * scale > 1:
        light = raster.smear(light, camera.shake_px * scale, camera.shake_rad)
    if camera.glare:
        light = light + np.float32(camera.glare) * raster.blur(
            np.minimum(light, 4), 0.04 * max(height, width)
        )
    light = light * _falloff(height, width, camera)
    noise = grain(np.random.default_rng(camera.seed), height, width)
    root = raster.square_root(np.maximum(light, 0, out=light))
    pixels = raster.mapped(raster.to_bytes(root, noise, camera.noise), _contrast_curve(camera.contrast))
    if camera.sharpening:
        pixels = raster.sharpen(pixels, max(0.6, 0.8 * scale), camera.sharpening)
    _stamp(pixels, camera)
    return raster.through_jpeg(pixels, camera.jpeg_quality)


def _falloff(height: int, width: int, camera: Camera) -> Plane:
    across = np.linspace(-1, 1, 32, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, 32, dtype=np.float32)[:, None]
    field = np.float32(camera.gain) * (1 - np.float32(camera.vignette) * (across**2 + down**2) / 2)
    coloured = field[..., None] * np.asarray(camera.balance, np.float32)
    return raster.stretch(coloured.astype(np.float32), width, height)


def _contrast_curve(contrast: float) -> Mask:
    """Return the table of an S-shaped tone curve, 256 values."""
    level = np.linspace(0, 1, 256)
    curved = level + contrast * level * (1 - level) * (2 * level - 1)
    return np.clip(curved * 255 + 0.5, 0, 255).astype(np.uint8)


def _stamp(pixels: Mask, camera: Camera) -> None:
    if not camera.stamp:
        return
    height, width = pixels.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    raster.write(mask, camera.stamp, (width * 0.03, height * 0.96), height * 0.02)
    pixels[mask > 100] = 235
