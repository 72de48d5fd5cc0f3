"""Measure where a lamp's reflection has burnt out part of a device, and how its light falls off."""

from dataclasses import dataclass

import numpy as np

from features.photo.measures import photo_measures
from features.photo.window import BoolMask, Plane, grown, shrunk


@dataclass(frozen=True)
class Glare:
    """Compact burnt-out areas: their share of the device, and the luminance near and farther around them."""

    share: float
    light_near: float
    light_far: float


NO_GLARE = Glare(0.0, 0.0, 0.0)


def find_glare(grey: Plane, device: BoolMask) -> Glare:
    """Measure the burnt-out areas wider than twice core_px that lie on a device, in pixels of its crop."""
    measures = photo_measures().glare
    core = shrunk(grey >= measures.burnt_from, measures.core_px) & device
    if not core.any():
        return NO_GLARE
    spot = grown(core, measures.core_px)
    least_px = measures.least_ring_px
    return Glare(
        share=float(np.count_nonzero(spot & device) / np.count_nonzero(device)),
        light_near=_ring(grey, spot, device, measures.near_px, least_px),
        light_far=_ring(grey, spot, device, measures.far_px, least_px),
    )


def _ring(grey: Plane, spot: BoolMask, device: BoolMask, reach_px: tuple[int, int], least_px: int) -> float:
    ring = grown(spot, reach_px[1]) & ~grown(spot, reach_px[0]) & device
    return float(np.median(grey[ring])) if np.count_nonzero(ring) >= least_px else 0.0
