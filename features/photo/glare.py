"""Find where a lamp's reflection has burnt out part of a device, and how its light falls off around it."""

from dataclasses import dataclass

import numpy as np

from features.photo.window import Place, Plane, grown, shrunk

_BURNT = 0.97
_CORE_PX = 4
_NEAR_PX, _FAR_PX = (1, 3), (4, 7)
_LEAST_RING_PX = 5


@dataclass(frozen=True)
class Glare:
    """Compact burnt-out areas: their share of the device, and the luminance near and farther around them."""

    share: float
    light_near: float
    light_far: float


NO_GLARE = Glare(0.0, 0.0, 0.0)


def find_glare(grey: Plane, device: Place) -> Glare:
    """Measure the burnt-out areas wider than 2 * _CORE_PX that lie on a device, in pixels of its crop."""
    core = shrunk(grey >= _BURNT, _CORE_PX) & device
    if not core.any():
        return NO_GLARE
    spot = grown(core, _CORE_PX)
    return Glare(
        share=float(np.count_nonzero(spot & device) / np.count_nonzero(device)),
        light_near=_ring(grey, spot, device, _NEAR_PX),
        light_far=_ring(grey, spot, device, _FAR_PX),
    )


def _ring(grey: Plane, spot: Place, device: Place, reach_px: tuple[int, int]) -> float:
    ring = grown(spot, reach_px[1]) & ~grown(spot, reach_px[0]) & device
    return float(np.median(grey[ring])) if np.count_nonzero(ring) >= _LEAST_RING_PX else 0.0
